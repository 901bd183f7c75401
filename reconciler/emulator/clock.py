"""The time in an emulator: the computer's, until somebody moves or stops it.

So late receipts, thirty-day windows and night hours can be tested by one call. Processes that share
the file of a store also share the time in it.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.emulator.store import Store

_ROW = "time"
_FIELDS = ("at", "forward", "running")


class ClockError(ValueError):
    """A setting that cannot be understood; the message says what can."""


class Clock:
    """The time of all emulators on one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table = store.table("emulator/clock")

    def now(self) -> datetime:
        """Return the moment, in UTC."""
        return datetime.fromtimestamp(self._seconds(), UTC)

    @property
    def running(self) -> bool:
        """Whether time passes by itself."""
        return self._row().get("stopped") is None

    def set(self, moment: datetime) -> None:
        """Set the clock to a moment, which has a zone; a stopped clock stays stopped."""
        self._put(moment.timestamp(), running=self.running)

    def forward(self, seconds: float) -> None:
        """Move the clock by seconds, backwards if they are negative."""
        self._put(self._seconds() + seconds, running=self.running)

    def stop(self) -> None:
        """Stop the clock at its present time."""
        self._put(self._seconds(), running=False)

    def start(self) -> None:
        """Let a stopped clock run again, from the time that it has."""
        self._put(self._seconds(), running=True)

    def reset(self) -> None:
        """Follow the computer's clock again."""
        with self._store.batch():
            self._table.pop(_ROW, None)

    def change(self, asked: Mapping[str, Any]) -> None:
        """Do what JSON asks: `at` (ISO 8601 with a zone), `forward` (seconds), `running`.

        Raises `ClockError`.
        """
        unknown = sorted(set(asked) - set(_FIELDS))
        if unknown:
            raise ClockError(f"unknown field {unknown[0]!r}; there are: {', '.join(_FIELDS)}")
        moment = None if "at" not in asked else _moment(asked["at"])
        seconds, running = asked.get("forward", 0), asked.get("running", self.running)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise ClockError("'forward' must be a number of seconds")
        if not isinstance(running, bool):
            raise ClockError("'running' must be true or false")
        start = self._seconds() if moment is None else moment.timestamp()
        self._put(start + seconds, running=running)

    def _put(self, seconds: float, *, running: bool) -> None:
        row = {"ahead": seconds - time.time()} if running else {"stopped": seconds}
        with self._store.batch():
            self._table[_ROW] = row

    def _row(self) -> dict[str, Any]:
        return self._table.get(_ROW, {})

    def _seconds(self) -> float:
        row = self._row()
        stopped: float | None = row.get("stopped")
        ahead: float = row.get("ahead", 0.0)
        return time.time() + ahead if stopped is None else stopped


def _moment(text: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        moment = datetime.min  # noqa: DTZ901 -- has no zone, so it is refused below
    if moment.tzinfo is None:
        raise ClockError("'at' must be a moment with its zone: 2026-11-28T21:30:00+09:00")
    return moment
