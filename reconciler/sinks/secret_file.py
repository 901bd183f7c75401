"""Opens a file of secrets safely, and replaces it in one step or not at all.

From the project's root on, the folder is opened component by component without following links,
and everything happens relative to the open folder, so that nobody can swap a part in between.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from reconciler.errors import SinkError
from reconciler.model.on_disk import followed, on_disk
from reconciler.sinks.tracked import Unanswered, is_tracked

Failpoints: TypeAlias = Callable[[str], None]
"""Called with a name before and after each effect; tests raise errors from it."""

MAX_BYTES = 4 * 1024 * 1024
"""A larger file is not a file of secrets."""

_PATIENCE = 10.0
"""Seconds to wait for another delivery into the same folder."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def no_failpoints(_name: str) -> None:
    """Do nothing: the failpoints of real runs."""


class SecretFile(Struct, frozen=True):
    """A file by its path in a manifest, and the project's root that a relative path starts from."""

    path: str
    root: Path
    failpoints: Failpoints = no_failpoints

    def __str__(self) -> str:
        """Show the path as the manifest has it."""
        return self.path

    @property
    def _target(self) -> Path:
        return self.root / on_disk(self.path)

    # --- used by sinks ---

    def read(self) -> bytes | None:
        """Return the content, `None` when there is no file; raises `SinkError`."""
        with self._folder(make=False) as folder:
            return None if folder is None else self._read(folder)

    def write(self, render: Callable[[bytes | None], bytes]) -> None:
        """Replace the content by what `render` makes of it, and read it back.

        Deliveries into the same folder wait for each other. Equal content is not written again.
        """
        with self._folder(make=True) as folder:
            if folder is None:  # pragma: no cover -- `make` always gives one
                raise SinkError(f"{self}: the folder is gone")
            self._refuse_tracked()
            self._clear(folder)
            before = self._read(folder)
            desired = render(before)
            if before != desired or self._is_open_to_others(folder):
                self._replace(folder, desired)
            if self._read(folder) != desired:
                raise SinkError(f"{self} did not keep what was written to it")

    def remove(self) -> None:
        """Remove the file; one that is gone already is fine."""
        with self._folder(make=False) as folder:
            if folder is None or self._read(folder) is None:
                return
            self.failpoints("remove:before")
            os.unlink(self._target.name, dir_fd=folder)
            os.fsync(folder)
            self.failpoints("remove:after")

    def probe(self) -> None:
        """Check that a file can be made, renamed and read in the folder, and the target be read.

        A missing folder is made, and stays.
        """
        with self._folder(make=True) as folder:
            if folder is None:  # pragma: no cover -- `make` always gives one
                raise SinkError(f"{self}: the folder is gone")
            self._refuse_tracked()
            self._clear(folder)
            self._read(folder)
            content = secrets.token_bytes(16)
            first, second = self._temporary_name(), self._temporary_name()
            try:
                self._make(folder, first, content)
                os.rename(first, second, src_dir_fd=folder, dst_dir_fd=folder)
                if _read_file(folder, second) != content:
                    raise SinkError(f"the folder of {self} does not keep what is written to it")
            finally:
                for name in (first, second):
                    with suppress(FileNotFoundError):
                        os.unlink(name, dir_fd=folder)

    # --- the folder ---

    @contextmanager
    def _folder(self, *, make: bool) -> Iterator[int | None]:
        """Hold the folder open and locked; yield `None` if it is missing and not to be made."""
        with self._explained():
            folder = self._open_folder(make=make)
            if folder is None:
                yield None
                return
            try:
                self._check_folder(folder)
                self._lock(folder)
                yield folder
            finally:
                os.close(folder)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise SinkError(
                f"{self} cannot be written or read: {reason}",
                hint="Check that its folder is writable and has room, or name another sink.",
            ) from error

    def _open_folder(self, *, make: bool) -> int | None:
        folder, root = followed(self._target.parent), followed(self.root)
        if folder.is_relative_to(root):
            base = root
        elif Path(self.path).is_absolute():
            base = next(above for above in (folder, *folder.parents) if above.is_dir())
        else:
            raise SinkError(
                f"{self} leads out of the project {self.root}",
                hint="Name a path inside the project, or an absolute one if it is meant so.",
            )
        descriptor = os.open(base, _FOLDER)
        for part in folder.relative_to(base).parts:
            try:
                inner = self._enter(descriptor, part, make=make)
            finally:
                os.close(descriptor)
            if inner is None:
                return None
            descriptor = inner
        return descriptor

    def _enter(self, parent: int, name: str, *, make: bool) -> int | None:
        try:
            return os.open(name, _FOLDER, dir_fd=parent)
        except FileNotFoundError:
            if not make:
                return None
        self.failpoints("make folder:before")
        try:
            os.mkdir(name, 0o700, dir_fd=parent)
        except FileExistsError:  # another delivery was quicker
            return os.open(name, _FOLDER, dir_fd=parent)
        made = os.open(name, _FOLDER, dir_fd=parent)
        os.fchmod(made, 0o700)
        os.fsync(parent)
        self.failpoints("make folder:after")
        return made

    def _check_folder(self, folder: int) -> None:
        found = os.fstat(folder)
        if found.st_uid not in {os.geteuid(), 0}:
            raise SinkError(
                f"the folder of {self} belongs to user {found.st_uid}, who could swap the file",
                hint="Name a folder of your own.",
            )
        if found.st_mode & _OTHERS_MAY_WRITE and not found.st_mode & stat.S_ISVTX:
            raise SinkError(
                f"the folder of {self} is writable by others (mode {found.st_mode & 0o7777:o})",
                hint=f"`chmod go-w {self._target.parent}`, or name a folder of your own.",
            )

    def _lock(self, folder: int) -> None:
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    raise SinkError(
                        f"another process keeps the folder of {self} locked",
                        hint="Run it again when that has ended.",
                    ) from None
                time.sleep(0.005)
            else:
                return

    def _refuse_tracked(self) -> None:
        try:
            tracked = is_tracked(self._target)
        except Unanswered as error:
            raise SinkError(
                f"whether {self} is tracked by git is not known: {error}",
                hint="Make `git status` work there, or name a file outside of the repository.",
            ) from None
        if tracked:
            raise SinkError(
                f"{self} is tracked by git: the secret would be committed with the next change",
                hint=f"`git rm --cached {self.path}` and add it to .gitignore, or name another.",
            )

    # --- the file ---

    def _read(self, folder: int) -> bytes | None:
        name = self._target.name
        try:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if stat.S_ISLNK(found.st_mode):
            raise SinkError(
                f"{self} is a symbolic link, which could point anywhere by tomorrow",
                hint="Remove the link, or name the real file.",
            )
        if not stat.S_ISREG(found.st_mode):
            raise SinkError(f"{self} is not a regular file", hint="Name a file.")
        if found.st_uid != os.geteuid():
            raise SinkError(
                f"{self} belongs to user {found.st_uid}, not to {os.geteuid()} who runs this",
                hint="Remove it, or name another file.",
            )
        if found.st_size > MAX_BYTES:
            raise SinkError(f"{self} is too large for a file of secrets", hint="Name another file.")
        self.failpoints("read")
        return _read_file(folder, name)

    def _is_open_to_others(self, folder: int) -> bool:
        found = os.stat(self._target.name, dir_fd=folder, follow_symlinks=False)
        return bool(found.st_mode & 0o077)

    def _replace(self, folder: int, content: bytes) -> None:
        temporary = self._temporary_name()
        try:
            self._make(folder, temporary, content)
            self.failpoints("rename:before")
            os.rename(temporary, self._target.name, src_dir_fd=folder, dst_dir_fd=folder)
            self.failpoints("rename:after")
            os.fsync(folder)
            self.failpoints("sync folder:after")
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=folder)
            raise

    def _make(self, folder: int, name: str, content: bytes) -> None:
        self.failpoints("make file:before")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(name, flags, 0o600, dir_fd=folder), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(content)
            file.flush()
            self.failpoints("sync file:before")
            os.fsync(file.fileno())
        self.failpoints("make file:after")

    def _clear(self, folder: int) -> None:
        """Remove temporary files of killed deliveries: with the folder locked, none is in use."""
        leftover = re.compile(rf"\.{re.escape(self._target.name[:100])}\.[0-9a-f]{{12}}\.tmp")
        for name in os.listdir(folder):
            if leftover.fullmatch(name):
                with suppress(OSError):
                    os.unlink(name, dir_fd=folder)

    def _temporary_name(self) -> str:
        return f".{self._target.name[:100]}.{secrets.token_hex(6)}.tmp"


def _read_file(folder: int, name: str) -> bytes:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, dir_fd=folder), "rb") as file:
        return file.read(MAX_BYTES + 1)
