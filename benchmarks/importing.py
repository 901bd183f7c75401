"""An account of 10,000 templates that nobody manages: what importing them takes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks import workload
from benchmarks.measure import RECONCILER, Took, middle, run, side_by_side
from benchmarks.projects import scratch
from benchmarks.server import Served
from benchmarks.table import Row, at_most, limit

COUNT = 10_000
TIMES = 3
OUT = "imported"


def measure() -> Iterator[Row]:
    """Import into an empty project; beside it, plan the same manifests with nothing owned yet."""
    what = f"import of {COUNT:,} templates"
    with scratch() as folder, Served(templates=COUNT) as server:
        fresh, known = folder / "fresh", folder / "known"
        for each in (fresh, known):
            each.mkdir()
            workload.write_account(each, server.url)
        _command(known, "import", "--out", OUT, "--no-state")
        ours, planned = side_by_side(TIMES, lambda: _import(fresh), lambda: _plan(known))
        cpu, least = middle(ours, lambda t: t.cpu), middle(planned, lambda t: t.cpu)
        yield at_most(
            f"{what}, proof included: CPU",
            ours=cpu,
            reference=least,
            bar=2,
            ours_text=f"{cpu:.2f} s",
            reference_text=f"{least:.2f} s: a plan that takes them over",
        )
        yield limit(f"{what}: memory", ours=max(t.mib for t in ours), bar=350, unit=" MiB")


def _import(folder: Path) -> Took:
    for each in (OUT, ".reconciler"):
        shutil.rmtree(folder / each, ignore_errors=True)
    return _command(folder, "import", "--out", OUT)


def _plan(folder: Path) -> Took:
    return _command(folder, "plan")


def _command(folder: Path, *words: str) -> Took:
    return run([RECONCILER, *words], cwd=folder)
