"""`python -m benchmarks [names]`: measures, prints a table, and never fails."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks.one import measured
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
        # A process each: Linux counts the memory of whoever starts a program as that program's.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            rows += alone.submit(measured, name).result()
    print(f"\n{markdown(rows)}\n\n{about}")


if __name__ == "__main__":
    main(sys.argv[1:])
