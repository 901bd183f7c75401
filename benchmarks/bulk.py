"""A plan without changes of 10,000 templates, against the least that a program can do."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import middle, module, run, side_by_side
from benchmarks.projects import in_step
from benchmarks.table import Row, at_most, limit

COUNT = 10_000
TIMES = 5


def measure() -> Iterator[Row]:
    """Measure both ways to lay manifests out."""
    for files, words in ((False, "one file"), (True, f"{COUNT:,} files")):
        with in_step(COUNT, files=files) as project:
            bare = module(
                "bare",
                project.server.url,
                "--templates",
                str(COUNT),
                "--yaml",
                str(project.folder / "manifests"),
            )
            ours, theirs = side_by_side(TIMES, project.plan, lambda bare=bare: run(bare))
            requests = project.server.stats()["requests"] / TIMES - 12  # bare asks for 12
        what = f"plan without changes, {COUNT:,} templates in {words}"
        cpu, least = middle(ours, lambda t: t.cpu), middle(theirs, lambda t: t.cpu)
        yield at_most(
            f"{what}: CPU",
            ours=cpu,
            reference=least,
            bar=3,
            ours_text=f"{cpu:.2f} s",
            reference_text=f"{least:.2f} s: CSafeLoader and the pages",
        )
        yield limit(f"{what}: requests", ours=requests, bar=16, unit="")
        yield limit(f"{what}: memory", ours=max(t.mib for t in ours), bar=300, unit=" MiB")
