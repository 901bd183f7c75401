"""Writes files for the user: never over a foreign file, and in one step or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.manifests.files import inside, is_manifest
from reconciler.manifests.project import find_root, read_project
from reconciler.model.on_disk import is_folder

_FOREIGN = "a file of another kind lies there"
_LARGEST = 256 * 1024 * 1024
"""Bytes; a larger file cannot be one that we wrote."""


def check_place(
    path: Path,
    ours: Callable[[str], bool],
    manifests: Sequence[str],
    *,
    cannot: str,
    hint: str = "",
) -> None:
    """Refuse a path where a file cannot be written safely; changes nothing.

    Args:
        path: Where the file is to be.
        ours: Tells whether a text is an older file of the same sort, which may be replaced.
        manifests: The folders of manifests, where the new file must not look like a manifest.
        cannot: How the message begins, such as "the report cannot be written to".
        hint: What to do, where the user did not choose the name.

    Raises `UsageError`.
    """
    why = _why_unfit(path, manifests) or taken(path, ours)
    if not why:
        return
    error = UsageError(f"{cannot} {path}: {why}", hint=hint)
    if why == _FOREIGN:
        error.code = "output-foreign"
        error.hint = hint or "Name a file that is not there yet, or move that one away."
    raise error


def _why_unfit(path: Path, manifests: Sequence[str]) -> str:
    folder = path.parent
    real = os.path.realpath(folder)
    if not is_folder(folder) or not os.access(folder, os.W_OK):
        return f"there is no folder {folder}, or nothing can be made in it"
    if is_manifest(path.name) and any(inside(real, place) for place in manifests):
        ending = path.suffix
        return f"it would be read as a manifest, as it ends in {ending}: {path.stem}.out would not"
    return ""


def taken(path: Path, ours: Callable[[str], bool]) -> str:
    """Return why a path must not be written to; "" where nothing or a file of ours is there.

    A writer at the end of a command calls it again: the command may have made a file there.
    """
    try:
        found = path.lstat()
    except OSError as error:
        return "" if isinstance(error, FileNotFoundError) else str(error.strerror)
    if not stat.S_ISREG(found.st_mode):
        return "it is no regular file"
    return "" if not found.st_size or _is_ours(path, ours, found.st_size) else _FOREIGN


def _is_ours(path: Path, ours: Callable[[str], bool], size: int) -> bool:
    if size > _LARGEST:
        return False
    try:
        return ours(path.read_text(encoding="utf-8", errors="surrogateescape"))
    except OSError:
        return False


def manifest_folders() -> list[str]:
    """Return the folders of the project's manifests: absolute, symlinks followed."""
    root = find_root((), Path.cwd())
    project = read_project(root, [])
    return [os.path.realpath(root / place) for place in project.manifests or ["."]]


def replace_file(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Write a file in one step, so that it is never half written; raises `OSError`."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(new, flags, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
