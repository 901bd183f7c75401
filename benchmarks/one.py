"""One benchmark, in a process of its own."""

from __future__ import annotations

import sys
import traceback
from importlib import import_module

from benchmarks.table import Row


def measured(name: str) -> list[Row]:
    """Return the rows of one benchmark, each shown as soon as it is there."""
    rows: list[Row] = []
    try:
        for row in import_module(f"benchmarks.{name}").measure():
            rows.append(row)
            print("   ", " · ".join(filter(None, row.cells())), file=sys.stderr, flush=True)
    except Exception as error:  # noqa: BLE001 -- one that cannot run is no reason to lose the others
        traceback.print_exc()
        rows.append(
            Row(what=name, ours="", reference=str(error)[:60], ratio="", bar="", passed=None)
        )
    return rows
