"""The rate limit of one account: a token bucket that all runs on this machine share.

The bucket is one number, the time at which it will be full again (the "generic cell rate
algorithm"). To be shared, it is kept in a small locked file, which costs 10 microseconds a request;
in SQLite every request would take a transaction.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import math
import os
import struct
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Protocol

from reconciler.http.clock import Clock

_log = logging.getLogger("reconciler.http")

_BURST_SECONDS = 0.25
"""A burst may have as many requests as this many seconds allow."""
_SANE_SECONDS = 900.0
"""A stored time further ahead than this is not ours, and is ignored."""
_LOCK_TRIES = 200
_LOCK_WAIT = 0.005

Change = Callable[[float], float]
"""Takes the stored time and returns the time to store."""


class Store(Protocol):
    """Keeps the time at which the bucket will be full."""

    async def change(self, change: Change) -> float:
        """Replace the number by `change(number)` and return the old one, atomically."""


class MemoryStore:
    """Keeps the number in this process."""

    def __init__(self) -> None:
        """Start with a full bucket."""
        self._time = 0.0

    async def change(self, change: Change) -> float:
        """Replace the number."""
        before = self._time
        self._time = change(before)
        return before


def _make_folder(folder: Path) -> None:
    """Make the folder of such files, which Git ignores: a plan makes it where no state is yet."""
    if folder.exists():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    with suppress(FileExistsError):
        ignore.touch(mode=0o600, exist_ok=False)
        ignore.write_text("*\n", encoding="utf-8")


class FileStore:
    """Keeps the number in a file that every run on this machine locks briefly."""

    _FORMAT = struct.Struct("<d16s")

    def __init__(self, path: Path, clock: Clock) -> None:
        """Open or make the file.

        Raises:
            OSError: It can be neither opened nor made.
        """
        _make_folder(path.parent)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._file = os.open(path, flags, 0o600)
        self._clock = clock
        self._boot = _boot_id()
        self._alone = MemoryStore()

    async def change(self, change: Change) -> float:
        """Replace the number; if the lock cannot be had, use a number of this process alone."""
        for _ in range(_LOCK_TRIES):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await self._clock.sleep(_LOCK_WAIT)
                continue
            try:
                before = self._load()
                packed = self._FORMAT.pack(change(before), self._boot)
                os.pwrite(self._file, packed, 0)
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
            return before
        return await self._alone.change(change)

    def close(self) -> None:
        """Close the file, which is kept for the next run."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __del__(self) -> None:
        """Close the file."""
        with suppress(OSError, AttributeError):
            self.close()

    def _load(self) -> float:
        data = os.pread(self._file, self._FORMAT.size, 0)
        if len(data) < self._FORMAT.size:
            return 0.0
        time, boot = self._FORMAT.unpack(data)
        return float(time) if boot == self._boot and math.isfinite(time) else 0.0


class _LazyStore:
    """Opens a `FileStore` at the first request: a run that is refused before leaves no file."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    async def change(self, change: Change) -> float:
        """Replace the number; if the file cannot be opened, use a number of this process alone."""
        return await self._store.change(change)

    @cached_property
    def _store(self) -> Store:
        try:
            return FileStore(self._path, self._clock)
        except OSError as error:
            _log.warning("the rate limit is not shared with other runs: %s", error.strerror)
            return MemoryStore()


class Pace:
    """Limits requests to a rate, with small bursts."""

    def __init__(self, rate: float, *, clock: Clock, store: Store | None = None) -> None:
        """Allow `rate` requests a second."""
        self._clock = clock
        self._interval = 1.0 / rate
        self._tolerance = (max(1, int(rate * _BURST_SECONDS)) - 1) * self._interval
        self._store = store or MemoryStore()

    async def turn(self) -> None:
        """Wait until the next request may be sent."""
        now = self._clock.monotonic()
        before = await self._store.change(lambda time: self._from(time, now) + self._interval)
        wait = self._from(before, now) - self._tolerance - now
        if wait > 1e-6:
            await self._clock.sleep(wait)

    async def hold(self, seconds: float) -> None:
        """Send nothing for this many seconds, because the provider asked for it."""
        now = self._clock.monotonic()
        until = now + seconds + self._tolerance
        await self._store.change(lambda time: max(self._from(time, now), until))

    def _from(self, time: float, now: float) -> float:
        latest = now + max(_SANE_SECONDS, 100 * self._interval)
        return now if time > latest else max(time, now)


def shared_pace(rate: float, *, clock: Clock, folder: Path | None, key: str) -> Pace:
    """Return the pace of the account that `key` names, shared by all runs that use `folder`."""
    if folder is None or not key:
        return Pace(rate, clock=clock)
    name = hashlib.sha256(key.encode()).hexdigest()[:16]
    return Pace(rate, clock=clock, store=_LazyStore(folder / f"{name}.pace", clock))


def _boot_id() -> bytes:
    """Identify the current boot of the machine, because its clock starts anew at each."""
    try:
        text = Path("/proc/sys/kernel/random/boot_id").read_bytes()
    except OSError:
        return bytes(16)
    return hashlib.blake2b(text, digest_size=16).digest()
