"""Applying 1,000 creates at 50 ms, ten at once, with state in S3: what commits over HTTP cost."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from statistics import median

from benchmarks import workload
from benchmarks.apply import AT_ONCE, COUNT, LATENCY, TIMES
from benchmarks.projects import Prepared, scratch
from benchmarks.server import Served
from benchmarks.table import Row, at_most, limit
from tests.support.object_stores import S3


def measure() -> Iterator[Row]:
    """Measure the creates alone, as the report states them."""
    server = S3()
    os.environ.update(server.environment)
    try:
        done = [_apply(server.place()) for _ in range(TIMES)]
    finally:
        server.stop()
    least = COUNT * LATENCY / AT_ONCE
    ours = median(seconds for seconds, _ in done)
    yield at_most(
        f"apply {COUNT:,} creates at {LATENCY * 1000:.0f} ms, {AT_ONCE} at once, state in S3: wall",
        ours=ours,
        reference=least,
        bar=1.6,
        ours_text=f"{ours:.2f} s",
        reference_text=f"{least:.1f} s: N·L/C",
    )
    yield limit(
        f"apply {COUNT:,} creates, state in S3: commits",
        ours=median(commits for _, commits in done),
        bar=3 * COUNT,
        unit="",
        note="three for each create, where none waited for another",
    )


def _apply(url: str) -> tuple[float, int]:
    """Return the seconds of the creates, and how many entries the log has then."""
    with scratch() as folder, Served(latency=LATENCY, category=False) as server:
        workload.write_account(folder, server.url, concurrency=AT_ONCE)
        workload.write_templates(folder / "manifests", COUNT)
        project = Prepared(folder=folder, server=server, state=url)
        took = project.apply("--output", "json")
        assert "No changes." in project.plan().out
    return float(json.loads(took.out)["seconds"]), _entries(url)


def _entries(url: str) -> int:
    from reconciler.state.objects.log import LOG
    from reconciler.state.objects.url import open_bucket, parse

    return len(open_bucket(parse(url)).listed(LOG))
