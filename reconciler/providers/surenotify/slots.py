"""Webhook slots: which manifest has which of them, and the URLs in them.

Surenotify has one slot for each channel and event, with one URL and no id. A manifest claims
several of them. State remembers what it owns: its events as last applied, and under `slots` the URL
that was put into each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reconciler.model.address import Address
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Resource
from reconciler.model.values import Fields, JsonValue
from reconciler.providers.surenotify.convert import OWN_DOMAIN, Hook, in_order
from reconciler.providers.surenotify.kinds import slots_of

ELSEWHERE = "elsewhere"
"""In `extra` of an unclaimed webhook: the other domain that it belongs to."""
Slots = Mapping[str, tuple[str, ...]]
"""The URLs in each occupied slot; more than one where the service kept an older row."""


def by_slot(rows: Iterable[Hook]) -> dict[str, tuple[str, ...]]:
    """Return the URLs in each slot; those of other domains are left out."""
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        if row.elsewhere:
            continue
        found[row.slot] = (*found.get(row.slot, ()), row.url)
    return found


def shared(rows: Iterable[Hook]) -> dict[str, str]:
    """Return the other domain that has a row in a slot, by slot.

    The API deletes by type alone, so emptying such a slot would delete the other row, too.
    """
    return {row.slot: row.domain for row in rows if row.elsewhere}


def object_id(channel: str, address: Address) -> str:
    """Return our id for a group of slots; the service has none."""
    return f"{channel}/{address.name}"


def owned_slots(owned: OwnedObject, live: Slots) -> set[str]:
    """Return the slots that are ours by state.

    Those last applied are ours, whatever they contain now. A slot that is only noted under `slots`
    (a run stopped between two requests) is ours as long as it has the URL that was put there.
    """
    put = noted(owned).items()
    return slots_of(owned.applied) | {key for key, url in put if url in live.get(key, ())}


def noted(owned: OwnedObject) -> Mapping[str, JsonValue]:
    """Return the URLs that we put, by slot, as far as state has noted them."""
    found = owned.extra.get("slots")
    return found if isinstance(found, dict) else {}


def channel_of(key: str) -> str:
    """Return the channel of a slot."""
    return key.partition("/")[0]


def event_of(key: str) -> str:
    """Return the event of a slot."""
    return key.partition("/")[2]


def grouped(
    live: Slots,
    desired: Mapping[Address, Resource],
    owned: Mapping[Address, OwnedObject],
    held: Mapping[Address, set[str]],
) -> tuple[list[LiveObject], set[str]]:
    """Return the live objects of all addresses, and the slots that belong to them.

    `held` has the slots that each address owns by state.
    """
    objects: list[LiveObject] = []
    claimed: set[str] = set()
    for address in dict.fromkeys((*owned, *desired)):
        elsewhere = (keys for other, keys in held.items() if other != address)
        found, accounted = group(
            live,
            desired=desired.get(address),
            owned=owned.get(address),
            elsewhere=frozenset().union(*elsewhere),
        )
        claimed |= accounted
        if found is not None:
            objects.append(found)
    return objects, claimed


def group(
    live: Slots,
    *,
    desired: Resource | None,
    owned: OwnedObject | None,
    elsewhere: frozenset[str],
) -> tuple[LiveObject | None, set[str]]:
    """Return the live object of one address, and the slots that belong to it.

    Args:
        live: The URLs in all slots.
        desired: The manifest.
        owned: The row of state.
        elsewhere: Slots that state gives to other addresses.
    """
    named = slots_of(desired.spec) if desired else set()
    channel, url = _channel_and_url(desired, owned)
    held = owned_slots(owned, live) if owned else set()
    unmanaged = {key for key in named - held - elsewhere if key in live}
    taken = {key for key in unmanaged if live[key] != (url,)}
    shown = {key for key in held | unmanaged if key in live and key.startswith(f"{channel}/")}
    address = owned.address if owned else desired.address if desired else None
    if owned:
        shown -= taken
    if address is None or not (shown or taken):
        return None, held | unmanaged
    fields: dict[str, JsonValue] = {
        "channel": channel,
        "events": in_order(map(event_of, shown)),
        "url": common_url([live[key] for key in sorted(shown)], url),
    }
    found = LiveObject(
        kind="Webhook",
        id=owned.remote_id if owned else object_id(channel, address),
        key=None,
        fields=fields,
        extra={"slots": {key: ", ".join(live[key]) for key in sorted(shown)}},
        address=address,
        conflicts=tuple(f"{key} already sends to {', '.join(live[key])}" for key in sorted(taken)),
        name=address.name,
    )
    return found, held | unmanaged


def unclaimed(rows: Sequence[Hook], claimed: set[str]) -> list[LiveObject]:
    """Return the webhooks that are in no manifest and no state, one for each channel and URL."""
    found: dict[tuple[str, str, str], list[Hook]] = {}
    for row in rows:
        if row.known and (row.elsewhere or row.slot not in claimed):
            found.setdefault((row.channel, row.domain, row.url), []).append(row)
    return [_unclaimed(*group_key, members) for group_key, members in found.items()]


def _unclaimed(channel: str, domain: str, url: str, members: Sequence[Hook]) -> LiveObject:
    events = in_order({row.event for row in members})
    of = "" if domain == OWN_DOMAIN else f" of {domain}"
    extra: dict[str, JsonValue] = {"slots": {row.slot: url for row in members}}
    return LiveObject(
        kind="Webhook",
        id=f"{channel}/{events[0]}{of}",
        key=None,
        fields={"channel": channel, "events": events, "url": url},
        extra=extra | ({ELSEWHERE: domain} if of else {}),
        name=f"{channel}/{'+'.join(str(event) for event in events)}{of}",
    )


def parts(live: Slots) -> tuple[LiveObject, ...]:
    """Return an object for each slot."""
    return tuple(_part(key, urls) for key, urls in live.items())


def common_url(urls: Sequence[tuple[str, ...]], desired: str) -> str:
    """Return the one URL of several slots; where they differ, the first that is not `desired`.

    A slot with two rows shows both URLs, so that it differs from whatever is desired.
    """
    others = [", ".join(found) for found in urls if found != (desired,)]
    return others[0] if others else desired


def _part(key: str, urls: tuple[str, ...]) -> LiveObject:
    fields: Fields = {
        "channel": channel_of(key),
        "events": [event_of(key)],
        "url": ", ".join(urls),
    }
    return LiveObject(kind="Webhook", id=key, key=key, fields=fields, name=key)


def _channel_and_url(desired: Resource | None, owned: OwnedObject | None) -> tuple[str, str]:
    """Return the channel, as state knows it if it does, and the URL, as desired if it is."""
    spec = desired.spec if desired else {}
    applied = owned.applied if owned else spec
    channel = str(applied.get("channel", spec.get("channel", "")))
    return channel, str(spec.get("url", applied.get("url", "")))
