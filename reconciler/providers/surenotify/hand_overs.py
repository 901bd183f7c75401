"""Slots that one webhook manifest gives up and another takes, in state alone.

Were a slot given up first and put afterwards, a run that dies in between would leave it with
nobody in state, and with the old URL: to the next plan, unmanaged. So the taker has it in
state before anything is sent, with the URL that is in it, and changes that where it says another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.plan import HandOver
from reconciler.model.resource import Resource
from reconciler.providers.surenotify.convert import in_order
from reconciler.providers.surenotify.kinds import slots_of
from reconciler.providers.surenotify.slots import KIND, common_url, object_id
from reconciler.providers.task import HandedOver, Scope


class _Holding(Struct, kw_only=True):
    """What one address has, while slots change hands."""

    channel: str
    urls: dict[str, str]
    """By slot: the URL that was put into it."""
    inferred: bool

    @classmethod
    def of(cls, row: OwnedObject) -> _Holding:
        noted = row.extra.get("slots")
        known = noted if isinstance(noted, dict) else {}
        url = row.applied.get("url", "")
        return cls(
            channel=str(row.applied.get("channel", "")),
            urls={key: str(known.get(key, url)) for key in slots_of(row.applied)},
            inferred=row.provenance is Provenance.INFERRED,
        )


class _Gift(Struct, frozen=True, kw_only=True):
    source: Address
    target: Address
    slot: str


def find(scope: Scope) -> HandedOver:
    """Return the slots that change hands, and the rows of those who give and take."""
    rows = {row.address: row for row in scope.owned.get(KIND, ())}
    desired = {resource.address: resource for resource in scope.desired.get(KIND, ())}
    holdings = {address: _Holding.of(row) for address, row in rows.items()}
    gifts = list(_gifts(desired, holdings))
    for gift in gifts:
        _give(gift, holdings, channel=str(desired[gift.target].spec["channel"]))
    concerned = dict.fromkeys(each for gift in gifts for each in (gift.source, gift.target))
    return HandedOver(
        parts=tuple(
            HandOver(source=gift.source, target=gift.target, part=gift.slot) for gift in gifts
        ),
        rows={
            address: _row(
                holdings[address],
                before=rows.get(address) or _new_row(desired[address]),
                desired=desired.get(address),
            )
            for address in concerned
        },
    )


def _gifts(
    desired: Mapping[Address, Resource], holdings: Mapping[Address, _Holding]
) -> Iterator[_Gift]:
    """Yield what changes hands; what has another channel is replaced, so it cannot take any."""
    takers: dict[str, Address] = {}
    for address, resource in desired.items():
        held = holdings.get(address)
        if held is None or held.channel == resource.spec.get("channel"):
            takers |= dict.fromkeys(slots_of(resource.spec), address)
    for address, held in holdings.items():
        kept = slots_of(desired[address].spec) if address in desired else set()
        for slot in sorted(held.urls.keys() - kept):
            if slot in takers:
                yield _Gift(source=address, target=takers[slot], slot=slot)


def _give(gift: _Gift, holdings: dict[Address, _Holding], *, channel: str) -> None:
    giver = holdings[gift.source]
    taker = holdings.setdefault(gift.target, _Holding(channel=channel, urls={}, inferred=False))
    taker.urls.setdefault(gift.slot, giver.urls.pop(gift.slot))
    taker.inferred |= giver.inferred


def _new_row(resource: Resource) -> OwnedObject:
    return OwnedObject(
        address=resource.address,
        remote_id=object_id(str(resource.spec["channel"]), resource.address),
        protect=resource.lifecycle.protect,
        on_remove=resource.lifecycle.on_remove,
        labels=resource.labels,
        manifest=resource.manifest,
    )


def _row(held: _Holding, *, before: OwnedObject, desired: Resource | None) -> OwnedObject | None:
    if not held.urls:
        return None
    url = str(desired.spec["url"] if desired else before.applied["url"])
    return replace(
        before,
        applied={
            "channel": held.channel,
            "events": in_order({slot.split("/", 1)[1] for slot in held.urls}),
            # As the live object shows it, so that another one is taken for what it is: a change.
            "url": common_url([(held.urls[slot],) for slot in sorted(held.urls)], url),
        },
        extra={**before.extra, "slots": dict(held.urls)},
        provenance=Provenance.INFERRED if held.inferred else before.provenance,
    )
