"""Stops writing to a provider that is failing."""

from __future__ import annotations

FAILURES = 5


class Breaker:
    """Opens after `FAILURES` server failures in a row; reads and writes are counted separately.

    A failure is a 5xx answer or no answer. A failed write may still have been carried out, so going
    on would add more changes whose outcome is unknown. If writes opened it, it stays open for the
    rest of the run; if reads did, the next read that works closes it.
    """

    def __init__(self) -> None:
        """Start closed."""
        self._reads = 0
        self._writes = 0

    @property
    def is_open(self) -> bool:
        """Tell whether writes must not be sent."""
        return self._reads >= FAILURES or self._writes >= FAILURES

    def failed(self, *, write: bool) -> None:
        """Count a server failure."""
        if write:
            self._writes += 1
        else:
            self._reads += 1

    def worked(self, *, write: bool) -> None:
        """Note an answer that was not a failure."""
        self._reads = 0
        if write and self._writes < FAILURES:
            self._writes = 0
