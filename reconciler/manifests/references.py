"""Checks resources against each other: missing references, cycles, renames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from msgspec import Struct

from reconciler.manifests.fault import Fault, shown
from reconciler.model.address import Address
from reconciler.model.resource import Reference, Resource
from reconciler.suggestions import did_you_mean


class Relations(Struct, frozen=True, kw_only=True):
    """Checks a set of resources against each other."""

    resources: Mapping[Address, Resource]
    """Those without faults, and of faulty ones those whose references can be read."""
    declared: AbstractSet[Address]
    """The addresses of all documents, so that one with faults is not reported as missing."""
    astray: AbstractSet[tuple[str, str]] = frozenset()
    """Kind and name of documents whose account, and so whose address, is not known.

    The kind is empty if the document's kind does not exist.
    """
    left_out: AbstractSet[tuple[str, str]] = frozenset()
    """Kind and name of documents that the environment does not have."""
    environment: str = ""
    complete: bool = True
    """All documents could be read; otherwise nothing is reported as missing."""

    def faults(self) -> dict[Address, list[Fault]]:
        """Return all faults, by the address of the resource that has them."""
        found: dict[Address, list[Fault]] = {}
        for faults in (self._missing(), self._cycles(), self._moves()):
            for address, fault in faults:
                found.setdefault(address, []).append(fault)
        return found

    def _missing(self) -> Iterator[tuple[Address, Fault]]:
        if not self.complete:
            return
        for address, resource in self.resources.items():
            for reference in resource.references:
                target = reference.target
                if target in self.declared:
                    continue
                if not {(target.kind, target.name), ("", target.name)} & self.astray:
                    yield address, self._missing_fault(resource, reference)

    def _missing_fault(self, resource: Resource, reference: Reference) -> Fault:
        target = reference.target
        if (target.kind, target.name) in self.left_out:
            return Fault(
                origin=resource.locate(_path(reference)),
                address=str(resource.address),
                message=f"{target.kind} {shown(target.name)} is not in environment "
                f"{self.environment}: its metadata.environments leaves it out",
                hint="leave this one out as well, or let the other one in",
            )
        names = [
            known.name
            for known in self.declared
            if known.kind == target.kind and known.provider == target.provider
        ]
        return Fault(
            origin=resource.locate(_path(reference)),
            address=str(resource.address),
            message=f"there is no {target.kind} {shown(target.name)} of provider {target.provider}",
            hint=did_you_mean(target.name, names)
            or "add its manifest, or point at an existing object with {id: …}",
        )

    def _cycles(self) -> Iterator[tuple[Address, Fault]]:
        """Yield one fault a cycle, at the resource of the cycle whose address comes first."""
        left = self._without_leaves()
        done: set[Address] = set()
        for start in sorted(left):
            path: dict[Address, None] = {}
            here = start
            while here not in done and here not in path:
                path[here] = None
                here = next(r.target for r in self.resources[here].references if r.target in left)
            if here in path:
                steps = list(path)
                cycle = steps[steps.index(here) :]
                first = cycle.index(min(cycle))
                cycle = cycle[first:] + cycle[:first]
                yield cycle[0], self._cycle_fault(cycle)
            done.update(path)

    def _linked(self) -> dict[Address, set[Address]]:
        """Return, by resource, those that it refers to and that exist."""
        return {
            address: {r.target for r in resource.references if r.target in self.resources}
            for address, resource in self.resources.items()
            if resource.references
        }

    def _without_leaves(self) -> set[Address]:
        """Return the resources that are in a cycle, or lead to one."""
        linked = self._linked()
        used_by = _reversed(linked)
        free = [target for target in used_by if not linked.get(target)]
        while free:
            target = free.pop()
            for user in used_by.get(target, ()):
                linked[user].discard(target)
                if not linked[user]:
                    free.append(user)
        return {address for address, targets in linked.items() if targets}

    def _cycle_fault(self, cycle: list[Address]) -> Fault:
        resource = self.resources[cycle[0]]
        reference = next(r for r in resource.references if r.target == cycle[1 % len(cycle)])
        names = " -> ".join(address.name for address in (*cycle, cycle[0]))
        return Fault(
            origin=resource.locate(_path(reference)),
            address=str(resource.address),
            message=f"the references go round in a circle: {names}",
        )

    def _moves(self) -> Iterator[tuple[Address, Fault]]:
        claimed: dict[Address, Resource] = {}
        for address, resource in self.resources.items():
            for name in resource.lifecycle.moved_from:
                old = Address(address.provider, address.kind, name)
                first = claimed.setdefault(old, resource)
                if old in self.declared:
                    message = f"lifecycle.movedFrom names {shown(name)}, which is still in use"
                    hint = "remove the line, or the other manifest"
                elif first is not resource:
                    message = f"{shown(name)} was moved to {first.address} already, at "
                    message += str(first.origin)
                    hint = "one name can move to one place"
                else:
                    continue
                origin = resource.locate(("lifecycle", "movedFrom"))
                yield (
                    address,
                    Fault(origin=origin, address=str(address), message=message, hint=hint),
                )


def _path(reference: Reference) -> tuple[str | int, ...]:
    if reference.index is None:
        return ("spec", reference.field)
    return ("spec", reference.field, reference.index)


def _reversed(linked: Mapping[Address, Iterable[Address]]) -> dict[Address, list[Address]]:
    """Return, by target, the addresses that refer to it."""
    made: dict[Address, list[Address]] = {}
    for address, targets in linked.items():
        for target in targets:
            made.setdefault(target, []).append(address)
    return made
