"""Who holds a store that others reach too.

All moments of others are by the store's clock, ours by a monotonic one.

A holder that writes nothing for a while says that it lives, so that nobody takes it for dead. That
it may still write it never takes for granted: before a request leaves, `Run.check` sees.
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
    """Return seconds since some moment, those included for which the machine slept.

    `time.monotonic` leaves them out on Linux, and another run may have begun meanwhile.
    """
    return time.clock_gettime(_CLOCK)


class Lease:
    """The right to write of one run, and the thread that keeps it."""

    def __init__(self, *, monotonic: Callable[[], float]) -> None:
        """Begin a lease that nothing renews yet."""
        self._monotonic = monotonic
        self._renewed_at = monotonic()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, beat: Callable[[], None]) -> None:
        """Begin to beat, unless it does already.

        `beat` puts an entry without records; it raises `StaleEpoch`, or `StateError` when it
        cannot be put.
        """
        if self._thread is None and not self._stopped.is_set():
            self._thread = threading.Thread(
                target=self._run, args=(beat,), name="state-heartbeat", daemon=True
            )
            self._thread.start()

    def renewed(self) -> None:
        """Note that an entry of ours is in the log."""
        self._renewed_at = self._monotonic()

    def quiet(self) -> float:
        """Return for how many seconds nothing of ours got into the log."""
        return self._monotonic() - self._renewed_at

    def release(self) -> None:
        """Stop beating; does nothing the second time."""
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
