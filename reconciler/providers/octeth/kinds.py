"""The kinds of the Email Gateway, as data."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.journal import CreationClass
from reconciler.model.values import Fields, JsonValue
from reconciler.model.verification import CheckKind
from reconciler.providers.hooks import Hooks
from reconciler.providers.inside import Inside
from reconciler.providers.kind import (
    DOMAIN,
    MANAGED,
    Capability,
    Field,
    Kind,
    Looking,
    ReplaceOrder,
    mentioned,
    named_by,
)

SENDER_DOMAIN = "SenderDomain"
API_KEY = "ApiKey"
SMTP_CONFIG = "SmtpConfig"
WEBHOOK = "Webhook"

AT_DOMAIN = Inside(kind=SENDER_DOMAIN, field="domain")
"""All other objects belong to a sender domain: how they refer to it. They are listed by domain."""
PAST_FORMS = {
    "delivery": "delivered",
    "bounce": "bounced",
    "open": "opened",
    "click": "clicked",
    "unsubscribe": "unsubscribed",
    "complaint": "complained",
}
"""The webhook events that can be created, as `/api.php` documents them, and their names in the
bearer-token API, which are always understood but sent only if the account's options say so."""
HOOKS = Hooks(
    inside=AT_DOMAIN,
    events=(*PAST_FORMS,),
    past={past: event for event, past in PAST_FORMS.items()},
)
FLAGS: Mapping[str, str] = {
    "linkTracking": "LinkTracking",
    "openTracking": "OpenTracking",
    "unsubscribeLink": "UnsubscribeLink",
}
TEXTS: Mapping[str, str] = {"hostingProvider": "HostingProvider", "subdomain": "Subdomain"}
OPTIONS = frozenset({*FLAGS, *TEXTS})
"""The options of a sender domain, which UpdateDomain sets."""


def _described(fields: Fields, name: str) -> dict[str, JsonValue]:
    return {} if "description" in fields else {"description": name}


_DOMAIN = Field(name=AT_DOMAIN.field, immutable=True, belongs_to=SENDER_DOMAIN)
SINK = "deliverTo"
_DELIVERY = (
    Field(name=SINK, local=True, immutable=True),
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
                DOMAIN,
                *(Field(name=name, write_only=True) for name in FLAGS),
                *(Field(name=name, write_only=True, text=True) for name in TEXTS),
            ),
            creation=CreationClass.NATURAL_KEY,
            capabilities=MANAGED,
            replace=ReplaceOrder.CREATE_FIRST,
            canonical=lambda spec, _name: mentioned(spec),
            identity=named_by("domain"),
        ),
        Kind(
            name=API_KEY,
            proves=CheckKind.KEY,
            fields=(
                _DOMAIN,
                Field(name="description", immutable=True, write_only=True),
                *_DELIVERY,
            ),
            creation=CreationClass.SECRET_ONCE,
            doubles=True,
            capabilities=frozenset({Capability.LIST}),
            replace=ReplaceOrder.CREATE_FIRST,
            canonical=lambda spec, _name: mentioned(spec),
            create_defaults=_described,
            sinks=(SINK,),
            twin_check=True,
        ),
        Kind(
            name=SMTP_CONFIG,
            proves=CheckKind.SMTP_LOGIN,
            fields=(_DOMAIN, *_DELIVERY),
            creation=CreationClass.SECRET_ONCE,
            doubles=True,
            capabilities=frozenset({Capability.LIST}),
            replace=ReplaceOrder.CREATE_FIRST,
            canonical=lambda spec, _name: mentioned(spec),
            sinks=(SINK,),
            twin_check=True,
        ),
        Kind(
            name=WEBHOOK,
            proves=CheckKind.KEY,
            fields=(
                _DOMAIN,
                Field(name="events", unordered=True),
                Field(name="url", called=True),
                Field(name="signingKeyTo", local=True),
            ),
            creation=CreationClass.SERVER_ID,
            doubles=True,
            capabilities=MANAGED,
            # Only a change of its domain replaces it. The old domain loses its events, the new one
            # had none: nothing is gained by having both for a while.
            replace=ReplaceOrder.DELETE_FIRST,
            canonical=HOOKS.canonical,
            identity=HOOKS.identity,
            claims=HOOKS.claims,
            sinks=("signingKeyTo",),
        ),
    )
}
