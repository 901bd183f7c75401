"""Checks the paths in manifests: none may lead out of the project's root."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from reconciler.manifests.files import inside
from reconciler.manifests.schema.rules import EACH, PathField
from reconciler.manifests.text.positions import Path as ValuePath
from reconciler.model.on_disk import is_file, is_there, on_disk

_FORBIDDEN = ("/proc", "/sys", "/dev")


class NamedFile(NamedTuple):
    """A file that a manifest names, by a path that passed the checks."""

    mode: str
    """`read`, `write` or `secret`."""
    name: str
    """As in the manifest."""
    real: str
    """The absolute path, symlinks followed."""


def named_paths(
    spec: dict[str, Any], fields: tuple[PathField, ...]
) -> Iterator[tuple[PathField, ValuePath, str]]:
    """Yield every path in a spec: its field, the steps from `spec` to it, and the path itself."""
    for field in fields:
        if field.path[0] in spec:
            for where, value in _values(spec, field.path, ()):
                yield field, where, value


def _values(value: Any, path: ValuePath, where: ValuePath) -> Iterator[tuple[ValuePath, str]]:
    if not path:
        if isinstance(value, str):
            yield where, value
    elif path[0] == EACH:
        for index, item in enumerate(value):
            yield from _values(item, path[1:], (*where, index))
    elif isinstance(value, dict) and path[0] in value:
        yield from _values(value[path[0]], path[1:], (*where, path[0]))


def check_path(root: Path, field: PathField, text: str) -> NamedFile | str:
    """Return the file a path leads to, or in words what is wrong with the path."""
    real = os.path.realpath(root / on_disk(text))
    if text.startswith(os.sep):
        if field.mode != "secret":
            return "must be a path relative to the project's root"
        if any(inside(path, top) for path in (os.path.normpath(text), real) for top in _FORBIDDEN):
            return "must not be in /proc, /sys or /dev"
    elif not inside(real, str(root)):
        return "leads out of the project's root"
    fault = ""
    if field.mode == "read":
        fault = _unreadable(real, field.max_bytes)
    elif field.mode == "write":
        fault = _unwritable(real, root)
    return fault or NamedFile(field.mode, text, real)


def _unreadable(real: str, max_bytes: int | None) -> str:
    try:
        found = Path(real).stat()
    except OSError as error:
        return (
            "names a file that does not exist"
            if isinstance(error, FileNotFoundError)
            else f"names a file that cannot be read: {error.strerror}"
        )
    if not stat.S_ISREG(found.st_mode):
        return "does not name a regular file"
    if max_bytes is not None and found.st_size > max_bytes:
        return f"names a file larger than {max_bytes >> 10} KiB"
    return "" if os.access(real, os.R_OK) else "names a file that cannot be read"


def _unwritable(real: str, root: Path) -> str:
    parts = [part.casefold() for part in Path(real).relative_to(root).parts]
    if ".git" in parts or parts[:1] == [".reconciler"]:  # any `.git`, also of a nested repository
        return "must not be in .git or .reconciler"
    if is_there(real) and not is_file(real):
        return "does not name a regular file"
    return ""
