"""Looks for records again until DNS has them all, or time is up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.model.zones import Looked, RecordStatus, Zone

if TYPE_CHECKING:
    from reconciler.dns.checking import Checker  # loads dnspython

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 60.0
_GROWTH = 1.5


class Clock(Struct, frozen=True, kw_only=True):
    """A clock and a way to sleep, which tests replace."""

    now: Callable[[], float]
    """Returns seconds of a clock that never goes back."""
    sleep: Callable[[float], Awaitable[None]]


SYSTEM = Clock(now=time.monotonic, sleep=asyncio.sleep)
"""The machine's own clock."""


class Patience(Struct, frozen=True, kw_only=True):
    """How long to wait, by which clock, and what to call before each pause."""

    until: float
    """When waiting ends, in seconds of `clock`."""
    clock: Clock
    tell: Callable[[Sequence[Looked]], None]
    """Called before each pause with the records that are not right yet."""

    @property
    def left(self) -> float:
        """Return how many seconds are left."""
        return self.until - self.clock.now()


async def looked_until(checker: Checker, zones: Sequence[Zone], patience: Patience) -> list[Looked]:
    """Look for all records, then again for those not right, with growing pauses."""
    looked = await checker.look(zones)
    pause = FIRST_PAUSE
    while (waiting := _not_right(looked)) and patience.left > 0:
        patience.tell(waiting)
        await patience.clock.sleep(min(pause, patience.left))
        pause = min(pause * _GROWTH, LONGEST_PAUSE)
        looked = await checker.look(zones, {each.record: each for each in looked})
    return looked


def _not_right(looked: Sequence[Looked]) -> list[Looked]:
    return [each for each in looked if each.status is not RecordStatus.OK]
