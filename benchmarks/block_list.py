"""A block list of a million numbers: what reading and comparing it takes."""

from __future__ import annotations

import json
from collections.abc import Iterator

from benchmarks import workload
from benchmarks.measure import middle, module, run, side_by_side
from benchmarks.projects import Prepared, scratch
from benchmarks.server import Served
from benchmarks.table import Row, at_most, limit

LIVE = 1_000_000
ADDED = 50
TIMES = 3


def measure() -> Iterator[Row]:
    """Plan against a million, then add the fifty."""
    what = f"block list, {LIVE:,} wanted and live, {ADDED} to add"
    with scratch() as folder, Served(numbers=LIVE) as server:
        workload.write_account(folder, server.url)
        workload.write_block_list(folder, LIVE, extra=ADDED)
        project = Prepared(folder=folder, server=server)
        bare = module("bare", server.url, "--numbers", str(LIVE))
        ours, theirs = side_by_side(TIMES, project.plan, lambda: run(bare))
        pages = -(-LIVE // workload.PAGE)
        requests = server.stats()["requests"] / TIMES - pages
        cpu, least = middle(ours, lambda t: t.cpu), middle(theirs, lambda t: t.cpu)
        yield at_most(
            f"{what}: CPU of a plan",
            ours=cpu,
            reference=least,
            bar=2.5,
            ours_text=f"{cpu:.2f} s",
            reference_text=f"{least:.2f} s: the pages",
        )
        yield limit(f"{what}: requests of a plan", ours=requests, bar=pages + 2, unit="")
        server.reset()
        applied = project.apply("--output", "json")
        assert json.loads(applied.out)["requests"]["nhn"] == ADDED // 10
        stats = server.stats()
        assert stats["posted"] == ADDED
        yield limit(
            f"{what}: requests of an apply, {ADDED // 10} batches included",
            ours=stats["requests"],
            bar=pages + 2 + ADDED // 10,
            unit="",
        )
        most = max(took.mib for took in [*ours, applied])
        yield limit(f"{what}: memory", ours=most, bar=350, unit=" MiB")
