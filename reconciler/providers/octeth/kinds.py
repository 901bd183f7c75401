"""The kinds of the Email Gateway, as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.model.dns import domain_key
from reconciler.model.journal import CreationClass
from reconciler.model.values import Fields, JsonValue, id_of
from reconciler.model.verification import CheckKind
from reconciler.providers.kind import Capability, Field, Kind, Looking, ParentKey, ReplaceOrder
from reconciler.providers.octeth.convert import FLAGS, TEXTS, event_of, in_order
from reconciler.providers.parts import events_of

SENDER_DOMAIN = "SenderDomain"
API_KEY = "ApiKey"
SMTP_CONFIG = "SmtpConfig"
WEBHOOK = "Webhook"
CHILDREN = (API_KEY, SMTP_CONFIG, WEBHOOK)
"""The kinds whose objects belong to a sender domain, listed one domain at a time."""


def webhook_key(domain: str, url: str, events: Iterable[str]) -> str:
    """Return a webhook resource's natural key; `domain` is its domain's natural key."""
    return f"{domain}|{url}|{','.join(in_order(events))}"


def _mentioned(spec: Fields) -> dict[str, JsonValue]:
    return {name: value for name, value in spec.items() if value is not None}


def _canonical_domain(spec: Fields, name: str) -> dict[str, JsonValue]:
    fields = _mentioned(spec)
    fields["domain"] = domain_key(str(fields.get("domain", name)))
    return fields


def _canonical_child(spec: Fields, _name: str) -> dict[str, JsonValue]:
    return _mentioned(spec)


def _canonical_webhook(spec: Fields, _name: str) -> dict[str, JsonValue]:
    fields = _mentioned(spec)
    if "events" in fields:
        fields["events"] = list(in_order(event_of(event) for event in events_of(fields)))
    return fields


def _described(fields: Fields, name: str) -> dict[str, JsonValue]:
    return {} if "description" in fields else {"description": name}


def _domain_identity(fields: Fields, _parent: ParentKey) -> str | None:
    domain = fields.get("domain")
    return domain if isinstance(domain, str) else None


def _webhook_identity(fields: Fields, parent: ParentKey) -> str | None:
    domain = parent(fields.get("domain"))
    if domain is None:
        return None
    return webhook_key(domain, str(fields.get("url")), events_of(fields))


def _webhook_claims(fields: Fields, parent: ParentKey) -> tuple[str, ...]:
    reference = fields.get("domain")
    by_id = id_of(reference)
    domain = parent(reference) or (f"#{by_id}" if by_id else None)
    if domain is None:
        return ()
    return tuple(f"{domain}|{event}|{fields.get('url')}" for event in events_of(fields))


_DOMAIN_REFERENCE = Field(name="domain", immutable=True, belongs_to="SenderDomain")
_DELIVERY = (
    Field(name="deliverTo", local=True, immutable=True),
    Field(name="rotation", local=True, immutable=True),
)

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name=SENDER_DOMAIN,
            proves=CheckKind.DOMAIN,
            dns=Looking.FREELY,
            fields=(
                Field(name="domain", identity=True, immutable=True),
                *(Field(name=name, write_only=True) for name in FLAGS),
                *(Field(name=name, write_only=True, text=True) for name in TEXTS),
            ),
            creation=CreationClass.NATURAL_KEY,
            capabilities=frozenset(
                {Capability.LIST, Capability.UPDATE, Capability.ADOPT, Capability.IMPORT}
            ),
            replace=ReplaceOrder.CREATE_FIRST,
            canonical=_canonical_domain,
            identity=_domain_identity,
        ),
        Kind(
            name=API_KEY,
            proves=CheckKind.KEY,
            fields=(
                _DOMAIN_REFERENCE,
                Field(name="description", immutable=True, write_only=True),
                *_DELIVERY,
            ),
            creation=CreationClass.SECRET_ONCE,
            doubles=True,
            capabilities=frozenset({Capability.LIST}),
            replace=ReplaceOrder.CREATE_FIRST,
            canonical=_canonical_child,
            create_defaults=_described,
            sinks=("deliverTo",),
            twin_check=True,
        ),
        Kind(
            name=SMTP_CONFIG,
            proves=CheckKind.SMTP_LOGIN,
            fields=(_DOMAIN_REFERENCE, *_DELIVERY),
            creation=CreationClass.SECRET_ONCE,
            doubles=True,
            capabilities=frozenset({Capability.LIST}),
            replace=ReplaceOrder.CREATE_FIRST,
            canonical=_canonical_child,
            sinks=("deliverTo",),
            twin_check=True,
        ),
        Kind(
            name=WEBHOOK,
            proves=CheckKind.KEY,
            fields=(
                _DOMAIN_REFERENCE,
                Field(name="events", unordered=True),
                Field(name="url", called=True),
                Field(name="signingKeyTo", local=True),
            ),
            creation=CreationClass.SERVER_ID,
            doubles=True,
            capabilities=frozenset(
                {Capability.LIST, Capability.UPDATE, Capability.ADOPT, Capability.IMPORT}
            ),
            # It is replaced for another domain only. That one had no events of it before, and the
            # old one loses them in any case: nothing is gained by having both for a while.
            replace=ReplaceOrder.DELETE_FIRST,
            canonical=_canonical_webhook,
            identity=_webhook_identity,
            claims=_webhook_claims,
            sinks=("signingKeyTo",),
        ),
    )
}
