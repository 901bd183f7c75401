"""The wall clock of rules and policies, which may depend on the day and the hour.

Tests replace the function. No variable or option does: otherwise whoever starts a run could choose
the time that a policy sees.
"""

from __future__ import annotations

from datetime import UTC, datetime

from reconciler.errors import ReconcilerError


def now() -> datetime:
    """Return the current time in UTC; raises `ReconcilerError` for a year after 9999."""
    try:
        return datetime.now(UTC)
    except (ValueError, OverflowError):
        raise ReconcilerError(
            "the clock of this machine shows a year after 9999", hint="Set it right."
        ) from None
