"""Slots that one webhook manifest hands over to another, in state alone.

Were a slot given up first and put afterwards, a run that dies in between would leave it with
nobody in state, and with the old URL: to the next plan, unmanaged. So the taker has it in state
before anything is sent, with the URL that is in it, and changes that where it says another.
"""

from __future__ import annotations

from msgspec.structs import replace

from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.resource import Resource
from reconciler.providers.hand_overs import Claim, Holding, hand_over, new_row
from reconciler.providers.surenotify.convert import in_order
from reconciler.providers.surenotify.kinds import slots_of
from reconciler.providers.surenotify.slots import KIND, common_url, object_id
from reconciler.providers.task import HandOvers, Scope


def find(scope: Scope) -> HandOvers:
    """Return the slots that are handed over, and the rows of those who give and take."""
    rows = {row.address: row for row in scope.owned.get(KIND, ())}
    desired = {resource.address: resource for resource in scope.desired.get(KIND, ())}

    def row(address: Address, held: Holding[str]) -> OwnedObject | None:
        resource = desired.get(address)
        before = rows.get(address)
        if before is None:
            made = desired[address]
            before = new_row(made, object_id(str(made.spec["channel"]), address))
        return _row(held, before=before, desired=resource)

    claims = {
        address: Claim(place=str(resource.spec["channel"]), parts=slots_of(resource.spec))
        for address, resource in desired.items()
    }
    holdings = {address: _holding(each) for address, each in rows.items()}
    return hand_over(claims, holdings, said=str, row=row)


def _holding(row: OwnedObject) -> Holding[str]:
    """Return what a row has, by slot the URL that was put into it."""
    noted = row.extra.get("slots")
    known = noted if isinstance(noted, dict) else {}
    url = row.applied.get("url", "")
    return Holding(
        place=str(row.applied.get("channel", "")),
        parts={key: str(known.get(key, url)) for key in sorted(slots_of(row.applied))},
        inferred=row.provenance is Provenance.INFERRED,
    )


def _row(
    held: Holding[str], *, before: OwnedObject, desired: Resource | None
) -> OwnedObject | None:
    if not held.parts:
        return None
    url = str(desired.spec["url"] if desired else before.applied["url"])
    return replace(
        before,
        applied={
            "channel": held.place,
            "events": in_order({slot.split("/", 1)[1] for slot in held.parts}),
            # As the live object shows it, so that another one is taken for what it is: a change.
            "url": common_url([(held.parts[slot],) for slot in sorted(held.parts)], url),
        },
        extra={**before.extra, "slots": dict(held.parts)},
        provenance=Provenance.INFERRED if held.inferred else before.provenance,
    )
