"""Reads Surenotify's JSON: webhooks and the DNS records of domains, in every shape on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from reconciler.model.dns import DnsRecord
from reconciler.model.values import JsonValue
from reconciler.providers import parts
from reconciler.providers.lenient import number_of

EVENT_TYPES: Mapping[str, int] = {
    "delivery": 3,
    "open": 4,
    "click": 5,
    "bounce": 6,
    "complaint": 7,
}
"""The events and their codes, in the order in which users see them."""
CHANNELS = ("email", "sms")

_EVENTS = {code: event for event, code in EVENT_TYPES.items()}
_RECORD_TYPES = {0: "TXT", 1: "CNAME"}
_WRAPPERS = ("webhooks", "data")


OWN_DOMAIN = "default"
"""The domain of webhooks made over the API, where none can be named; from the page's example."""


class EmptyAnswer(ValueError):
    """An answer without content: maybe the account has no webhooks, maybe the server is failing."""


class Hook(Struct, frozen=True):
    """One row of a list of webhooks."""

    channel: str
    event: str
    """A word of `EVENT_TYPES`, or `type <code>` for a code that is not documented."""
    url: str
    domain: str = OWN_DOMAIN

    @property
    def slot(self) -> str:
        """Return the key of its slot, which should have one row."""
        return slot(self.channel, self.event)

    @property
    def known(self) -> bool:
        """Tell whether a manifest can name its event."""
        return self.event in EVENT_TYPES

    @property
    def elsewhere(self) -> bool:
        """Tell whether it belongs to another domain: it shares the slot, and no manifest has it."""
        return self.domain != OWN_DOMAIN


def slot(channel: str, event: str) -> str:
    """Return the key of a slot, of which there is one for each channel and event."""
    return f"{channel}/{event}"


def in_order(events: Iterable[str]) -> list[JsonValue]:
    """Return events, each once, in the order of the documentation; unknown ones last."""
    return [*parts.in_order(events, [*EVENT_TYPES])]


def truth(value: JsonValue) -> bool | None:
    """Read a boolean that may come as a text or a number; `None` for anything else."""
    if isinstance(value, str):
        return {"true": True, "1": True, "false": False, "0": False}.get(value.strip().lower())
    if isinstance(value, (bool, int, float)) and value in {0, 1}:
        return bool(value)
    return None


def hooks(body: JsonValue, channel: str) -> list[Hook]:
    """Read a list of webhooks, in every shape on record.

    The page shows one object where it says "all"; others saw a list, or a list wrapped in an
    object. A row without a URL is a cleared slot and is left out.

    Raises:
        EmptyAnswer: It is an empty object, null or nothing at all, where a list should be.
        ValueError: It has another shape, from which nothing can be concluded.
    """
    found: list[Hook] = []
    for row in _rows(body):
        if not isinstance(row, dict) or "type" not in row:
            raise ValueError("a webhook without a type")
        url = row.get("url")
        if url is not None and not isinstance(url, str):
            raise ValueError("a webhook whose URL is no text")
        if url:
            domain = row.get("domain")
            found.append(Hook(channel, _event(row["type"]), url, str(domain or OWN_DOMAIN)))
    return found


def records(body: JsonValue) -> list[DnsRecord]:
    """Read the DNS records of a sender domain, sorted, each once.

    Raises:
        ValueError: It is not a list of records.
    """
    if not isinstance(body, list):
        raise ValueError("no list of records")  # noqa: TRY004 -- one kind of error for a bad answer
    found: dict[tuple[str, str, str], bool] = {}
    for row in body:
        if not isinstance(row, dict) or "name" not in row:
            raise ValueError("a record without a name")
        key = (_record_type(row.get("record_type")), str(row["name"]), str(row.get("value", "")))
        found[key] = truth(row.get("valid")) is True
    return [
        DnsRecord(type=key[0], name=key[1], value=key[2], published=published)
        for key, published in sorted(found.items())
    ]


def _rows(body: JsonValue) -> list[JsonValue]:
    if body is None or body == {}:
        raise EmptyAnswer("neither a webhook nor a list, not even an empty one")
    if isinstance(body, list):
        return body
    if isinstance(body, dict):
        if "type" in body:
            return [body]
        for name in _WRAPPERS:
            if name in body:
                return _rows(body[name])
    raise ValueError("neither a webhook nor a list of them")


def _event(code: JsonValue) -> str:
    number = number_of(code)
    return _EVENTS.get(number, f"type {number}") if number is not None else f"type {code}"


def _record_type(code: JsonValue) -> str:
    number = number_of(code)
    return _RECORD_TYPES.get(number, f"type {number}") if number is not None else str(code)
