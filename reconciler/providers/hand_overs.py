"""Parts of live objects that one manifest hands over to another, in state alone.

Shared by the kinds of which one resource claims several parts. A part that is handed over stays
where it is: only its owner changes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from typing import Generic, TypeVar

from msgspec import Struct

from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject
from reconciler.model.plan import HandOver
from reconciler.model.resource import Resource
from reconciler.providers.task import HandOvers

Part = TypeVar("Part", bound=Hashable)


class Claim(Struct, Generic[Part], frozen=True, kw_only=True):
    """The parts that a manifest names."""

    place: str
    """Where they are, such as the id of a domain: nothing is handed over from place to place."""
    parts: Collection[Part]


class Holding(Struct, Generic[Part], kw_only=True):
    """What one address has by state, while parts are handed over."""

    place: str
    parts: dict[Part, str]
    """With what is known of each: its id, or its value."""
    inferred: bool
    """That it is ours is inferred alone, of one part at least."""
    owes: bool = False
    """An interrupted change has yet to put back what is unmanaged."""


class _Passing(Struct, Generic[Part], frozen=True, kw_only=True):
    source: Address
    target: Address
    part: Part


def hand_over(
    claims: Mapping[Address, Claim[Part]],
    holdings: dict[Address, Holding[Part]],
    *,
    said: Callable[[Part], str],
    row: Callable[[Address, Holding[Part]], OwnedObject | None],
) -> HandOvers:
    """Let claimed parts pass from those who do not claim them any more.

    Args:
        claims: By address, what its manifest names.
        holdings: By address, what it has; changed to what it has afterwards.
        said: What a part is, for people.
        row: The row of an address with what it has afterwards, `None` where nothing is left.
    """
    passing = list(_passing(claims, holdings))
    for each in passing:
        _pass(each, holdings)
    concerned = dict.fromkeys(address for each in passing for address in (each.source, each.target))
    return HandOvers(
        parts=tuple(
            HandOver(source=each.source, target=each.target, part=said(each.part))
            for each in passing
        ),
        rows={address: row(address, holdings[address]) for address in concerned},
    )


def _passing(
    claims: Mapping[Address, Claim[Part]], holdings: Mapping[Address, Holding[Part]]
) -> Iterator[_Passing[Part]]:
    """Yield what is handed over; what is to be at another place is replaced, so it takes none."""
    takers: dict[tuple[str, Part], Address] = {}
    for address, claim in claims.items():
        held = holdings.get(address)
        if held is None or held.place == claim.place:
            takers |= {(claim.place, part): address for part in claim.parts}
    for address, held in holdings.items():
        own = claims.get(address)
        kept = own.parts if own is not None and own.place == held.place else ()
        for part in held.parts:
            taker = takers.get((held.place, part))
            if taker is not None and part not in kept:
                yield _Passing(source=address, target=taker, part=part)


def _pass(each: _Passing[Part], holdings: dict[Address, Holding[Part]]) -> None:
    giver = holdings[each.source]
    taker = holdings.setdefault(each.target, Holding(place=giver.place, parts={}, inferred=False))
    taker.parts.setdefault(each.part, giver.parts.pop(each.part))
    taker.inferred |= giver.inferred


def new_row(resource: Resource, remote_id: str) -> OwnedObject:
    """Return the row of a resource that had none, still without any part."""
    return OwnedObject(
        address=resource.address,
        remote_id=remote_id,
        protect=resource.lifecycle.protect,
        on_remove=resource.lifecycle.on_remove,
        labels=resource.labels,
        manifest=resource.manifest,
        depends_on=tuple(dict.fromkeys(each.target for each in resource.references)),
    )
