"""The one wall clock of rules and policies, which depend on the day and the hour.

Tests put another function in its place. No variable and no option does: whoever starts a run could
otherwise choose the hour at which a policy looks at it.
"""

from __future__ import annotations

from datetime import UTC, datetime

from reconciler.errors import ReconcilerError


def now() -> datetime:
    """Return this moment, in UTC; raises `ReconcilerError` where no calendar has it."""
    try:
        return datetime.now(UTC)
    except (ValueError, OverflowError):
        raise ReconcilerError(
            "the clock of this machine shows a year after 9999", hint="Set it right."
        ) from None
