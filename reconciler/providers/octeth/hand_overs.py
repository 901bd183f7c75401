"""Events that one manifest gives up and another of the same domain takes, in state alone.

The server would make the same event and URL twice, or refuse it, if the one were created before
the other is deleted; and it would be without its webhook in between if deleted first. So it stays
where it is, and only its owner changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.plan import HandOver
from reconciler.model.resource import Resource
from reconciler.model.values import id_of
from reconciler.providers.octeth.grouping import (
    Desired,
    Pair,
    domain_address,
    domain_of,
    fields_of,
    group_id,
    owned_pairs,
    to_json,
)
from reconciler.providers.octeth.kinds import SENDER_DOMAIN, WEBHOOK
from reconciler.providers.task import HandedOver, Scope


class _Holding(Struct, kw_only=True):
    """What one address has at one domain, while parts change hands."""

    domain: str
    parts: dict[Pair, str]
    owes: bool
    """An interrupted change has yet to put back what is unmanaged."""
    inferred: bool

    @classmethod
    def of(cls, row: OwnedObject) -> _Holding | None:
        domain = domain_of(row.extra, row.applied)
        if domain is None:
            return None
        return cls(
            domain=domain,
            parts=owned_pairs(row),
            owes=bool(row.extra.get("restore")),
            inferred=row.provenance is Provenance.INFERRED,
        )


class _Gift(Struct, frozen=True, kw_only=True):
    source: Address
    target: Address
    domain: str
    pair: Pair


def find(scope: Scope) -> HandedOver:
    """Return the events that change hands, and the rows of those who give and take."""
    rows = {row.address: row for row in scope.owned.get(WEBHOOK, ())}
    desired = {each.address: each for each in _desired(scope)}
    holdings = {address: held for address, row in rows.items() if (held := _Holding.of(row))}
    gifts = list(_gifts(desired, rows, holdings))
    for gift in gifts:
        _give(gift, holdings)
    resources = {resource.address: resource for resource in scope.desired.get(WEBHOOK, ())}
    concerned = dict.fromkeys(each for gift in gifts for each in (gift.source, gift.target))
    return HandedOver(
        parts=tuple(
            HandOver(source=gift.source, target=gift.target, part=" to ".join(gift.pair))
            for gift in gifts
        ),
        rows={
            address: _row(
                holdings[address],
                before=rows.get(address) or _new_row(resources[address]),
                desired=desired.get(address),
            )
            for address in concerned
        },
    )


def _desired(scope: Scope) -> Iterator[Desired]:
    """Yield what manifests say, of those whose domain state knows."""
    domains = {row.address: row.remote_id for row in scope.owned.get(SENDER_DOMAIN, ())}
    for resource in scope.desired.get(WEBHOOK, ()):
        by_id = id_of(resource.spec.get("domain"))
        domain = by_id or domains.get(domain_address(resource))
        if domain is not None:
            yield Desired(address=resource.address, domain=domain, fields=resource.spec)


def _gifts(
    desired: Mapping[Address, Desired],
    rows: Mapping[Address, OwnedObject],
    holdings: Mapping[Address, _Holding],
) -> Iterator[_Gift]:
    """Yield what changes hands; a row that is about another domain cannot take anything."""
    takers: dict[tuple[str, Pair], Address] = {}
    for each in desired.values():
        held = holdings.get(each.address)
        if each.address not in rows or (held is not None and held.domain == each.domain):
            takers |= {(each.domain, pair): each.address for pair in each.pairs}
    for address, held in holdings.items():
        own = desired.get(address)
        kept = own.pairs if own is not None and own.domain == held.domain else []
        for pair in held.parts:
            taker = takers.get((held.domain, pair))
            if taker is not None and pair not in kept:
                yield _Gift(source=address, target=taker, domain=held.domain, pair=pair)


def _give(gift: _Gift, holdings: dict[Address, _Holding]) -> None:
    giver = holdings[gift.source]
    taker = holdings.setdefault(
        gift.target, _Holding(domain=gift.domain, parts={}, owes=False, inferred=False)
    )
    taker.parts.setdefault(gift.pair, giver.parts.pop(gift.pair))
    taker.inferred |= giver.inferred


def _new_row(resource: Resource) -> OwnedObject:
    return OwnedObject(
        address=resource.address,
        remote_id="",
        protect=resource.lifecycle.protect,
        on_remove=resource.lifecycle.on_remove,
        labels=resource.labels,
        manifest=resource.manifest,
        depends_on=tuple(dict.fromkeys(one.target for one in resource.references)),
    )


def _row(held: _Holding, *, before: OwnedObject, desired: Desired | None) -> OwnedObject | None:
    if not held.parts and not held.owes:
        return None
    url = desired.url if desired else str(before.applied.get("url"))
    return replace(
        before,
        # Its first part may belong to another by now, and with it the id.
        remote_id=group_id(held.domain, held.parts) if held.parts else before.remote_id,
        applied={**before.applied, **fields_of(held.domain, held.parts, url)},
        extra={**before.extra, "domainId": held.domain, "parts": to_json(held.parts)},
        provenance=Provenance.INFERRED if held.inferred else before.provenance,
    )
