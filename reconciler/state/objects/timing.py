"""How long a store takes to answer, by what is asked of it anyway."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from reconciler.model.store_cost import StoreUnit, Toll
from reconciler.state.objects.bucket import Bucket, Listed, Stored

IN_FLIGHT = 5
"""Three commits for each write, each waiting for half of the one before it."""
AROUND = 3
"""Puts of a run that are no commit: two try the store out, one is a snapshot."""
FOR_A_NEW_STATE = 4
"""Puts more: two try the store out, one is the key, one the first entry."""


class Timed:
    """A bucket that remembers how long reading took; implements `Bucket`."""

    def __init__(self, inner: Bucket, clock: Callable[[], float] = time.perf_counter) -> None:
        """Take the bucket that is asked."""
        self.inner = inner
        self.place = inner.place
        self._clock = clock
        self._took: list[float] = []

    def create(self, key: str, content: bytes) -> None:
        self.inner.create(key, content)

    def replace(self, key: str, content: bytes) -> None:
        self.inner.replace(key, content)

    def read(self, key: str) -> Stored | None:
        begun = self._clock()
        stored = self.inner.read(key)
        self._took.append(self._clock() - begun)
        return stored

    def listed(self, prefix: str, after: str = "") -> list[Listed]:
        return self.inner.listed(prefix, after)

    def delete(self, keys: Sequence[str]) -> None:
        self.inner.delete(keys)

    def toll(self, *, new: bool) -> Toll:
        """Say what a commit costs: a put is taken to last as long as a read did."""
        median = sorted(self._took)[len(self._took) // 2] if self._took else 0.0
        return Toll(
            unit=StoreUnit.PUTS,
            seconds=median,
            around=AROUND + (FOR_A_NEW_STATE if new else 0),
            in_flight=IN_FLIGHT,
        )
