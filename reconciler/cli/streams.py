"""Copes with stdin, stdout and stderr that are closed, full, or no longer read.

Loaded before anything else, even for `reconciler --version`.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO


def fill_gaps() -> None:
    """Open `/dev/null` where a standard stream is closed, as under some supervisors and cron.

    Otherwise the next file to be opened, such as the state, would get the free number, and output
    for "stderr" would end up in that file.
    """
    if None not in {sys.stdin, sys.stdout, sys.stderr}:
        return
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is the one that is missing: those below it are there.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # noqa: FBT003
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 -- until the end
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def say(line: str) -> int:
    """Write a line to stdout and return the exit code."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
    except OSError as error:
        silence(sys.stdout)
        sys.stderr.write(f"error: cannot write to stdout: {error.strerror}\n")
        return 1
    return 0


def silence(stream: TextIO) -> None:
    """Point a stream whose reader is gone at `/dev/null`, so that no later write fails."""
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)
    except (OSError, ValueError, io.UnsupportedOperation):
        return
