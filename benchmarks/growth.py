"""How a plan without changes grows with the number of objects."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import log

from benchmarks.measure import middle
from benchmarks.projects import in_step
from benchmarks.table import Row

SIZES = (100, 1_000, 10_000, 50_000)
TIMES = 3
TOLERANCE = 0.1
"""What noise may add to an exponent."""


def measure() -> Iterator[Row]:
    """Compare how CPU grows from size to size with how n log n does."""
    cpu: dict[int, float] = {}
    mib: dict[int, float] = {}
    for size in SIZES:
        with in_step(size) as project:
            took = [project.plan() for _ in range(TIMES)]
        cpu[size] = middle(took, lambda t: t.cpu)
        mib[size] = middle(took, lambda t: t.mib)
    start = 2 * cpu[SIZES[0]] - cpu[SIZES[1]] if cpu[SIZES[1]] < 2 * cpu[SIZES[0]] else 0.0
    start = max(start, cpu[SIZES[0]] - (cpu[SIZES[1]] - cpu[SIZES[0]]) / 9)
    for small, large in pairwise(SIZES):
        slope = log((cpu[large] - start) / (cpu[small] - start)) / log(large / small)
        bar = log(large * log(large) / (small * log(small))) / log(large / small)
        yield Row(
            what=f"growth, {small:,} to {large:,} objects: exponent of CPU without start-up",
            ours=f"n^{slope:.2f} ({cpu[small]:.2f} s to {cpu[large]:.2f} s)",
            reference=f"{mib[small]:.0f} MiB to {mib[large]:.0f} MiB",
            ratio="",
            bar=f"≤ n^{bar:.2f} (n log n)",
            passed=slope <= bar + TOLERANCE,
        )
