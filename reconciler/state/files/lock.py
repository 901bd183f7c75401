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
from reconciler.model.moment import told
from reconciler.state.base import RunRecord
from reconciler.state.database.writes import run_of

if TYPE_CHECKING:
    from reconciler.state.database.tables import RunRow

FOREIGN_SECONDS = 95.0
"""How long a run of another machine that wrote nothing is still thought to live.

Its lock cannot be seen from here when the file system does not share locks: 60 s without a write,
and 35 s for the request that may have been on its way.
"""

_LOOKS = 3

UNLOCK = "`reconciler state unlock` takes the lock away from a run that hangs or is gone."


def actor(environ: Mapping[str, str]) -> str:
    """Name who runs this: `user@host pid 123`, with the CI run's URL where there is one."""
    text = f"{user()}@{host()} pid {os.getpid()}"
    url = run_url(environ)
    return f"{text} {url}" if url else text


def user() -> str:
    """Return the name of who runs this."""
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
        """Take a descriptor that is locked."""
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(cls, path: Path) -> RunLock | None:
        """Take the lock, `None` when somebody else has it; raises `StateError`."""
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
                if attempt >= _LOOKS:  # not just somebody looking whether it is held
                    return None
                time.sleep(0.01)
                continue
            except OSError as error:
                os.close(descriptor)
                raise StateError(f"{path} cannot be locked: {error.strerror}") from error
            if _is_still(path, descriptor):
                return cls(descriptor)
            os.close(descriptor)  # `state unlock` put the file away meanwhile
        return None

    def release(self) -> None:
        """Give the lock back; does nothing the second time."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def is_held(path: Path) -> bool:
    """Tell whether a live process of a machine that shares locks with this one holds the lock."""
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
    """Leave a run alone that another machine may still be at, whose lock can't be seen here."""
    quiet = abs(now - seen_at)
    if run.host == host() or quiet >= FOREIGN_SECONDS:
        return
    error = locked_by(run_of(run), now)
    wait = round(FOREIGN_SECONDS - quiet)
    said = f"It ran on another machine and wrote {quiet:.0f} s ago"
    error.details = (f"{said}; after another {wait} s without it counts as dead.",)
    raise error


def locked_by(record: RunRecord | None, now: float) -> StateLocked:
    """Return the error that names the holder and the way out."""
    if record is None:
        return StateLocked("another run is just starting", hint="Try again in a moment.")
    since = told(record.started_at)
    age = max(0, round(now - record.started_at))
    ago = f"{age} s" if age < 120 else f"{age // 60} min" if age < 7200 else f"{age // 3600} h"
    return StateLocked(
        f"the state is locked by {record.actor}: `{record.command}`, since {since} ({ago})",
        hint=f"Wait for it to end. {UNLOCK}",
    )
