"""What it takes before anything is done: `--version`, and a plan of five objects."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from benchmarks.measure import PYTHON, RECONCILER, Took, middle, run, side_by_side
from benchmarks.projects import Prepared, in_step
from benchmarks.table import Row, at_most

OBJECTS = 5
TIMES = 11
_SHOWN = 12
_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|(\s+)(\S+)")


def _bare() -> Took:
    return run([PYTHON, "-c", "pass"])


def measure() -> Iterator[Row]:
    """Measure both, and print what is imported."""
    version, bare = side_by_side(TIMES, lambda: run([RECONCILER, "--version"]), _bare)
    yield _row("`reconciler --version`", version, bare, 3)
    with in_step(OBJECTS - 1) as project:  # and the category
        plan, bare = side_by_side(TIMES, project.plan, _bare)
        yield _row(f"`reconciler plan`, {OBJECTS} objects, local server", plan, bare, 12)
        _explain(project)


def _row(what: str, ours: list[Took], bare: list[Took], bar: float) -> Row:
    mine, least = middle(ours, lambda t: t.wall), middle(bare, lambda t: t.wall)
    return at_most(
        f"{what}, wall",
        ours=mine,
        reference=least,
        bar=bar,
        ours_text=f"{mine * 1000:.0f} ms",
        reference_text=f"{least * 1000:.0f} ms: `python -c pass`",
    )


def _explain(project: Prepared) -> None:
    """Print which imports a small plan pays for."""
    took = run([PYTHON, "-X", "importtime", RECONCILER, "plan"], cwd=project.folder)
    groups: dict[str, int] = {}
    for alone, _, _, name in _IMPORT.findall(took.err):
        top = name.partition(".")[0]
        group = top if top not in sys.stdlib_module_names else "standard library"
        groups[group] = groups.get(group, 0) + int(alone)
    print("    where a small plan's imports go, ms:", file=sys.stderr)
    largest = sorted(groups.items(), key=lambda item: -item[1])[:_SHOWN]
    for name, microseconds in largest:
        print(f"      {microseconds / 1000:6.1f}  {name}", file=sys.stderr)
