"""Adding 100,000 numbers: at the configured pace, and through a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import workload
from benchmarks.measure import RECONCILER, ROOT, Took
from benchmarks.projects import Prepared, scratch
from benchmarks.server import Served
from benchmarks.table import Row, limit

COUNT = 100_000
BATCH = 10
AT_ONCE = 10
LATENCY = 0.02
PACE = 200.0
"""Requests a second that the account allows, four times the default: 50 s for all of it."""
_PATIENCE = 300


def measure() -> Iterator[Row]:
    """Add them, killed in the middle; then finish."""
    with scratch() as folder, Served(numbers=0, latency=LATENCY) as server:
        workload.write_account(folder, server.url, concurrency=AT_ONCE, rate=PACE)
        workload.write_block_list(folder, COUNT)
        project = Prepared(folder=folder, server=server)
        killed = _killed_half_way(project)
        after_kill = server.stats()
        took = project.apply()
        stats = server.stats()
        size = sum(path.stat().st_size for path in (folder / ".reconciler").rglob("*.db*"))
        assert stats["different"] == COUNT, stats
    left = (COUNT - after_kill["different"]) / BATCH
    yield _pace_row(took, left)
    yield limit(
        f"add {COUNT:,} numbers, SIGKILL half-way: numbers sent twice",
        ours=stats["repeated"],
        bar=AT_ONCE * BATCH,
        unit="",
        note=f"in flight when killed: at most {AT_ONCE} × {BATCH}",
    )
    yield limit(f"add {COUNT:,} numbers: memory", ours=took.mib, bar=350, unit=" MiB")
    yield Row(
        what=f"add {COUNT:,} numbers: CPU; the state files at the end, backups included",
        ours=f"{took.cpu / left * 1000:.1f} ms a batch; {size / 1024**2:.1f} MiB",
        reference="",
        ratio="",
        bar="",
        passed=None,
    )
    shown = [line for line in killed.splitlines() if "about" in line]
    yield Row(
        what=f"add {COUNT:,} numbers: progress with rate and time left",
        ours=shown[-1].strip() if shown else "none",
        reference="",
        ratio="",
        bar="shown",
        passed=bool(shown),
    )


def _pace_row(took: Took, batches: float) -> Row:
    least = batches / PACE
    return Row(
        what=f"add {COUNT:,} numbers in batches of {BATCH}: the second half, wall, plan included",
        ours=f"{took.wall:.1f} s ({took.cpu:.1f} s CPU)",
        reference=f"{least:.1f} s: the configured pace, {PACE:.0f} requests a second",
        ratio=f"{took.wall / least:.2f}×",
        bar="≤ 1.3×",
        passed=took.wall <= 1.3 * least,
    )


def _killed_half_way(project: Prepared) -> str:
    """Apply, kill it when the server has half of the numbers, and return what it had said."""
    log = project.folder / "said.txt"
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [RECONCILER, "apply", "--auto-approve"],
            cwd=project.folder,
            env={**os.environ, **workload.ENVIRONMENT, "PYTHONPATH": str(ROOT)},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    end = time.monotonic() + _PATIENCE
    while project.server.stats()["posted"] < COUNT / 2 and time.monotonic() < end:
        assert process.poll() is None, Path(log).read_text(encoding="utf-8")
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    print("    killed; the second run", file=sys.stderr)
    return log.read_text(encoding="utf-8")
