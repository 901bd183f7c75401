"""File names as this machine's file system takes them, whatever text somebody wrote."""

from __future__ import annotations

import os
from pathlib import Path


def on_disk(name: str) -> str:
    """Return a path as the functions of the file system take it, in every locale.

    In the POSIX locale Python takes names to be ASCII, and fails on others.
    """
    try:
        return os.fsdecode(name.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # half a character, which no file name can hold
        return name


def followed(path: Path) -> Path:
    """Return the absolute path with symlinks followed.

    A symlink in a circle is left as it is: `Path.resolve` raises `RuntimeError` before Python 3.13.
    """
    return Path(os.path.realpath(path))


def is_there(path: str | Path) -> bool:
    """Tell whether a path exists; false if its name is too long or cannot be looked up."""
    return os.path.exists(path)  # noqa: PTH110 -- `Path.exists` raises for such names


def is_folder(path: str | Path) -> bool:
    """Tell whether a path is a folder; false for the same names as `is_there`."""
    return os.path.isdir(path)  # noqa: PTH112 -- `Path.is_dir` raises for such names


def is_file(path: str | Path) -> bool:
    """Tell whether a path is a file; false for the same names as `is_there`."""
    return os.path.isfile(path)  # noqa: PTH113 -- `Path.is_file` raises for such names
