"""Stops writing to a provider that is failing."""

from __future__ import annotations

FAILURES = 5


class Breaker:
    """Opens after `FAILURES` server failures in a row, reads and writes counted apart.

    A failure is a 5xx answer or none at all. Each failed write may have happened, so going on would
    only add changes of unknown outcome. Once writes have opened it, it stays open for this run; if
    reads did, a read that works closes it.
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
        """Count an answer that was no failure."""
        self._reads = 0
        if write and self._writes < FAILURES:
            self._writes = 0
