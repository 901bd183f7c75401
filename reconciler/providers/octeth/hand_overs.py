"""Events that one manifest hands over to another of the same domain, in state alone.

The server would make the same event and URL twice, or refuse it, if the one were created before
the other is deleted; and it would be without its webhook in between if deleted first. So it stays
where it is, and only its owner changes.
"""

from __future__ import annotations

from msgspec.structs import replace

from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.resource import Resource
from reconciler.model.values import id_of
from reconciler.providers.hand_overs import Claim, Holding, hand_over, new_row
from reconciler.providers.octeth.grouping import (
    Pair,
    domain_address,
    domain_of,
    fields_of,
    group_id,
    owned_pairs,
    to_json,
)
from reconciler.providers.octeth.kinds import SENDER_DOMAIN, WEBHOOK, events_of
from reconciler.providers.task import HandOvers, Scope


def find(scope: Scope) -> HandOvers:
    """Return the events that are handed over, and the rows of those who give and take."""
    rows = {row.address: row for row in scope.owned.get(WEBHOOK, ())}
    resources = {resource.address: resource for resource in scope.desired.get(WEBHOOK, ())}
    holdings = {address: held for address, row in rows.items() if (held := _holding(row))}

    def row(address: Address, held: Holding[Pair]) -> OwnedObject | None:
        resource = resources.get(address)
        url = None if resource is None else str(resource.spec.get("url"))
        before = rows.get(address)
        if before is None:
            before = new_row(resources[address], "")
        return _row(held, before=before, url=url)

    claims = {
        address: claim
        for address, claim in _claims(scope).items()
        # A row that is about no domain any more cannot take anything.
        if address not in rows or address in holdings
    }
    return hand_over(claims, holdings, said=" to ".join, row=row)


def _claims(scope: Scope) -> dict[Address, Claim[Pair]]:
    """Return what manifests name, of those whose domain state knows."""
    domains = {row.address: row.remote_id for row in scope.owned.get(SENDER_DOMAIN, ())}
    return {
        resource.address: Claim(place=domain, parts=_pairs(resource))
        for resource in scope.desired.get(WEBHOOK, ())
        if (domain := id_of(resource.spec.get("domain")) or domains.get(domain_address(resource)))
        is not None
    }


def _pairs(resource: Resource) -> list[Pair]:
    url = str(resource.spec.get("url"))
    return [(event, url) for event in events_of(resource.spec)]


def _holding(row: OwnedObject) -> Holding[Pair] | None:
    domain = domain_of(row.extra, row.applied)
    if domain is None:
        return None
    return Holding(
        place=domain,
        parts=owned_pairs(row),
        inferred=row.provenance is Provenance.INFERRED,
        owes=bool(row.extra.get("restore")),
    )


def _row(held: Holding[Pair], *, before: OwnedObject, url: str | None) -> OwnedObject | None:
    if not held.parts and not held.owes:
        return None
    url = str(before.applied.get("url")) if url is None else url
    return replace(
        before,
        # Its first part may belong to another by now, and with it the id.
        remote_id=group_id(held.place, held.parts) if held.parts else before.remote_id,
        applied={**before.applied, **fields_of(held.place, held.parts, url)},
        extra={**before.extra, "domainId": held.place, "parts": to_json(held.parts)},
        provenance=Provenance.INFERRED if held.inferred else before.provenance,
    )
