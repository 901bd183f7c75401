"""Moments of a wall clock that may have been wrong."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(seconds: float) -> datetime | None:
    """Return a moment in UTC; `None` where a clock ran wild and no calendar has that date."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def rfc3339(seconds: float) -> str:
    """Return a moment for programs, to the second; empty where no calendar has it."""
    when = moment(seconds)
    return "" if when is None else when.isoformat(timespec="seconds")[:19] + "Z"


def told(seconds: float) -> str:
    """Return a moment for people, to the second: `2026-11-28 13:47:55Z`."""
    when = moment(seconds)
    if when is None:
        return f"(no date: {seconds:g} s)"
    return when.isoformat(sep=" ", timespec="seconds")[:19] + "Z"
