"""Where the state and what belongs to it lie, and who may read it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from reconciler.errors import StateError

FOLDER = ".reconciler"
EMERGENCIES = "emergency-*.json"
"""The files in it that keep answers which the database would not take."""

Failpoints: TypeAlias = Callable[[str], None]
"""Called as `<effect>:before` and `:after`; a test raises from it what it wants to happen."""


def no_failpoints(_name: str) -> None:
    """Let everything happen."""


@contextmanager
def effect(failpoints: Failpoints, name: str) -> Iterator[None]:
    """Surround one durable effect with its two failpoints."""
    failpoints(f"{name}:before")
    yield
    failpoints(f"{name}:after")


class Layout(Struct, frozen=True):
    """The paths of one file state."""

    db: Path

    @property
    def home(self) -> Path:
        """The folder that is ours alone: `.reconciler`, or one named after a state elsewhere."""
        if self.db.parent.name == FOLDER:
            return self.db.parent
        return self.db.with_name(self.db.name + FOLDER)

    @property
    def key(self) -> Path:
        return self.home / "key"

    @property
    def new_key(self) -> Path:
        """The key until the database made with it is in place."""
        return self.home / "key.new"

    @property
    def marker(self) -> Path:
        """Tells that a state exists, which one, and how far it has come."""
        return self.home / "lineage"

    @property
    def lock(self) -> Path:
        return self.home / "lock"

    @property
    def backups(self) -> Path:
        return self.home / "backups"

    @property
    def ballast(self) -> Path:
        """Some disk space to give up when there is none left for an answer."""
        return self.home / "ballast"

    @property
    def wal(self) -> Path:
        return self.db.with_name(self.db.name + "-wal")

    def traces(self) -> list[Path]:
        """Return what tells that there was a state here."""
        backups = sorted(self.backups.glob("*.db")) if self.backups.is_dir() else []
        return [path for path in (self.marker, self.key, self.wal) if path.exists()] + backups


def check_ownership(layout: Layout) -> None:
    """Refuse a state folder or file that is a symbolic link or somebody else's, close it to others.

    What does not exist is left so. Raises `StateError`.
    """
    for path, kind, mode in (
        (layout.home, stat.S_ISDIR, 0o700),
        (layout.db, stat.S_ISREG, 0o600),
        (layout.key, stat.S_ISREG, 0o600),
    ):
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StateError(f"the state at {path} cannot be reached: {error.strerror}") from error
        if stat.S_ISLNK(found.st_mode):
            raise StateError(
                f"{path} is a symbolic link, which could point anywhere by tomorrow",
                hint="Name the real place with --state, or remove the link.",
            )
        if not kind(found.st_mode):
            raise StateError(f"{path} is not what it should be: remove it or name another --state")
        if found.st_uid != os.geteuid():
            raise StateError(
                f"{path} belongs to user {found.st_uid}, not to {os.geteuid()} who runs this",
                hint=f"Run as that user, or `chown -R $(id -u) {layout.home}`.",
            )
        if found.st_mode & 0o077:
            _close_to_others(path, mode)


def _close_to_others(path: Path, mode: int) -> None:
    try:
        path.chmod(mode)
    except OSError as error:
        raise StateError(
            f"{path} is open to other users and cannot be closed: {error.strerror}",
            hint=f"`chmod {mode:o} {path}`",
        ) from error


def make_home(layout: Layout) -> None:
    """Make the folder (0700 under any umask) with a `.gitignore` that covers all of it."""
    for folder in (*reversed(layout.db.parent.parents), layout.db.parent, layout.home):
        if not folder.exists():
            folder.mkdir(mode=0o700)
            folder.chmod(0o700)
    ignore = layout.home / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="ascii")
        ignore.chmod(0o600)


def write_private(path: Path, data: bytes) -> None:
    """Make a file that must not exist yet, 0600 under any umask, durable on return."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    sync_folder(path.parent)


def replace_private(path: Path, data: bytes) -> None:
    """Write a file, 0600, in the place of any of that name, at once or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.unlink(missing_ok=True)
    write_private(temporary, data)
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
