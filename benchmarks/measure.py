"""Runs programs and says what they took."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.workload import ENVIRONMENT

PYTHON = sys.executable
RECONCILER = str(Path(PYTHON).with_name("reconciler"))
"""The program as a user has it: the script that pip makes."""
ROOT = Path(__file__).parents[1]
_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What one process took, its children included."""

    wall: float
    """Seconds, as is `cpu`."""
    cpu: float
    """User and system together."""
    mib: float
    """The most memory it held."""
    code: int
    out: str
    err: str


class Failed(Exception):
    """A measured program did not do what was to be measured."""


def run(
    command: Sequence[str],
    *,
    cwd: Path | str = ROOT,
    env: Mapping[str, str] | None = None,
    codes: Sequence[int] = (0,),
) -> Took:
    """Run a program to its end; raises `Failed` for another exit code than `codes`.

    Linux counts the memory of whoever starts a process as that process's at its start, so this one
    must stay small: nothing large is ever made in it.
    """
    environment = {**_surroundings(), "PYTHONPATH": str(ROOT), **(env or {})}
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    started = time.monotonic()
    process = subprocess.Popen(
        list(command), cwd=cwd, env=environment, stdout=out_write, stderr=err_write
    )
    os.close(out_write)
    os.close(err_write)
    out, err = _both(out_read, err_read)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    took = Took(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        mib=usage.ru_maxrss / 1024,
        code=process.returncode,
        out=out,
        err=err,
    )
    if took.code not in codes:
        words = f"{' '.join(command)} ended with {took.code}\n{out[-2000:]}\n{err[-2000:]}"
        raise Failed(words)
    return took


def _surroundings() -> dict[str, str]:
    """Return the environment of a user, whose Python keeps what it has compiled."""
    kept = {name: value for name, value in os.environ.items() if name != _NO_BYTECODE}
    return {**kept, **ENVIRONMENT}


def _both(out: int, err: int) -> tuple[str, str]:
    """Read two pipes to their ends."""
    import selectors

    found: dict[int, list[bytes]] = {out: [], err: []}
    with selectors.DefaultSelector() as selector:
        for each in found:
            selector.register(each, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                data = os.read(key.fd, 1 << 16)
                if data:
                    found[key.fd].append(data)
                else:
                    selector.unregister(key.fd)
                    os.close(key.fd)
    return tuple(b"".join(found[each]).decode(errors="replace") for each in (out, err))  # type: ignore[return-value]


def side_by_side(times: int, *works: Callable[[], Took]) -> list[list[Took]]:
    """Do each of `works` in turn, `times` times: noise then hits all of them alike."""
    took: list[list[Took]] = [[] for _ in works]
    for _ in range(times):
        for number, work in enumerate(works):
            took[number].append(work())
    return took


def middle(took: Sequence[Took], of: Callable[[Took], float]) -> float:
    """Return the median."""
    return median(map(of, took))


def module(name: str, *arguments: str) -> list[str]:
    """Return the command that runs one of our own modules."""
    return [PYTHON, "-m", f"benchmarks.{name}", *arguments]
