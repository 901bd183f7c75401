"""Times of a wall clock, which may have been wrong, for people and programs."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(seconds: float) -> datetime | None:
    """Return a moment in UTC; `None` if the clock was so wrong that no calendar has the date."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def rfc3339(seconds: float) -> str:
    """Return a moment for programs, to the second; empty if no calendar has it."""
    when = moment(seconds)
    return "" if when is None else when.isoformat(timespec="seconds")[:19] + "Z"


def moment_text(seconds: float) -> str:
    """Return a moment for people, to the second: `2026-11-28 13:47:55Z`."""
    when = moment(seconds)
    if when is None:
        return f"(no date: {seconds:g} s)"
    return when.isoformat(sep=" ", timespec="seconds")[:19] + "Z"
