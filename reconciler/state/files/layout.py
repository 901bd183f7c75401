"""The paths of a state file and of the files around it; checks their owners, and writes them."""

from __future__ import annotations

import os
import re
import stat
import threading
from pathlib import Path
from shlex import quote

from msgspec import Struct

from reconciler.errors import StateError
from reconciler.state.database.header import HEADER, foreign

FOLDER = ".reconciler"
DEFAULT = "state.db"
"""The name of the state whose other files are in `.reconciler` itself."""
_IGNORE = ".gitignore"
EMERGENCIES = "emergency-*.json"
"""The files in it with answers that could not be stored in the database."""


class Layout(Struct, frozen=True):
    """The paths of one file state. Two states in one folder share none of them."""

    db: Path

    @property
    def home(self) -> Path:
        """The folder of this state's files: `.reconciler`, or `<name>.reconciler` beside it."""
        if self.db.parent.name == FOLDER and self.db.name == DEFAULT:
            return self.db.parent
        return self.db.with_name(self.db.name + FOLDER)

    @property
    def shared_home(self) -> Path | None:
        """The folder in which older versions kept this state's files, if it is another one."""
        folder = self.db.parent
        return folder if folder.name == FOLDER and folder != self.home else None

    @property
    def key(self) -> Path:
        return self.home / "key"

    @property
    def new_key(self) -> Path:
        """The key, until the database that was made with it is in place."""
        return self.home / "key.new"

    @property
    def marker(self) -> Path:
        """The file that shows that a state exists, which one, and how far it has come."""
        return self.home / "lineage"

    @property
    def environment(self) -> Path:
        """The file that names the environment to which the state belongs."""
        return self.home / "environment"

    @property
    def moved(self) -> Path:
        """The file with the URL to which the state was moved, if it was."""
        return self.home / "moved"

    @property
    def lock(self) -> Path:
        return self.home / "lock"

    @property
    def backups(self) -> Path:
        return self.home / "backups"

    @property
    def ballast(self) -> Path:
        """A file that reserves disk space, to be given up if there is none left for an answer."""
        return self.home / "ballast"

    @property
    def wal(self) -> Path:
        return self.db.with_name(self.db.name + "-wal")

    def traces(self) -> list[Path]:
        """Return the files which show that there is or was a state."""
        backups = sorted(self.backups.glob("*.db")) if self.backups.is_dir() else []
        return [path for path in (self.marker, self.key, self.wal) if path.exists()] + backups

    def folders(self) -> list[Path]:
        """Return the folders that are ours: those from `.reconciler` on, and the state's own."""
        parents = [self.db.parent, *self.db.parent.parents]
        named = next((n for n, folder in enumerate(parents) if folder.name == FOLDER), -1)
        inside = parents[: named + 1][::-1]
        return list(dict.fromkeys((*inside, self.home, self.backups)))


def check_is_state(layout: Layout) -> None:
    """Raise `StateError` for a file that is not a state, without touching it.

    A damaged state passes: it is recognized by the files around it, and reported later.
    """
    db = layout.db
    try:
        descriptor = os.open(db, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # missing, a link, or unreadable, which is reported when it is opened
        return
    try:
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        what = foreign(os.read(descriptor, HEADER)) if regular else "no regular file"
    finally:
        os.close(descriptor)
    beside = (layout.key, layout.new_key, layout.marker, layout.backups)
    if what and not (regular and any(map(os.path.lexists, beside))):
        raise StateError(
            f"{db} is not a state of reconciler but {what}; it was left as it is",
            hint="Name the state's file with --state, or one that does not exist yet.",
        )


def check_ownership(layout: Layout) -> None:
    """Check folders and files of a state, and close them to other users (0700, 0600).

    What does not exist is passed over.

    Raises:
        StateError: One of them is a symbolic link, belongs to another user, or cannot be closed.
    """
    files = (layout.db, layout.key, layout.new_key, layout.marker, layout.environment, layout.lock)
    for path, kind, mode in (
        *((folder, stat.S_ISDIR, 0o700) for folder in layout.folders()),
        *((file, stat.S_ISREG, 0o600) for file in files),
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
                hint=f"Run as that user, or `chown -R $(id -u) {quote(str(path))}`.",
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
    """Make the state's folders (0700 under any umask), with a `.gitignore` for all their files."""
    for folder in (*reversed(layout.db.parent.parents), layout.db.parent, layout.home):
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)  # another may be making it, too
            folder.chmod(0o700)
    ignore(layout)


def ignore(layout: Layout) -> None:
    """Make Git ignore the state and the files around it, and nothing else.

    Our own folders ignore everything in them. In any other folder the state's files are named.
    """
    ours = [folder for folder in layout.folders() if folder != layout.backups]
    for folder in ours:
        file = folder / _IGNORE
        if folder.is_dir() and not file.exists():
            file.write_bytes(b"*\n")
            file.chmod(0o600)
    if layout.db.parent not in ours:
        _name_to_git(layout.db)


def _name_to_git(db: Path) -> None:
    file = db.with_name(_IGNORE)
    known = file.read_bytes() if file.exists() else b""
    name = _pattern(os.fsencode(db.name))
    lines = [b"/" + name + suffix for suffix in (b"", b"-wal", b"-shm", b"-journal")]
    missing = [line for line in (*lines, b"/." + name + b".new") if line not in known.splitlines()]
    if missing:
        gap = b"" if not known or known.endswith(b"\n") else b"\n"
        file.write_bytes(known + gap + b"\n".join(missing) + b"\n")
    if not known:
        file.chmod(0o644)


def _pattern(name: bytes) -> bytes:
    """Return the pattern for a name in `.gitignore`, with its special characters escaped."""
    escaped = re.sub(rb"([\\*?\[\]!#])", rb"\\\1", name).replace(b"\n", b"?")
    blanks = len(escaped) - len(escaped.rstrip(b" "))
    return escaped[: len(escaped) - blanks] + b"\\ " * blanks


def write_private(path: Path, data: bytes) -> None:
    """Make a file that must not exist yet, 0600 under any umask, durable on return.

    Not for a name that others look for: they could find it empty, and a crash could leave it so.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    sync_folder(path.parent)


def claim_private(path: Path, data: bytes) -> None:
    """Make a complete file, 0600; raises `FileExistsError` if another process was first."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    temporary.unlink(missing_ok=True)
    write_private(temporary, data)
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        write_private(path, data)
    finally:
        temporary.unlink()
    sync_folder(path.parent)


def replace_private(path: Path, data: bytes) -> None:
    """Write a file, 0600, replacing any of that name, at once or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.unlink(missing_ok=True)
    write_private(temporary, data)
    temporary.replace(path)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Make a file's content durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
