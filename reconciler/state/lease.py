"""Who holds a store that others reach too.

All moments of others are by the store's clock, ours by a monotonic one.

A holder that writes nothing for a while says that it lives, so that nobody takes it for dead. It
trusts itself only as long as others do: whoever finds its own newest write too old must not send
anything, because another may have begun meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from reconciler.errors import StaleEpoch, StateError

LEASE_SECONDS = 60.0
"""How long after its newest entry a holder may send: what others wait
(`FOREIGN_SECONDS` of `reconciler.state.files.lock`), less the time that one request may take."""
HEARTBEAT_SECONDS = 20.0
_LOOK_SECONDS = 5.0


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

    def check(self) -> None:
        """Raise `StaleEpoch` where others may think that this run is dead."""
        quiet = self._monotonic() - self._renewed_at
        if quiet > LEASE_SECONDS:
            raise StaleEpoch(
                f"this run wrote nothing for {quiet:.0f} s, so that another may have begun",
                hint="`reconciler state history` shows whether one has. Run it again.",
            )

    def release(self) -> None:
        """Stop beating; does nothing the second time."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self, beat: Callable[[], None]) -> None:
        while not self._stopped.wait(_LOOK_SECONDS):
            if self._monotonic() - self._renewed_at < HEARTBEAT_SECONDS:
                continue
            try:
                beat()
            except StaleEpoch:  # the next write says so
                return
            except StateError:  # until the lease is over it may still work
                continue
