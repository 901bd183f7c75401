"""Webhook calls, genuine or not, as text and JSON."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from reconciler.model.moment import moment, moment_text
from reconciler.providers.callbacks import Event
from reconciler.render.layout.style import Style


class Verified(Struct, frozen=True, kw_only=True):
    """The result of verifying one call."""

    provider: str
    events: tuple[Event, ...] = ()
    """What the call reports; empty for a probe, or a call that is not genuine."""
    fault: str = ""
    """Why the call is not genuine; "" when it is."""


def verified_document(seen: Verified) -> dict[str, Any]:
    """Return the result as JSON."""
    return {
        "formatVersion": "1.0",
        "provider": seen.provider,
        "verified": not seen.fault,
        "reason": seen.fault,
        "events": [
            {"event": event.word, "message": event.message, "at": _iso(event)}
            for event in seen.events
        ],
    }


def verified_text(seen: Verified, style: Style) -> str:
    """Return a line for each event."""
    if seen.fault:
        return style.clean(f"Not genuine: {seen.fault}.") + "\n"
    if not seen.events:
        return f"Genuine: a probe of {style.clean(seen.provider)}, which reports nothing.\n"
    return "".join(f"Genuine: {_event_text(event, style)}\n" for event in seen.events)


def _event_text(event: Event, style: Style) -> str:
    words = [style.clean(event.word or "an event without a name")]
    if event.message:
        words.append(f"of message {style.clean(event.message)}")
    if event.at is not None:
        words.append(f"at {moment_text(event.at)}")
    return " ".join(words)


def _iso(event: Event) -> str | None:
    when = None if event.at is None else moment(event.at)
    return None if when is None else when.isoformat().replace("+00:00", "Z")
