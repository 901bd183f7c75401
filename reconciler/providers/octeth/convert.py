"""Reads Octeth's JSON: field names of both generations, and every spelling of flags and lists.

The older servers (5.5, 5.6) and the newer ones (from 5.7.2 on) name the same things differently,
so every value is looked up under several names, whatever their case.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from reconciler.model.dns import DnsRecord, domain_key
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.providers.hooks import HookList, HookRow
from reconciler.providers.lenient import (
    first_flag,
    first_text,
    flag_of,
    inner,
    needed,
    object_of,
    pick,
    rows_of,
    split_marker,
    text_of,
    whole_secret,
)
from reconciler.providers.octeth.kinds import FLAGS, HOOKS, TEXTS
from reconciler.providers.octeth.rows import DomainRow, KeyRow, SmtpAccess

_READ_BEFORE = {"subdomain": "CustomSubdomain"}
"""Options that answers may have under another name than the one that sets them."""
_COUNTS = {
    "ApiKey": "APIKeyCount",
    "SmtpConfig": "SMTPCount",
    "Webhook": "WebhookCount",
}

_SENT = ("send", "sent", "delivery", "delivered")
"""What DomainStats may call mails that were sent; its page does not show the name."""


def domains_of(body: JsonValue) -> list[DomainRow]:
    """Read the list of sender domains."""
    return [domain_of(row) for row in rows_of(body, "Domains")]


def single_domain(body: JsonValue) -> DomainRow:
    """Read the answer that holds one sender domain."""
    return domain_of(object_of(pick(object_of(body), "Domain"), "Domain"))


def domain_of(row: Mapping[str, JsonValue]) -> DomainRow:
    """Read one sender domain."""
    name = first_text(row, "SenderDomain", "DomainName")
    if name is None:
        raise ValueError("a domain has no name")
    options, shown = _options(row)
    return DomainRow(
        id=needed(row, "DomainID", "SenderDomainID"),
        key=domain_key(name),
        newer=pick(row, "SenderDomain") is not None,
        verified=_verified(row),
        active=first_flag(row, "IsActive", "Active"),
        status=first_text(row, "Status", "VerificationStatus") or "",
        options=options,
        options_shown=shown,
        counts={
            kind: int(count)
            for kind, its_name in _COUNTS.items()
            if (count := first_text(row, its_name)) is not None and count.isdigit()
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
        id=needed(row, "KeyID", "APIKeyID", "NewAPIKeyID"),
        description=description,
        marker=marker,
        key=whole_secret(pick(row, "Key", "APIKey")),
        used_at=_moment(pick(row, "LastUsedDate")),
    )


def _moment(value: JsonValue) -> float | None:
    """Return a date and time as seconds since the epoch; no page names a zone, UTC is assumed."""
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def sent_in(body: JsonValue) -> int | None:
    """Return how many sent mails DomainStats counts; `None` where it has no such count."""
    stats = pick(object_of(body), "Stats")
    if not isinstance(stats, dict):
        return None
    known = {name.lower(): count for name, count in stats.items()}
    found = [count for name in _SENT if isinstance(count := known.get(name), int)]
    return max(found, default=None)


def created_api_key(body: JsonValue) -> tuple[str | None, Secret | None]:
    """Return the id, if the answer to AddAPI has it, and the key."""
    answer = object_of(body)
    told = inner(answer, "APIKey")
    key = pick(told, "Key", "APIKey") if told else pick(answer, "APIKey")
    ids = ("NewAPIKeyID", "APIKeyID", "KeyID")
    found = pick(answer, *ids)
    return text_of(pick(told, *ids) if found is None else found), whole_secret(key)


def smtps_of(body: JsonValue) -> list[SmtpAccess]:
    """Read a domain's SMTP configurations."""
    found = [smtp_of(row) for row in rows_of(body, "SMTPs")]
    if not all(row.id for row in found):
        raise ValueError("an SMTP configuration has no SMTPID")
    return found


def smtp_of(row: Mapping[str, JsonValue]) -> SmtpAccess:
    """Read an SMTP configuration; each part that the answer lacks is `None`."""
    return SmtpAccess(
        id=first_text(row, "SMTPID"),
        host=first_text(row, "SMTPHost", "Server", "Host"),
        port=_port(pick(row, "SMTPPorts", "SMTPPort", "Ports", "Port")),
        username=first_text(row, "SMTPUsername", "Username"),
        password=whole_secret(pick(row, "SMTPPassword", "Password")),
    )


def webhook_of(row: Mapping[str, JsonValue]) -> HookRow:
    """Read one webhook."""
    url = first_text(row, "WebhookURL", "URL")
    if url is None:
        raise ValueError("a webhook has no URL")
    shown = pick(row, "Events", "Event")
    if isinstance(shown, dict):
        shown = list(shown.values())
    names = shown if isinstance(shown, list) else [shown]
    events = [HOOKS.spelled(name) for name in names if isinstance(name, str)]
    if len(events) != len(names):
        raise ValueError("a webhook has an event that is no text")
    return HookRow(id=needed(row, "WebhookID"), url=url, events=tuple(HOOKS.in_order(events)))


def webhooks_of(body: JsonValue) -> HookList:
    """Read a domain's webhooks."""
    key = pick(object_of(body), "SigningKey")
    return HookList(
        rows=tuple(webhook_of(row) for row in rows_of(body, "Webhooks")),
        signing_key=whole_secret(key),
    )


def dns_records(body: JsonValue) -> list[DnsRecord]:
    """Read the DNS results of VerifyDomain: a list of objects, or a map of host to a triple."""
    shown = pick(object_of(body), "DNSVerificationResults")
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


def _verified(row: Mapping[str, JsonValue]) -> bool | None:
    for name in ("Status", "VerificationStatus"):
        if (word := first_text(row, name)) is not None:
            return word.lower() in {"enabled", "verified", "active"}
    return first_flag(row, "Verified", "IsActive", "Active")


def _options(row: Mapping[str, JsonValue]) -> tuple[dict[str, JsonValue], bool]:
    """Return a domain's options that a row shows, and whether it shows any.

    Newer servers list those that are set in a map `Options`, so one that is missing there is not
    set; without that map, a missing option is unknown. No page shows `HostingProvider`.
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
