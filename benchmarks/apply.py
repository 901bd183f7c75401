"""Applying 1,000 creates at 50 ms, ten at once: how near it comes to waiting alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from statistics import median

from benchmarks import workload
from benchmarks.measure import Took
from benchmarks.projects import Prepared, scratch
from benchmarks.server import Served
from benchmarks.table import Row, at_most, limit

COUNT = 1_000
LATENCY = 0.05
AT_ONCE = 10
TIMES = 3


def measure() -> Iterator[Row]:
    """Measure the applying alone, as the report states it, and all of the command."""
    done = [_apply() for _ in range(TIMES)]
    least = COUNT * LATENCY / AT_ONCE
    for words, seconds in (
        ("the creates", median(report for _, report, _ in done)),
        ("all of the command, start and plan included", median(took.wall for took, _, _ in done)),
    ):
        yield at_most(
            f"apply {COUNT:,} creates at {LATENCY * 1000:.0f} ms, {AT_ONCE} at once: {words}, wall",
            ours=seconds,
            reference=least,
            bar=1.3,
            ours_text=f"{seconds:.2f} s, {median(t.cpu for t, _, _ in done):.1f} s CPU",
            reference_text=f"{least:.1f} s: N·L/C",
        )
    writes = max(stats["writes"] for _, _, stats in done)
    yield limit(
        f"apply {COUNT:,} creates: requests that change something",
        ours=writes,
        bar=COUNT + 1,
        unit="",
        note=f"{done[0][2]['requests'] - done[0][2]['writes']} reads",
    )


def _apply() -> tuple[Took, float, dict[str, int]]:
    with scratch() as folder, Served(latency=LATENCY, category=False) as server:
        workload.write_account(folder, server.url, concurrency=AT_ONCE)
        workload.write_templates(folder / "manifests", COUNT)
        project = Prepared(folder=folder, server=server)
        took = project.apply("--output", "json")
        report = json.loads(took.out)
        stats = server.stats()
        assert stats["most_at_once"] <= AT_ONCE
        assert "No changes." in project.plan().out
    return took, float(report["seconds"]), stats
