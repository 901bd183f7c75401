"""Finds and reads files, none outside the project unless the user typed its path."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from reconciler.manifests.fault import Fault, printable
from reconciler.manifests.text.common import MAX_FILE, Problem, UnreadableError
from reconciler.model.on_disk import is_folder, is_there
from reconciler.model.origin import Origin
from reconciler.model.resource import kept_text

PROJECT_FILE = "reconciler.yaml"
SUFFIXES = (".yaml", ".yml", ".json")
_DEEPEST = 100


def inside(path: str, folder: str) -> bool:
    """Tell whether a path is the folder or lies in it; both absolute, with symlinks followed."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


@lru_cache(maxsize=256)
def kept_path(real: str, root: str) -> str:
    """Return how state names a file: relative to the root, as text that any store can hold.

    Both are absolute with symlinks followed, so that one file has one name however it was typed.
    """
    return kept_text(os.path.relpath(real, root))


def open_regular(path: str) -> int:
    """Open a file for reading; raises `UnreadableError` for pipes, devices and folders."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise UnreadableError(Problem(1, 1, "the file is not a regular file"))


def read_bytes(path: str) -> bytes:
    """Return a file's bytes; of one that is too large, only `MAX_FILE + 1`.

    Raises:
        UnreadableError: It is a pipe, a device or a folder.
        OSError: It cannot be read.
    """
    with os.fdopen(open_regular(path), "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size  # a read sets aside as much as it is asked for
        return file.read(min(size, MAX_FILE) + 1)


def is_manifest(name: str) -> bool:
    """Tell from a file's ending, in any case, whether manifests are read from it."""
    return name.lower().endswith(SUFFIXES)


def _pattern_hint(path: str) -> str:
    """Return a hint if a path looks like a pattern."""
    patterns = (
        "patterns such as *.yaml are not read: name a folder, which is searched for manifests"
    )
    return patterns if any(mark in path for mark in "*?[{") else ""


class Finder:
    """Finds manifest files below paths, each once."""

    def __init__(self, root: Path, *, what: str = "manifest") -> None:
        """Search for a project whose root is `root`, an absolute path with symlinks followed.

        `what` names, in messages, what is looked for.
        """
        self._root = str(root)
        self._what = what
        self._seen: set[str] = {str(root / PROJECT_FILE)}
        self.named: set[str] = set()
        """The absolute paths of files that were named themselves, not found in a folder."""
        self.faults: list[Fault] = []

    def find(self, paths: Sequence[str], start: Path, *, typed: bool) -> Iterator[tuple[str, str]]:
        """Yield name and absolute path of each file below `paths`, sorted by folder and name.

        A typed path may lie outside the root; one from the project file may not.
        """
        nothing = True
        for name, path in self._find(paths, start, typed=typed):
            nothing = False
            yield name, path
        if nothing and not self.faults:
            self.faults.append(self.nothing(paths, start))

    def nothing(self, paths: Sequence[str], start: Path) -> Fault:
        """Return the fault for paths below which there is no manifest (or `what` else)."""
        name = self._name(os.path.normpath(start / paths[0]), paths[0])
        return Fault(
            origin=Origin(printable(name), 1),
            message=f"there is no {self._what} here",
            hint="write one, or name the folder that has them",
        )

    def _find(self, paths: Sequence[str], start: Path, *, typed: bool) -> Iterator[tuple[str, str]]:
        for path in paths:
            full = os.path.normpath(start / path)
            real = os.path.realpath(full)
            name = self._name(full, path)
            if not typed and not inside(real, self._root):
                self._fault(name, "is outside the project's root")
            elif is_folder(real):
                limit = self._root if inside(real, self._root) else real
                yield from self._walk(real, "" if name == "." else name, limit)
            elif not is_there(real):
                self._fault(name, "there is no such file or folder", _pattern_hint(path))
            elif not is_manifest(name):
                self._fault(name, f"is not a manifest: its name must end in {', '.join(SUFFIXES)}")
            elif real not in self._seen:
                self._seen.add(real)
                self.named.add(real)
                yield printable(name), real

    def _walk(self, folder: str, name: str, limit: str) -> Iterator[tuple[str, str]]:
        if folder in self._seen:
            return
        self._seen.add(folder)
        for entry in self._entries(folder, name):
            shown = f"{name}/{entry.name}" if name else entry.name
            path = self._target(entry, f"{folder.rstrip('/')}/{entry.name}", shown, limit)
            if path is None:
                continue
            if is_folder(path) if entry.is_symlink() else entry.is_dir():
                yield from self._walk(path, shown, limit)
            elif is_manifest(entry.name) and path not in self._seen:
                self._seen.add(path)
                yield printable(shown), path

    def _entries(self, folder: str, name: str) -> list[os.DirEntry[str]]:
        """List a folder sorted by name, without hidden entries."""
        if name.count("/") > _DEEPEST:
            self._fault(name, f"is more than {_DEEPEST} folders deep")
            return []
        try:
            with os.scandir(folder) as found:
                entries = [entry for entry in found if not entry.name.startswith(".")]
        except OSError as error:
            self._fault(name, f"cannot be read: {error.strerror}")
            return []
        return sorted(entries, key=lambda entry: entry.name)

    def _target(self, entry: os.DirEntry[str], path: str, shown: str, limit: str) -> str | None:
        """Return an entry's path, symlinks followed; `None` if that is outside of `limit`."""
        if not entry.is_symlink():
            return path
        try:
            path = os.path.realpath(path)
        except OSError:  # of /proc, where a link may be read by its owner alone
            return None
        if inside(path, limit):
            return path
        if is_folder(path) or is_manifest(entry.name):
            self._fault(shown, "is a symbolic link that leaves the project's root")
        return None

    def _name(self, full: str, typed: str) -> str:
        # The root has its symlinks followed, so the folder of the path needs it too.
        folder, last = os.path.split(full)
        for candidate in (full, str(Path(os.path.realpath(folder), last))):
            if inside(candidate, self._root):
                return os.path.relpath(candidate, self._root)
        return os.path.normpath(typed)

    def _fault(self, name: str, message: str, hint: str = "") -> None:
        origin = Origin(printable(name or "."), 1)
        self.faults.append(Fault(origin=origin, message=message, hint=hint))
