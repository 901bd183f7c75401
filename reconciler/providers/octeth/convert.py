"""Octeth's JSON to values: both generations of field names, flags, ids and lists as they come.

The older servers (5.5, 5.6) and the newer ones (from 5.7.2 on) name the same things differently,
so every value is looked up by a fixed set of names, whatever their case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from reconciler.model.dns import DnsRecord, domain_key
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.providers import parts
from reconciler.providers.octeth.rows import (
    DomainRow,
    KeyRow,
    SmtpAccess,
    WebhookList,
    WebhookRow,
)

EVENTS = ("delivery", "bounce", "open", "click", "unsubscribe", "complaint")
"""The webhook events that can be created, as `/api.php` documents them."""

PAST_FORMS = {
    "delivery": "delivered",
    "bounce": "bounced",
    "open": "opened",
    "click": "clicked",
    "unsubscribe": "unsubscribed",
    "complaint": "complained",
}
"""How the bearer-token API spells the same events; read everywhere, sent only on request."""

_CANONICAL_EVENTS = {past: event for event, past in PAST_FORMS.items()} | {
    event: event for event in EVENTS
}

_MARKER = re.compile(r"\s*(\[mp:[A-Z2-7]{10}\])\s*$", re.IGNORECASE)

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})

FLAGS: Mapping[str, str] = {
    "linkTracking": "LinkTracking",
    "openTracking": "OpenTracking",
    "unsubscribeLink": "UnsubscribeLink",
}
TEXTS: Mapping[str, str] = {"hostingProvider": "HostingProvider", "subdomain": "Subdomain"}
OPTIONS = frozenset({*FLAGS, *TEXTS})
"""The options of a sender domain, all of them settings of UpdateDomain."""
_READ_BEFORE = {"subdomain": "CustomSubdomain"}
"""Where an option is read under another name than it is set, if that one is there."""
_COUNTS = {
    "ApiKey": "APIKeyCount",
    "SmtpConfig": "SMTPCount",
    "Webhook": "WebhookCount",
}

_SENT = ("send", "sent", "delivery", "delivered")
"""What DomainStats may call mails that were sent; its page shows no name at all."""


def pick(row: Mapping[str, JsonValue], *names: str) -> JsonValue:
    """Return the value under the first of these names that is there, whatever the case."""
    lowered = {name.lower(): value for name, value in row.items()}
    for name in names:
        if (value := lowered.get(name.lower())) is not None:
            return value
    return None


def text_of(value: JsonValue) -> str | None:
    """Return a text or number as text, `None` for anything else and for an empty one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else None
    return str(value).strip() or None


def flag_of(value: JsonValue) -> bool | None:
    """Return `1`, `"0"`, `true` and the like as a bool, `None` for anything else."""
    if isinstance(value, bool):
        return value
    if not isinstance(value, str | int):
        return None
    word = str(value).strip().lower()
    if word in _TRUE:
        return True
    return False if word in _FALSE else None


def event_of(name: str) -> str:
    """Return an event in our spelling, an unknown one as it is."""
    return _CANONICAL_EVENTS.get(name.strip().lower(), name.strip())


def in_order(events: Iterable[str]) -> list[str]:
    """Return events once each, in the order of the documentation, unknown ones last."""
    return parts.in_order(events, EVENTS)


def split_marker(description: str) -> tuple[str, str]:
    """Return a description without our marker, and the marker (empty when there is none)."""
    found = _MARKER.search(description)
    if found is None:
        return description, ""
    word = found.group(1)
    return description[: found.start()], f"[mp:{word[4:-1].upper()}]"


def object_of(value: JsonValue, what: str) -> dict[str, JsonValue]:
    """Return a JSON object; raises `ValueError` for anything else."""
    if not isinstance(value, dict):
        raise ValueError(f"{what} is no object")  # noqa: TRY004 -- documented for callers
    return value


def rows_of(body: JsonValue, *names: str) -> list[dict[str, JsonValue]]:
    """Return the rows of a list; PHP may send it as a map. A missing list is not an empty one."""
    value = pick(object_of(body, "the answer"), *names)
    if isinstance(value, dict) and value:
        value = list(value.values())
    if not isinstance(value, list):
        raise ValueError(f"it has no list {names[0]}")  # noqa: TRY004 -- documented for callers
    return [object_of(row, f"a row of {names[0]}") for row in value]


def domains_of(body: JsonValue) -> list[DomainRow]:
    """Read the list of sender domains."""
    return [domain_of(row) for row in rows_of(body, "Domains")]


def single_domain(body: JsonValue) -> DomainRow:
    """Read the answer that holds one sender domain."""
    return domain_of(object_of(pick(object_of(body, "the answer"), "Domain"), "Domain"))


def domain_of(row: Mapping[str, JsonValue]) -> DomainRow:
    """Read one sender domain."""
    name = text_of(pick(row, "SenderDomain", "DomainName"))
    if name is None:
        raise ValueError("a domain has no name")
    options, shown = _options(row)
    return DomainRow(
        id=_id(row, "DomainID", "SenderDomainID"),
        key=domain_key(name),
        newer=pick(row, "SenderDomain") is not None,
        verified=_verified(row),
        active=_first_flag(row, "IsActive", "Active"),
        status=text_of(pick(row, "Status", "VerificationStatus")) or "",
        options=options,
        options_shown=shown,
        counts={
            kind: int(count)
            for kind, its_name in _COUNTS.items()
            if (count := text_of(pick(row, its_name))) is not None and count.isdigit()
        },
    )


def api_keys_of(body: JsonValue) -> list[KeyRow]:
    """Read a domain's API keys."""
    return [api_key_of(row) for row in rows_of(body, "APIKeys")]


def api_key_of(row: Mapping[str, JsonValue]) -> KeyRow:
    """Read one API key."""
    shown = pick(row, "Description")
    description, marker = split_marker(shown) if isinstance(shown, str) else (None, "")
    return KeyRow(
        id=_id(row, "KeyID", "APIKeyID", "NewAPIKeyID"),
        description=description,
        marker=marker,
        key=_whole(pick(row, "Key", "APIKey")),
        used_at=_moment(pick(row, "LastUsedDate")),
    )


def _moment(value: JsonValue) -> float | None:
    """Return a date and time, taken for UTC as no page names a zone, in seconds since the epoch."""
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def sent_in(body: JsonValue) -> int | None:
    """Return how many mails DomainStats counts; `None` where it has no such event."""
    stats = pick(object_of(body, "the answer"), "Stats")
    if not isinstance(stats, dict):
        return None
    known = {name.lower(): count for name, count in stats.items()}
    found = [count for name in _SENT if isinstance(count := known.get(name), int)]
    return max(found, default=None)


def created_api_key(body: JsonValue) -> tuple[str | None, Secret | None]:
    """Return the id, if it is told, and the key out of the answer to AddAPI."""
    answer = object_of(body, "the answer")
    shown = pick(answer, "APIKey")
    inner = shown if isinstance(shown, dict) else {}
    key = pick(inner, "Key", "APIKey") if inner else shown
    ids = {name: pick(answer, name) for name in ("NewAPIKeyID", "APIKeyID", "KeyID")}
    found = {name: value for name, value in ids.items() if value is not None}
    told = pick(found or inner, "NewAPIKeyID", "APIKeyID", "KeyID")
    return text_of(told), _whole(key)


def smtps_of(body: JsonValue) -> list[SmtpAccess]:
    """Read a domain's SMTP configurations."""
    found = [smtp_of(row) for row in rows_of(body, "SMTPs")]
    if not all(row.id for row in found):
        raise ValueError("an SMTP configuration has no SMTPID")
    return found


def smtp_of(row: Mapping[str, JsonValue]) -> SmtpAccess:
    """Read what an answer tells about an SMTP configuration, which may be little."""
    return SmtpAccess(
        id=text_of(pick(row, "SMTPID")),
        host=text_of(pick(row, "SMTPHost", "Server", "Host")),
        port=_port(pick(row, "SMTPPorts", "SMTPPort", "Ports", "Port")),
        username=text_of(pick(row, "SMTPUsername", "Username")),
        password=_whole(pick(row, "SMTPPassword", "Password")),
    )


def webhook_of(row: Mapping[str, JsonValue]) -> WebhookRow:
    """Read one webhook."""
    url = text_of(pick(row, "WebhookURL", "URL"))
    if url is None:
        raise ValueError("a webhook has no URL")
    shown = pick(row, "Events", "Event")
    if isinstance(shown, dict):
        shown = list(shown.values())
    names = shown if isinstance(shown, list) else [shown]
    events = [event_of(name) for name in names if isinstance(name, str)]
    if len(events) != len(names):
        raise ValueError("a webhook has an event that is no text")
    return WebhookRow(id=_id(row, "WebhookID"), url=url, events=tuple(in_order(events)))


def webhooks_of(body: JsonValue) -> WebhookList:
    """Read a domain's webhooks."""
    key = pick(object_of(body, "the answer"), "SigningKey")
    return WebhookList(
        rows=tuple(webhook_of(row) for row in rows_of(body, "Webhooks")),
        signing_key=_whole(key),
    )


def dns_records(body: JsonValue) -> list[DnsRecord]:
    """Read the DNS results of VerifyDomain: a list of objects, or a map of host to a triple."""
    shown = pick(object_of(body, "the answer"), "DNSVerificationResults")
    if isinstance(shown, dict):
        return [record for host, entry in shown.items() for record in _records_of_host(host, entry)]
    names = ("Type", "Host", "Value", "Verified")
    return [
        _record(*(pick(row, name) for name in names))
        for row in (shown if isinstance(shown, list) else [])
        if isinstance(row, dict)
    ]


def _records_of_host(host: str, entry: JsonValue) -> list[DnsRecord]:
    if not isinstance(entry, list):
        return []
    if entry and all(isinstance(one, list) for one in entry):
        return [record for one in entry for record in _records_of_host(host, one)]
    kind, value, published = [*entry, None, None, None][:3]
    return [_record(kind, host, value, published)]


def _record(kind: JsonValue, name: JsonValue, value: JsonValue, published: JsonValue) -> DnsRecord:
    return DnsRecord(
        type=text_of(kind) or "",
        name=text_of(name) or "",
        value=text_of(value) or "",
        published=flag_of(published) is True,
    )


def _id(row: Mapping[str, JsonValue], *names: str) -> str:
    found = text_of(pick(row, *names))
    if found is None:
        raise ValueError(f"it has no {names[0]}")
    return found


def _whole(value: JsonValue) -> Secret | None:
    """Return a secret, `None` where it is missing or shown in part only."""
    text = text_of(value)
    if text is None or "*" * 3 in text or "•" in text or text.endswith(("...", "…")):
        return None
    return Secret(text)


def _verified(row: Mapping[str, JsonValue]) -> bool | None:
    for name in ("Status", "VerificationStatus"):
        if (word := text_of(pick(row, name))) is not None:
            return word.lower() in {"enabled", "verified", "active"}
    return _first_flag(row, "Verified", "IsActive", "Active")


def _first_flag(row: Mapping[str, JsonValue], *names: str) -> bool | None:
    flags = (flag_of(pick(row, name)) for name in names)
    return next((flag for flag in flags if flag is not None), None)


def _options(row: Mapping[str, JsonValue]) -> tuple[dict[str, JsonValue], bool]:
    """Return the options that a row tells, and whether it is where options stand.

    Newer servers list what is set in `Options`, so what is missing there is not set; without that
    map, a missing option cannot be read. `HostingProvider` is in neither.
    """
    shown = pick(row, "Options")
    listed = isinstance(shown, dict | list)  # PHP sends an empty map as a list
    source = {**row, **shown} if isinstance(shown, dict) else dict(row)
    found: dict[str, JsonValue] = {}
    if listed:
        found = {**dict.fromkeys(FLAGS), "subdomain": ""}
    for name, its_name in FLAGS.items():
        if (flag := flag_of(pick(source, its_name))) is not None:
            found[name] = flag
    for name, its_name in TEXTS.items():
        if isinstance(value := pick(source, _READ_BEFORE.get(name, its_name), its_name), str):
            found[name] = value
    return found, bool(found)


def _port(value: JsonValue) -> str | None:
    if isinstance(value, str):
        value = list(value.split(","))
    ports = [text_of(one) for one in (value if isinstance(value, list) else [value])]
    known = [port for port in ports if port]
    for preferred in ("587", "465"):
        if preferred in known:
            return preferred
    return known[0] if known else None
