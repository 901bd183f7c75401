"""One run at a time: a lock that the operating system releases when its holder dies."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.ci import run_url
from reconciler.errors import StateError, StateLocked
from reconciler.model.moment import moment_text
from reconciler.state.base import RunRecord
from reconciler.state.database.writes import run_of

if TYPE_CHECKING:
    from reconciler.state.database.tables import RunRow

FOREIGN_SECONDS = 95.0
"""For how many seconds without a write a run of another machine still counts as alive.

Its lock cannot be seen from here if the file system does not share locks. These are 60 s without a
write, and 35 s for a request that may have been under way.
"""

_LOOKS = 3

UNLOCK = "`reconciler state unlock` takes the lock away from a run that hangs or is gone."


def actor(environ: Mapping[str, str]) -> str:
    """Return who runs this: `user@host pid 123`, followed by the CI run's URL if there is one."""
    text = f"{user()}@{host()} pid {os.getpid()}"
    url = run_url(environ)
    return f"{text} {url}" if url else text


def user() -> str:
    """Return the name of the user who runs this."""
    try:
        import getpass

        return getpass.getuser()
    except (KeyError, OSError):  # no such user in this container
        return f"uid{os.geteuid()}"


def host() -> str:
    """Return this machine's name."""
    return socket.gethostname()


class RunLock:
    """An exclusive lock on a file; freed by `release` and by the end of the process."""

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int) -> None:
        """Take the descriptor of a locked file."""
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(cls, path: Path) -> RunLock | None:
        """Take the lock; return `None` if somebody else has it. Raises `StateError`."""
        for attempt in count():
            try:
                descriptor = os.open(
                    path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
                )
            except OSError as error:
                raise StateError(f"the lock {path} cannot be opened: {error.strerror}") from error
            try:
                os.fchmod(descriptor, 0o600)
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                if attempt >= _LOOKS:  # not just somebody who calls `is_held`
                    return None
                time.sleep(0.01)
                continue
            except OSError as error:
                os.close(descriptor)
                raise StateError(f"{path} cannot be locked: {error.strerror}") from error
            if _is_still(path, descriptor):
                return cls(descriptor)
            os.close(descriptor)  # `state unlock` removed the file in the meantime
        return None

    def release(self) -> None:
        """Release the lock; does nothing the second time."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def is_held(path: Path) -> bool:
    """Tell whether a live process holds the lock, on this machine or one that shares locks."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        there = path.lstat()
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(descriptor))


def check_foreign(run: RunRow, seen_at: float, now: float) -> None:
    """Raise `StateLocked` for a run on another machine that may still live.

    Its lock cannot be seen here, so it counts as dead after `FOREIGN_SECONDS` without a write.
    """
    quiet = abs(now - seen_at)
    if run.host == host() or quiet >= FOREIGN_SECONDS:
        return
    error = locked_by(run_of(run), now)
    wait = round(FOREIGN_SECONDS - quiet)
    last_write = f"It ran on another machine and wrote {quiet:.0f} s ago"
    error.details = (f"{last_write}; after another {wait} s without it counts as dead.",)
    raise error


def locked_by(record: RunRecord | None, now: float) -> StateLocked:
    """Return the error that names the holder of the lock, and what to do."""
    if record is None:
        return StateLocked("another run is just starting", hint="Try again in a moment.")
    since = moment_text(record.started_at)
    age = max(0, round(now - record.started_at))
    ago = f"{age} s" if age < 120 else f"{age // 60} min" if age < 7200 else f"{age // 3600} h"
    return StateLocked(
        f"the state is locked by {record.actor}: `{record.command}`, since {since} ({ago})",
        hint=f"Wait for it to end. {UNLOCK}",
    )
