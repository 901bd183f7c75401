"""Decides the order of work.

Creates and updates follow references; deletions reverse them. A replacement is two pieces of work,
so that objects that refer to the old one can be switched to the new one in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from msgspec.structs import replace

from reconciler.model.address import Address
from reconciler.model.change import (
    Change,
    Delete,
    Forget,
    Making,
    Replace,
    is_beside,
    owned_by,
)
from reconciler.model.plan import Phase, Work
from reconciler.model.resource import Resource


def resource_order(resources: Mapping[Address, Resource]) -> list[Address]:
    """Return the addresses in an order in which each comes after those it refers to."""
    ordered: dict[Address, None] = {}
    for start in resources:
        path = {} if start in ordered else {start: None}
        while path:
            address = next(reversed(path))
            targets = (r.target for r in resources[address].references)
            before = next((t for t in targets if t in resources and t not in ordered), None)
            if before is None:
                ordered[address] = None
                del path[address]
            elif before in path:
                raise CycleError("the references go round in a circle", [*path, before])
            else:
                path[before] = None
    return list(ordered)


def work_of(change: Change) -> tuple[Phase, ...]:
    """Return the pieces of work that one change needs."""
    if isinstance(change, Replace) or is_beside(change):
        return (Phase.MAKE, Phase.REMOVE)
    if isinstance(change, Delete | Forget):
        return (Phase.REMOVE,)
    return (Phase.MAKE,)


def work_graph(changes: Iterable[Change]) -> dict[Work, tuple[Work, ...]]:
    """Return each piece of work with those that must be done before it.

    The order of both is that of the changes and their references: the same in every process.
    """
    by_address = {change.address: change for change in changes}
    graph: dict[Work, dict[Work, None]] = {
        Work(address, phase): {}
        for address, change in by_address.items()
        for phase in work_of(change)
    }
    for address, change in by_address.items():
        make, remove = Work(address, Phase.MAKE), Work(address, Phase.REMOVE)
        if len(work_of(change)) > 1:
            first, second = (make, remove) if _makes_first(change) else (remove, make)
            graph[second][first] = None
        for target in change.desired.references if isinstance(change, Making) else ():
            _follow(graph, Work(target, Phase.MAKE), make)
        row = owned_by(change)
        for target in row.depends_on if row else ():
            _follow(graph, remove, Work(target, Phase.REMOVE))
            if remove not in graph and _leaves_last(by_address.get(target)):
                _follow(graph, make, Work(target, Phase.REMOVE))
    return {work: tuple(before) for work, before in graph.items()}


def _makes_first(change: Change) -> bool:
    """Tell whether the new object is made before the old one is removed."""
    return is_beside(change) or (isinstance(change, Replace) and change.create_first)


def _leaves_last(change: Change | None) -> bool:
    """Tell whether the old object is removed only once nothing refers to it any more."""
    return isinstance(change, Delete) or (isinstance(change, Replace) and change.create_first)


def _follow(graph: Mapping[Work, dict[Work, None]], first: Work, second: Work) -> None:
    if first in graph and second in graph:
        graph[second][first] = None


def in_order(changes: Iterable[Change]) -> list[Change]:
    """Return changes in the order of their rounds; within a round, their order is kept."""
    changes = list(changes)
    depth = _depths(work_graph(changes))
    return sorted(changes, key=lambda change: depth[_main_work(change)])


def _main_work(change: Change) -> Work:
    """Return the main work of a change: the making, if it makes something, else the removal."""
    phase = Phase.MAKE if Phase.MAKE in work_of(change) else Phase.REMOVE
    return Work(change.address, phase)


def _depths(waits: Mapping[Work, tuple[Work, ...]]) -> dict[Work, int]:
    """Return the number of each piece of work's round, from 1."""
    depth: dict[Work, int] = {}
    for work in TopologicalSorter(waits).static_order():
        depth[work] = 1 + max((depth[each] for each in waits[work]), default=0)
    return depth


def rounds(changes: Iterable[Change]) -> tuple[tuple[Work, ...], ...]:
    """Return the work in rounds: all work of a round can be done at once, after earlier rounds."""
    waits = work_graph(changes)
    depth = _depths(waits)
    found: list[list[Work]] = [[] for _ in range(max(depth.values(), default=0))]
    for work in waits:
        found[depth[work] - 1].append(work)
    return tuple(map(tuple, found))


def with_dependencies(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return the changes with the addresses of those that are done before them.

    For a replacement, only the making of the new object counts. The removal of the old one waits
    for the objects that refer to it, which wait for the new one: counting both would be a circle.
    """
    changes = tuple(changes)
    waits = work_graph(changes)
    done = []
    for change in changes:
        before = {work.address for work in waits[_main_work(change)]} - {change.address}
        done.append(replace(change, depends_on=tuple(sorted(before))))
    return tuple(done)
