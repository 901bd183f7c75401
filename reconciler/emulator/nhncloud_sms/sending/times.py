"""Times as the page writes them, Korean and without a zone, as seconds since the epoch."""

from __future__ import annotations

import calendar
import time
from typing import TYPE_CHECKING

from reconciler.emulator.nhncloud_sms.protocol import (
    Refusal,
)
from reconciler.emulator.nhncloud_sms.rows import (
    KST_OFFSET_SECONDS,
    stamp,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

SECOND, MINUTE = "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"
_MONTH_SECONDS = 31 * 24 * 3600


def parsed(value: object, form: str) -> float:
    """Read a time. Raises `Refusal`."""
    try:
        return calendar.timegm(time.strptime(str(value), form)) - KST_OFFSET_SECONDS
    except ValueError:
        raise Refusal(-2000, "Invalid date format") from None


def shown(seconds: float | None) -> str | None:
    """A time as reads show it."""
    return None if seconds is None else f"{stamp(seconds)}.0"


def korean(seconds: float) -> time.struct_time:
    """The time of day in Korea."""
    return time.gmtime(seconds + KST_OFFSET_SECONDS)


class Range:
    """Two moments of a query, both included; either may be missing."""

    def __init__(self, query: Mapping[str, str], name: str, *, form: str = SECOND) -> None:
        """Read `start<name>Date` and `end<name>Date`. Raises `Refusal`."""
        first, last = query.get(f"start{name}Date"), query.get(f"end{name}Date")
        self.first = parsed(first, form) if first else None
        self.last = parsed(last, form) if last else None
        if self.complete and self._length > _MONTH_SECONDS:
            raise Refusal(-4000, "Query range is more than a month")

    @property
    def complete(self) -> bool:
        """Whether both are given."""
        return self.first is not None and self.last is not None

    @property
    def _length(self) -> float:
        return (self.last or 0.0) - (self.first or 0.0)

    def holds(self, seconds: float | None) -> bool:
        """Whether a moment is within; `None`, not come yet, only is in a range without ends."""
        if seconds is None:
            return self.first is None and self.last is None
        moment = int(seconds)
        return (self.first is None or moment >= self.first) and (
            self.last is None or moment <= self.last
        )
