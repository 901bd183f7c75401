"""The clock, which tests can replace."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """A clock that never goes back, and a way to wait on it."""

    def monotonic(self) -> float:
        """Return the seconds since a fixed point that all processes of this machine share."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's own clock."""

    def monotonic(self) -> float:
        """Return the seconds since the machine started."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking other work."""
        await asyncio.sleep(seconds)


SYSTEM_CLOCK: Clock = SystemClock()
