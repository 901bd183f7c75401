"""Applying 1,000 creates at 50 ms, ten at once, with state that others reach: what commits cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median

from benchmarks import workload
from benchmarks.apply import AT_ONCE, COUNT, LATENCY, TIMES
from benchmarks.projects import Prepared, scratch
from benchmarks.server import Served
from benchmarks.table import Row, at_most, limit
from tests.support.object_stores import S3
from tests.support.postgres import Server

SMALL, STARTS = 5, 5


def measure() -> Iterator[Row]:
    """Measure the creates alone, as the report states them."""
    yield from _in_s3()
    yield from _in_postgresql()


def _in_s3() -> Iterator[Row]:
    server = S3()
    os.environ.update(server.environment)
    try:
        places = [server.place() for _ in range(TIMES)]
        seconds = median(map(_apply, places))
        commits = median(map(_entries, places))
    finally:
        server.stop()
    yield _wall(seconds, "S3", bar=1.6)
    yield limit(
        f"apply {COUNT:,} creates, state in S3: commits",
        ours=commits,
        bar=3 * COUNT,
        unit="",
        note="three for each create, where none waited for another",
    )


def _in_postgresql() -> Iterator[Row]:
    server = Server()
    try:
        yield _wall(median(_apply(server.place()) for _ in range(TIMES)), "PostgreSQL", bar=1.4)
        yield _small_plan(server.place())
    finally:
        server.stop()


def _wall(seconds: float, store: str, *, bar: float) -> Row:
    least = COUNT * LATENCY / AT_ONCE
    return at_most(
        f"apply {COUNT:,} creates at {LATENCY * 1000:.0f} ms, {AT_ONCE} at once, "
        f"state in {store}: wall",
        ours=seconds,
        reference=least,
        bar=bar,
        ours_text=f"{seconds:.2f} s",
        reference_text=f"{least:.1f} s: N·L/C",
    )


def _small_plan(url: str) -> Row:
    """Measure a plan of five objects beside a start of Python that does nothing."""
    with scratch() as folder, Served(latency=0.0, category=False) as server:
        workload.write_account(folder, server.url, concurrency=AT_ONCE)
        workload.write_templates(folder / "manifests", SMALL)
        project = Prepared(folder=folder, server=server, state=url)
        project.apply()
        ours = median(_seconds(project.plan) for _ in range(STARTS))
    bare = median(_seconds(_start_python) for _ in range(STARTS))
    return at_most(
        f"plan of {SMALL} objects, state in PostgreSQL: wall",
        ours=ours,
        reference=bare,
        bar=25,
        ours_text=f"{ours * 1000:.0f} ms",
        reference_text=f"{bare * 1000:.0f} ms: python -c pass",
    )


def _start_python() -> None:
    subprocess.run([sys.executable, "-I", "-c", "pass"], check=True)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _apply(url: str) -> float:
    """Return the seconds of the creates."""
    with scratch() as folder, Served(latency=LATENCY, category=False) as server:
        workload.write_account(folder, server.url, concurrency=AT_ONCE)
        workload.write_templates(folder / "manifests", COUNT)
        project = Prepared(folder=folder, server=server, state=url)
        took = project.apply("--output", "json")
        assert "No changes." in project.plan().out
    return float(json.loads(took.out)["seconds"])


def _entries(url: str) -> int:
    from reconciler.state.objects.log import LOG
    from reconciler.state.objects.opening import open_bucket
    from reconciler.state.objects.url import parse

    return len(open_bucket(parse(url)).listed(LOG))
