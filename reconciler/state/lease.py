"""Keeps the lock of a shared store: a run that writes nothing for a while sends a heartbeat.

Without it others would take the run for dead. Its own silence is measured by a monotonic clock,
that of others by the store's clock. A heartbeat does not prove that the run may still write: before
a request is sent, `Run.check` does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from reconciler.errors import StaleEpoch, StateError

HEARTBEAT_SECONDS = 20.0
_LOOK_SECONDS = 5.0
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def elapsed() -> float:
    """Return seconds since some moment, including those for which the machine slept.

    `time.monotonic` leaves these out on Linux, and another run may have begun in them.
    """
    return time.clock_gettime(_CLOCK)


class Lease:
    """One run's right to write, and the thread that sends its heartbeat."""

    def __init__(self, *, monotonic: Callable[[], float]) -> None:
        """Begin a lease without a heartbeat."""
        self._monotonic = monotonic
        self._renewed_at = monotonic()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, beat: Callable[[], None]) -> None:
        """Start the heartbeat, unless it runs already or was stopped.

        `beat` writes to the store that the run lives; it raises `StaleEpoch` if another run has
        taken over, and `StateError` if it cannot write.
        """
        if self._thread is None and not self._stopped.is_set():
            self._thread = threading.Thread(
                target=self._run, args=(beat,), name="state-heartbeat", daemon=True
            )
            self._thread.start()

    def renewed(self) -> None:
        """Note that this run has written to the store just now."""
        self._renewed_at = self._monotonic()

    def quiet(self) -> float:
        """Return for how many seconds this run has written nothing to the store."""
        return self._monotonic() - self._renewed_at

    def release(self) -> None:
        """Stop the heartbeat; does nothing the second time."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self, beat: Callable[[], None]) -> None:
        while not self._stopped.wait(_LOOK_SECONDS):
            if self.quiet() < HEARTBEAT_SECONDS:
                continue
            try:
                beat()
            except StaleEpoch:  # the next write says so
                return
            except StateError:  # next time it may work
                continue
