"""Files that are written beside their places and moved there together, or not at all.

What is written lies in `.import-<pid>` of the folder, where no manifests are looked for. A run that
is killed leaves that behind, and perhaps some of its files in place: whole ones, since each comes
by one rename.
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
"""What is kept of an import that failed."""
_TRIAL = ".trial"
"""Below what lies beside: a file as it is tried out, where it differs."""
_SINGLY = 100
"""More files are brought to the disk all at once."""


class NewFile(Struct, frozen=True, kw_only=True):
    """A file as it is to be."""

    name: str
    """Relative to the folder."""
    data: bytes
    before: bytes | None = None
    """What it holds so far; `None` where there is none."""
    private: bool = False
    """Nobody else may read it."""
    trial: bytes | None = None
    """What it holds while it is tried out, where that differs: it names files that are still
    beside their places."""


class Staging:
    """Writes, moves, and takes back."""

    def __init__(self, folder: Path) -> None:
        """Write into `folder`, which may be missing."""
        self.folder = folder
        self.beside = folder / f"{_BESIDE}{os.getpid()}"
        self._made: list[Path] = []
        self._moved: list[NewFile] = []

    def write(self, files: Sequence[NewFile]) -> dict[str, str]:
        """Write all beside their places; returns what to read in place of what, absolute paths."""
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
        """Move all into their places, in this order; raises `ImportNotEmpty` for a changed one."""
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
        """Tell whether a file is as expected; `None` expects none."""
        place = f"{self.folder}/{name}"
        if data is None:
            return not os.path.lexists(place)
        try:
            return read_bytes(place) == data
        except (OSError, UnreadableError):
            return False

    def as_tried(self, files: Sequence[NewFile]) -> bool:
        """Tell whether all are in place, and hold what was tried."""
        return all(file.trial is None and self._holds(file.name, file.data) for file in files)

    def take_back(self) -> None:
        """Put everything back as it was before `move`."""
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
        """Leave the files where a person can look at them, and nobody reads them as manifests."""
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
        """Remove what lies beside, of killed imports too, and folders made for nothing."""
        _remove_leftovers(self.folder)
        shutil.rmtree(self.beside, ignore_errors=True)
        for folder in reversed(self._made):
            with suppress(OSError):
                folder.rmdir()

    def _make(self, folder: Path, mode: int) -> None:
        """Make a folder and those above it, and remember which."""
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
    """Return what a file holds; `None` where there is none."""
    try:
        return read_bytes(path)
    except FileNotFoundError:
        return None
    except UnreadableError as error:
        raise ImportNotEmpty(f"{path}: {error.problem.message}", hint="Move it away.") from None


def _remove_leftovers(folder: Path) -> None:
    """Remove what killed imports left beside: of processes that are no more."""
    for left in folder.glob(f"{_BESIDE}[0-9]*"):
        number = left.name.removeprefix(_BESIDE)
        if number.isdecimal() and not _lives(int(number)):
            shutil.rmtree(left, ignore_errors=True)


def _lives(pid: int) -> bool:
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
