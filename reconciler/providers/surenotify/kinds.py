"""The kinds that Surenotify has."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.journal import CreationClass
from reconciler.model.values import Fields, JsonValue
from reconciler.model.verification import CheckKind
from reconciler.providers.kind import DOMAIN, MANAGED, Field, Kind, Looking, ParentKey, named_by
from reconciler.providers.parts import events_of
from reconciler.providers.surenotify.convert import in_order, slot


def _canonical_webhook(fields: Fields, _name: str) -> dict[str, JsonValue]:
    if not isinstance(fields.get("events"), list):
        return dict(fields)
    return {**fields, "events": in_order(events_of(fields))}


def _slots(fields: Fields, _parent: ParentKey) -> tuple[str, ...]:
    return tuple(sorted(slots_of(fields)))


def slots_of(fields: Fields) -> set[str]:
    """Return the keys of the slots that a webhook's fields name."""
    channel = fields.get("channel")
    return {slot(str(channel), event) for event in events_of(fields)} if channel else set()


SENDER_DOMAIN = Kind(
    name="SenderDomain",
    fields=(DOMAIN,),
    creation=CreationClass.NATURAL_KEY,
    # No request lists domains, so those outside state cannot be found.
    capabilities=frozenset(),
    probed="look at the domain's DNS again, as for its verification",
    identity=named_by("domain"),
    proves=CheckKind.DOMAIN,
    dns=Looking.CHANGING,
)

WEBHOOK = Kind(
    name="Webhook",
    fields=(
        Field(name="channel", immutable=True),
        Field(name="events", unordered=True),
        Field(name="url", called=True),
    ),
    creation=CreationClass.NATURAL_KEY,
    capabilities=MANAGED,
    canonical=_canonical_webhook,
    claims=_slots,
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (SENDER_DOMAIN, WEBHOOK)}
