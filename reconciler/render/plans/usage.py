"""How an object is used, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.model.moment import moment
from reconciler.model.usage import Usage, Use
from reconciler.render.envelope import Document

_COUNTED: dict[Use, tuple[str, str]] = {
    Use.CONTACTS: ("contact has it", "contacts have it"),
    Use.TEMPLATES: ("template uses it", "templates use it"),
    Use.RESERVED: ("reserved message uses it", "reserved messages use it"),
    Use.SENT: ("message sent with it in the last day", "messages sent with it in the last day"),
}
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
"""Seconds of each, the longest first."""


def usage_text(usage: Usage) -> str:
    """Return `last used 3 minutes ago · 14 contacts have it`; "" if nothing is known."""
    used_at = usage.last_used_at
    parts = [] if used_at is None else [f"last used {_ago(usage.asked_at - used_at)}"]
    return " · ".join([*parts, *_counted(usage.counts)])


def usage_notes(change: Document) -> Iterator[str]:
    """Yield the same for a change of a plan's document; with a date, as a report is read later."""
    usage = change.get("usage", {})
    if "lastUsedAt" in usage:
        yield f"last used {usage['lastUsedAt']}"
    yield from _counted({Use(name): count for name, count in usage.get("counts", {}).items()})


def _counted(counts: Mapping[Use, int]) -> Iterator[str]:
    for use, count in counts.items():
        one, many = _COUNTED[use]
        yield f"{count:,} {one if count == 1 else many}" if count else f"no {one}"


def _ago(seconds: float) -> str:
    for length, unit in _UNITS:
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "less than a minute ago"


def usage_document(usage: Usage) -> Document:
    """Return a usage for a document; a time outside of the calendar is left out."""
    document: Document = {}
    at = None if usage.last_used_at is None else moment(usage.last_used_at)
    if at is not None:
        document["lastUsedAt"] = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    if usage.counts:
        document["counts"] = {use.value: count for use, count in usage.counts.items()}
    return document
