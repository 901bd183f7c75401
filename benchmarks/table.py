"""Rows of results, and how they are shown."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One bar."""

    what: str
    ours: str
    reference: str
    """What ours is compared with; empty where there is nothing but the bar."""
    ratio: str
    bar: str
    passed: bool | None
    """`None`: told, not judged."""

    def cells(self) -> list[str]:
        """Return what stands in the table."""
        verdict = {True: "pass", False: "**falls short**", None: "–"}[self.passed]
        return [self.what, self.ours, self.reference, self.ratio, self.bar, verdict]


HEADINGS = ["what", "ours", "reference", "ratio", "bar", "result"]


def markdown(rows: Sequence[Row]) -> str:
    """Return a table that reads well as text and as Markdown."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    shown = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    ]
    shown.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(shown)


def at_most(what: str, *, ours: float, reference: float, bar: float, **words: str) -> Row:
    """Return a row whose ratio ours / reference must not pass the bar."""
    ratio = ours / reference
    return Row(
        what=what,
        ours=words["ours_text"],
        reference=words["reference_text"],
        ratio=f"{ratio:.2f}×",
        bar=f"≤ {bar:g}×",
        passed=ratio <= bar,
    )


def at_least(what: str, *, ours: float, reference: float, bar: float, **words: str) -> Row:
    """Return a row in which the reference must take at least `bar` times as long as ours."""
    ratio = reference / ours
    return Row(
        what=what,
        ours=words["ours_text"],
        reference=words["reference_text"],
        ratio=f"{ratio:.1f}× faster",
        bar=f"≥ {bar:g}× faster",
        passed=ratio >= bar,
    )


def told(what: str, *, ours: str, reference: str) -> Row:
    """Return a row whose reference was not measured here and now, so that nothing follows."""
    return Row(what=what, ours=ours, reference=reference, ratio="", bar="", passed=None)


def limit(what: str, *, ours: float, bar: float, unit: str, note: str = "") -> Row:
    """Return a row whose figure must not pass a fixed bar."""
    return Row(
        what=what,
        ours=f"{ours:,.0f}{unit}",
        reference=note,
        ratio="",
        bar=f"≤ {bar:,.0f}{unit}",
        passed=ours <= bar,
    )


def machine() -> str:
    """Return what this machine is, in one line."""
    model = platform.processor() or platform.machine()
    for line in _lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = 0.0
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemTotal"):
            memory = int(line.split()[1]) / 1024**2
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores of {model}, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release().split('-')[0]}, Python "
        f"{platform.python_version()}; load before the first measurement {load:.1f}"
    )


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


assert len(fields(Row)) == len(HEADINGS)
