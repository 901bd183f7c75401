"""Webhooks of both channels: *Add/Update*, *Query* and *Delete Webhook*."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from urllib.parse import urlsplit

from starlette.responses import Response

from reconciler.emulator.store import Table
from reconciler.emulator.surenotify.answers import absent, answer, deleted, nothing
from reconciler.emulator.surenotify.calls import Call, Endpoint, RefusedError, Row

EVENT_TYPES: Mapping[str, frozenset[int]] = MappingProxyType(
    {"email": frozenset({3, 4, 5, 6, 7}), "sms": frozenset({3, 6})}
)
"""The type codes in each channel's table of *Add/Update Webhook*."""

OWN_DOMAIN = "default"
"""The domain of rows made over the API, whose requests name no domain."""


def insert(table: Table, event_type: int, url: str, *, created: str, domain: str) -> None:
    """Add a row."""
    table[str(table.next_id())] = {
        "type": event_type,
        "domain": domain,
        "url": url,
        "createDate": created,
    }


def _upsert(channel: str, call: Call) -> Response:
    body = call.body()
    event_type = _event_type(body.get("type"), channel)
    if event_type is None:
        raise RefusedError("Invalid: type is not a valid value.")
    url = _url(call, body)
    table = call.account.webhooks(channel)
    # The request names no domain, so it changes the row that it would have made.
    same = {"type": event_type, "domain": OWN_DOMAIN}
    rows = [(key, row) for key, row in table.items() if same.items() <= row.items()]
    if call.readings.has("upsert-key", "type+url"):
        rows = [(key, row) for key, row in rows if row["url"] == url]
    if not rows:
        insert(table, event_type, url or "", created=call.now, domain=OWN_DOMAIN)
    for key, row in rows:
        kept = row["url"] if call.readings.has("webhook-url", "kept") else ""
        table[key] = {**row, "url": kept if url is None else url}
    return answer({"success": True})


def _event_type(value: object, channel: str) -> int | None:
    """Return the type code if the channel has it; the schema says number, so not "3"."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if value in EVENT_TYPES[channel] else None


def _url(call: Call, body: Row) -> str | None:
    """Return the URL, `None` if the request has none and the reading allows that."""
    url = body.get("url")
    if url in (None, ""):
        if not call.readings.has("webhook-url", "required"):
            return None
        raise RefusedError("Invalid: url is required.")
    checked = call.readings.has("url-check", "http")
    if not isinstance(url, str) or (checked and not _is_http(url)):
        raise RefusedError("Invalid: url is not a valid value.")
    return url


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _query(channel: str, call: Call) -> Response:
    stored = call.account.webhooks(channel).visible(call.hidden_seconds)
    rows = [_shown(call, row, channel) for row in stored]
    none = call.readings["webhook-none"]
    if not rows and none != "plain":
        return nothing(none)
    shape = call.readings["webhook-list"]
    if shape in ("wrapped", "data"):
        return answer({"webhooks" if shape == "wrapped" else "data": rows})
    return answer(rows[0] if shape == "object" and len(rows) == 1 else rows)


def _shown(call: Call, row: Row, channel: str) -> Row:
    spell = {"int": int, "float": float, "string": str}[call.readings["type-as"]]
    shown = {**row, "type": spell(row["type"])}
    if channel == "sms" and call.readings.has("sms-domain", "hidden"):
        del shown["domain"]
    return shown


def _delete(channel: str, call: Call) -> Response:
    event_type = _event_type(call.body().get("type"), channel)
    table = call.account.webhooks(channel)
    keys = [key for key, row in table.items() if row["type"] == event_type]
    for key in keys:
        del table[key]
    return deleted(call.readings) if keys else absent(call.readings)


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = MappingProxyType(
    {
        (method, path): partial(endpoint, channel)
        for path, channel in (("/v1/webhooks", "email"), ("/v1/sms/webhooks", "sms"))
        for method, endpoint in (("POST", _upsert), ("GET", _query), ("DELETE", _delete))
    }
)
