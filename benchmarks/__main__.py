"""`python -m benchmarks [names]`: measures, prints a table, and never fails."""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module

from benchmarks.table import Row, machine, markdown

NAMES = (
    "startup",
    "bulk",
    "importing",
    "reports",
    "growth",
    "octodns",
    "terraform",
    "apply",
    "shared_state",
    "block_list",
    "adding",
    "estimate",
)


def main(arguments: list[str]) -> None:
    """Measure what is named, or everything."""
    unknown = [name for name in arguments if name not in NAMES]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(NAMES)}")
        return
    # Ours is run from source here: without compiled modules every start would compile it anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    about = machine()
    rows: list[Row] = []
    for name in arguments or NAMES:
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            for row in import_module(f"benchmarks.{name}").measure():
                rows.append(row)
                print("   ", " · ".join(filter(None, row.cells())), file=sys.stderr, flush=True)
        except Exception as error:  # noqa: BLE001 -- one that cannot run is no reason to lose the others
            traceback.print_exc()
            rows.append(
                Row(what=name, ours="", reference=str(error)[:60], ratio="", bar="", passed=None)
            )
    print(f"\n{markdown(rows)}\n\n{about}")


if __name__ == "__main__":
    main(sys.argv[1:])
