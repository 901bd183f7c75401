"""The order of work: what must be done before what.

Creates and updates follow references; deletes reverse them. A replacement is two pieces of work,
so that dependents can leave the old object and join the new one in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from reconciler.model.address import Address
from reconciler.model.change import Action, Change
from reconciler.model.resource import Resource


class Phase(StrEnum):
    """The two kinds of work on one address."""

    MAKE = "make"
    """Create, update, adopt, or the creating half of a replacement."""
    REMOVE = "remove"
    """Delete, forget, or the deleting half of a replacement."""


class Work(NamedTuple):
    """One node of the graph."""

    address: Address
    phase: Phase


def resource_order(resources: Mapping[Address, Resource]) -> list[Address]:
    """Return addresses so that every resource follows the ones it refers to."""
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
    if change.action is Action.REPLACE:
        return (Phase.MAKE, Phase.REMOVE)
    if change.action in {Action.DELETE, Action.FORGET}:
        return (Phase.REMOVE,)
    return (Phase.MAKE,)


def work_graph(changes: Iterable[Change]) -> dict[Work, set[Work]]:
    """Return each piece of work with those that must be done before it."""
    by_address = {change.address: change for change in changes}
    graph: dict[Work, set[Work]] = {
        Work(address, phase): set()
        for address, change in by_address.items()
        for phase in work_of(change)
    }
    for address, change in by_address.items():
        make, remove = Work(address, Phase.MAKE), Work(address, Phase.REMOVE)
        if change.action is Action.REPLACE:
            first, second = (make, remove) if change.create_first else (remove, make)
            graph[second].add(first)
        for target in change.references:
            _follow(graph, Work(target, Phase.MAKE), make)
        for target in change.owned.depends_on if change.owned else ():
            _follow(graph, remove, Work(target, Phase.REMOVE))
            if remove not in graph and _leaves_last(by_address.get(target)):
                _follow(graph, make, Work(target, Phase.REMOVE))
    return graph


def _leaves_last(change: Change | None) -> bool:
    """Tell whether an old object goes only after those that referred to it have let go of it."""
    return change is not None and (change.action is Action.DELETE or change.create_first)


def _follow(graph: dict[Work, set[Work]], first: Work, second: Work) -> None:
    if first in graph and second in graph:
        graph[second].add(first)


def in_order(changes: Mapping[Address, Change]) -> list[Change]:
    """Return changes so that each follows the ones it has to wait for."""
    sorter: TopologicalSorter[Work] = TopologicalSorter(work_graph(changes.values()))
    last = {work.address: position for position, work in enumerate(sorter.static_order())}
    return [changes[address] for address in sorted(last, key=lambda each: last[each])]
