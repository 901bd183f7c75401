"""Writes the files of an import to a staging folder, then moves all into place, or none.

The staging folder is `.import-<pid>` in the import's folder; manifests are not looked for there.
A run that is killed leaves it behind, and perhaps has moved some files: each of those is complete,
since it was moved by one rename.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from reconciler.errors import ImportNotEmpty
from reconciler.manifests.files import read_bytes
from reconciler.manifests.text.common import UnreadableError

_BESIDE = ".import-"
FAILED = ".import-failed"
"""The folder that keeps the files of a failed import."""
_TRIAL = ".trial"
"""The subfolder of the staging folder for `NewFile.trial`."""
_SINGLY = 100
"""Up to this many files are synced to the disk one by one; more by one `sync` of everything."""


class NewFile(Struct, frozen=True, kw_only=True):
    """A file that an import makes or changes."""

    name: str
    """Relative to the import's folder."""
    data: bytes
    before: bytes | None = None
    """Its content so far; `None` if it does not exist yet."""
    private: bool = False
    """Only the user may read it (mode 0600)."""
    trial: bytes | None = None
    """Its content while the import is tried out, if that differs from `data`: it names files that
    are still in the staging folder."""


class Staging:
    """Writes an import's files, moves them into place, and undoes the move."""

    def __init__(self, folder: Path) -> None:
        """Stage files for `folder`, which need not exist."""
        self.folder = folder
        self.beside = folder / f"{_BESIDE}{os.getpid()}"
        self._made: list[Path] = []
        self._moved: list[NewFile] = []

    def write(self, files: Sequence[NewFile]) -> dict[str, str]:
        """Write all to the staging folder.

        Returns, for the absolute path that each file will have, the path to read for now.
        """
        _remove_leftovers(self.folder)
        self._make(self.beside, 0o700)
        singly = len(files) <= _SINGLY
        for folder in {(self.beside / file.name).parent for file in files}:
            folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            _write(f"{self.beside}/{file.name}", file, sync=singly)
        if not singly:
            os.sync()
        tried: dict[str, str] = {}
        for file in files:
            place = f"{self.beside}/{file.name}"
            if file.trial is not None:
                place = f"{self.beside}/{_TRIAL}/{file.name}"
                Path(place).parent.mkdir(parents=True, exist_ok=True)
                _write(place, NewFile(name=file.name, data=file.trial, private=True))
            tried[f"{self.folder}/{file.name}"] = place
        return tried

    def move(self, files: Sequence[NewFile]) -> None:
        """Move all into place, in this order.

        Raises:
            ImportNotEmpty: One of them was changed since the import read it; nothing was moved.
        """
        for file in files:
            if not self._holds(file.name, file.before):
                raise ImportNotEmpty(
                    f"{self.folder / file.name} was changed while this import was under way",
                    hint="Nothing of yours was touched. Import again.",
                )
        folders = {(self.folder / file.name).parent for file in files}
        for folder in folders:
            self._make(folder, 0o777)
        for file in files:
            place, source = f"{self.folder}/{file.name}", f"{self.beside}/{file.name}"
            if file.before is not None:
                shutil.copymode(place, source)
            self._moved.append(file)
            os.replace(source, place)  # noqa: PTH105 -- ten thousand of them: paths take their time
        for folder in folders:
            _sync(folder)

    def _holds(self, name: str, data: bytes | None) -> bool:
        """Tell whether a file has this content; with `None`, whether it does not exist."""
        place = f"{self.folder}/{name}"
        if data is None:
            return not os.path.lexists(place)
        try:
            return read_bytes(place) == data
        except (OSError, UnreadableError):
            return False

    def as_tried(self, files: Sequence[NewFile]) -> bool:
        """Tell whether all are in place with the very content that was tried out."""
        return all(file.trial is None and self._holds(file.name, file.data) for file in files)

    def take_back(self) -> None:
        """Undo `move`, but leave alone what somebody has changed since."""
        for file in reversed(self._moved):
            place = self.folder / file.name
            if not self._holds(file.name, file.data):
                continue
            if file.before is None:
                place.unlink()
            else:
                rest = place.with_name(f".{place.name}.before")
                rest.write_bytes(file.before)
                shutil.copymode(place, rest)
                rest.replace(place)
        self._moved.clear()

    def keep(self, files: Sequence[NewFile]) -> Path:
        """Write the files where a person can look at them; they are not read as manifests."""
        kept = self.folder / FAILED
        shutil.rmtree(kept, ignore_errors=True)
        self._make(kept, 0o700)
        self._made = []
        for file in files:
            place = kept / file.name
            place.parent.mkdir(parents=True, exist_ok=True)
            _write(str(place), file)
        return kept

    def close(self) -> None:
        """Remove staging folders, also those of killed imports, and folders that stayed empty."""
        _remove_leftovers(self.folder)
        shutil.rmtree(self.beside, ignore_errors=True)
        for folder in reversed(self._made):
            with suppress(OSError):
                folder.rmdir()

    def _make(self, folder: Path, mode: int) -> None:
        """Make a folder and those above it that are missing, and remember them for `close`."""
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        for each in reversed(missing):
            each.mkdir(mode if each == folder else 0o777)
            self._made.append(each)


def _write(place: str, file: NewFile, *, sync: bool = True) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(place, flags, 0o600 if file.private else 0o666)
    with os.fdopen(descriptor, "wb", buffering=0) as opened:
        opened.write(file.data)
        if sync:
            os.fsync(descriptor)


def content(path: str) -> bytes | None:
    """Return a file's content; `None` if it does not exist.

    Raises:
        ImportNotEmpty: It cannot be read.
    """
    try:
        return read_bytes(path)
    except FileNotFoundError:
        return None
    except UnreadableError as error:
        raise ImportNotEmpty(f"{path}: {error.problem.message}", hint="Move it away.") from None


def _remove_leftovers(folder: Path) -> None:
    """Remove the staging folders of processes that no longer run, and of this one."""
    for left in folder.glob(f"{_BESIDE}[0-9]*"):
        number = left.name.removeprefix(_BESIDE)
        if number.isdecimal() and not _is_another_running(int(number)):
            shutil.rmtree(left, ignore_errors=True)


def _is_another_running(pid: int) -> bool:
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
