"""The plan's estimate against what an apply really took, on the emulator served over TCP."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks import workload
from benchmarks.measure import RECONCILER, run
from benchmarks.projects import scratch
from benchmarks.table import Row

TOLERANCE = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One account and how hard it may be pressed."""

    what: str
    count: int
    latency: float
    concurrency: int
    rate: float


CASES = (
    Case(what="held by the pace", count=500, latency=0.05, concurrency=8, rate=50),
    Case(what="held by latency", count=300, latency=0.3, concurrency=8, rate=50),
    Case(what="held by the emulator itself", count=500, latency=0.0, concurrency=8, rate=1000),
)


def measure() -> Iterator[Row]:
    """Plan and apply every case."""
    for case in CASES:
        with _emulator(case.latency) as url, scratch() as folder:
            workload.write_account(folder, url, concurrency=case.concurrency, rate=case.rate)
            workload.write_templates(folder / "manifests", case.count)
            plan = json.loads(run([RECONCILER, "plan", "--output", "json"], cwd=folder).out)
            expected = plan["requests"]["nhn"]
            apply = [RECONCILER, "apply", "--auto-approve", "--output", "json"]
            report = json.loads(run(apply, cwd=folder).out)
        seconds = report["seconds"]
        ratio = seconds / expected["seconds"]
        asked, sent = expected["writes"], report["requests"]["nhn"]
        yield Row(
            what=f"estimate of {case.count + 1} creates, {case.what}",
            ours=f"{expected['seconds']:.1f} s, {asked} requests planned",
            reference=f"{seconds:.1f} s, {sent} requests taken",
            ratio=f"{ratio:.2f}×",
            bar="0.7–1.3×",
            passed=abs(ratio - 1) <= TOLERANCE and abs(sent / asked - 1) <= TOLERANCE,
        )


@contextmanager
def _emulator(latency: float) -> Iterator[str]:
    command = [RECONCILER, "emulator", "--port", "0", "--output", "json"]
    command += ["--latency", str(latency), "--reading", "nhncloud-sms.senders=any"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["providers"]["nhncloud-sms"]
    finally:
        process.terminate()
        process.wait()
