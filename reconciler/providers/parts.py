"""Kinds whose objects are made of several parts, such as a webhook for each event.

A part has a name, and is within something, such as a sender domain or a channel. One address hands
parts over to another in state alone: the live part stays as it is, only its owner changes. If it
were deleted and created again instead, the server might make it twice or refuse it, and after a
crash in between nobody would own it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.plan import HandOver
from reconciler.model.resource import Resource
from reconciler.model.values import Fields
from reconciler.providers.handler import Handler
from reconciler.providers.task import HandOvers, Scope
from reconciler.providers.wire import strings

Client = TypeVar("Client")


class Claim(Struct, frozen=True, kw_only=True):
    """The parts that a manifest names."""

    within: str
    """What they belong to: parts are only handed over within the same."""
    parts: Collection[str]


class Holding(Struct, kw_only=True):
    """The parts that one address owns in state, while parts are handed over."""

    within: str
    parts: dict[str, str]
    """The parts by name, each with its id or its value."""
    inferred: bool = False
    """Whether it is only inferred, for at least one part, that it is ours."""


class _Passing(Struct, frozen=True, kw_only=True):
    source: Address
    target: Address
    part: str


class PartsHandler(Handler[Client]):
    """Observes and changes a kind whose objects are made of parts."""

    @abstractmethod
    def claim(self, resource: Resource, scope: Scope) -> Claim | None:
        """Return the parts that a manifest names; `None` while their `within` is not known."""

    @abstractmethod
    def holding(self, row: OwnedObject) -> Holding | None:
        """Return the parts that a row owns; `None` where their `within` is not known."""

    @abstractmethod
    def holder(
        self, held: Holding, before: OwnedObject, desired: Resource | None
    ) -> OwnedObject | None:
        """Return the row with the parts that it has now; `None` if it has none left."""

    def label(self, part: str) -> str:
        """Return how messages name a part."""
        return part

    def hand_over(self, scope: Scope) -> HandOvers:
        """Hand claimed parts over from the addresses that no longer claim them."""
        rows = {row.address: row for row in scope.owned.get(self.kind.name, ())}
        desired = {each.address: each for each in scope.desired.get(self.kind.name, ())}
        holdings = {a: held for a, row in rows.items() if (held := self.holding(row)) is not None}
        claims = {
            address: claim
            for address, each in desired.items()
            if (address in holdings or address not in rows)
            and (claim := self.claim(each, scope)) is not None
        }
        passing = list(_passing(claims, holdings))
        for each in passing:
            _pass(each, holdings)
        concerned = dict.fromkeys(a for each in passing for a in (each.source, each.target))
        return HandOvers(
            parts=tuple(
                HandOver(source=each.source, target=each.target, part=self.label(each.part))
                for each in passing
            ),
            rows={
                address: self._row(
                    holdings[address],
                    rows.get(address) or _new_row(desired[address]),
                    desired.get(address),
                )
                for address in concerned
            },
        )

    def _row(
        self, held: Holding, before: OwnedObject, desired: Resource | None
    ) -> OwnedObject | None:
        row = self.holder(held, before, desired)
        if row is None or not held.inferred:
            return row
        return replace(row, provenance=Provenance.INFERRED)


def is_inferred(row: OwnedObject) -> bool:
    """Tell whether it is only inferred that a row's parts are ours."""
    return row.provenance is Provenance.INFERRED


def events_of(fields: Fields) -> list[str]:
    """Return the events that a webhook's fields name."""
    return strings(fields.get("events"))


def in_order(events: Iterable[str], known: Sequence[str]) -> list[str]:
    """Return events, each once, in the order of `known`; unknown ones last."""
    present = set(events)
    return [event for event in known if event in present] + sorted(present.difference(known))


def _passing(
    claims: Mapping[Address, Claim], holdings: Mapping[Address, Holding]
) -> Iterator[_Passing]:
    """Yield the parts to hand over; an object with a new parent is replaced, so it takes none."""
    takers: dict[tuple[str, str], Address] = {}
    for address, claim in claims.items():
        held = holdings.get(address)
        if held is None or held.within == claim.within:
            takers |= {(claim.within, part): address for part in claim.parts}
    for address, held in holdings.items():
        own = claims.get(address)
        kept = own.parts if own is not None and own.within == held.within else ()
        for part in held.parts:
            taker = takers.get((held.within, part))
            if taker is not None and part not in kept:
                yield _Passing(source=address, target=taker, part=part)


def _pass(each: _Passing, holdings: dict[Address, Holding]) -> None:
    giver = holdings[each.source]
    taker = holdings.setdefault(each.target, Holding(within=giver.within, parts={}))
    taker.parts.setdefault(each.part, giver.parts.pop(each.part))
    taker.inferred |= giver.inferred


def _new_row(resource: Resource) -> OwnedObject:
    """Return a first row for a resource, without any part yet."""
    return OwnedObject(
        address=resource.address,
        remote_id="",
        protect=resource.lifecycle.protect,
        on_remove=resource.lifecycle.on_remove,
        labels=resource.labels,
        manifest=resource.manifest,
        depends_on=tuple(dict.fromkeys(each.target for each in resource.references)),
    )
