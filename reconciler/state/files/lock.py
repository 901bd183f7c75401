"""One run at a time: a lock that the operating system releases when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from itertools import count
from pathlib import Path

from reconciler.errors import StateError

_LOOKS = 3


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
