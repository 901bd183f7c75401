"""A plan of 10,000 changes with every report that a plan has, against the plan alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks import workload
from benchmarks.measure import RECONCILER, Took, middle, run, side_by_side
from benchmarks.projects import scratch
from benchmarks.server import Served
from benchmarks.table import Row, at_most, limit

COUNT = 10_000
TIMES = 3
FORMATS = ("json", "markdown", "html", "sarif", "junit", "gitlab-codequality", "gitlab-terraform")


def measure() -> Iterator[Row]:
    """Plan to create every template, and write all reports of that beside it."""
    with scratch() as folder, Served() as server:
        workload.write_account(folder, server.url)
        workload.write_templates(folder / "manifests", COUNT)
        (folder / "reports").mkdir()
        places = [f"--report={name}=reports/{name}.out" for name in FORMATS]
        with_reports, alone = side_by_side(
            TIMES, lambda: _plan(folder, *places), lambda: _plan(folder)
        )
    cpu, least = middle(with_reports, lambda t: t.cpu), middle(alone, lambda t: t.cpu)
    what = f"plan of {COUNT:,} changes with all reports"
    yield at_most(
        f"{what}: CPU",
        ours=cpu,
        reference=least,
        bar=2,
        ours_text=f"{cpu:.2f} s",
        reference_text=f"{least:.2f} s: the plan alone",
    )
    yield limit(f"{what}: memory", ours=max(t.mib for t in with_reports), bar=500, unit=" MiB")


def _plan(folder: Path, *more: str) -> Took:
    return run([RECONCILER, "plan", *more], cwd=folder)
