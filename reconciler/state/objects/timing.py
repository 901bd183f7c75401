"""Measures how long a store takes to answer, by the reads that are done anyway."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from reconciler.model.store_cost import StoreUnit, Toll
from reconciler.state.objects.bucket import Bucket, Listed, Stored

IN_FLIGHT = 5
"""Each write has three commits, each of which waits on average for half of the one before it."""
AROUND = 3
"""Puts of a run besides its commits: two to probe the store, and a snapshot."""
FOR_A_NEW_STATE = 4
"""Further puts for a new state: two to probe the store, the key, and the first entry."""


class Timed:
    """A `Bucket` that passes everything on to another one, and measures how long reads take."""

    def __init__(self, inner: Bucket, clock: Callable[[], float] = time.perf_counter) -> None:
        """Take the bucket to pass requests on to."""
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
        """Return what a commit costs, assuming that a put takes as long as the median read."""
        median = sorted(self._took)[len(self._took) // 2] if self._took else 0.0
        return Toll(
            unit=StoreUnit.PUTS,
            seconds=median,
            around=AROUND + (FOR_A_NEW_STATE if new else 0),
            in_flight=IN_FLIGHT,
        )
