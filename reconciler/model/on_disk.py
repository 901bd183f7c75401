"""Names of files as this machine has them, and what lies there, whatever somebody wrote."""

from __future__ import annotations

import os
from pathlib import Path


def on_disk(name: str) -> str:
    """Return a path as functions of the file system take it, whatever the locale says.

    In the POSIX locale Python takes names for ASCII, and could not even say those of others.
    """
    try:
        return os.fsdecode(name.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # half a character, which no file name can hold
        return name


def followed(path: Path) -> Path:
    """Return the absolute path with symlinks followed.

    One that leads in a circle is kept: before Python 3.13 `Path.resolve` raises `RuntimeError`.
    """
    return Path(os.path.realpath(path))


def is_there(path: str | Path) -> bool:
    """Tell whether something lies there; not where the name is too long or cannot be looked up."""
    return os.path.exists(path)  # noqa: PTH110 -- `Path.exists` raises for such names


def is_folder(path: str | Path) -> bool:
    """Tell whether a folder lies there, as `is_there`."""
    return os.path.isdir(path)  # noqa: PTH112 -- `Path.is_dir` raises for such names


def is_file(path: str | Path) -> bool:
    """Tell whether a file lies there, as `is_there`."""
    return os.path.isfile(path)  # noqa: PTH113 -- `Path.is_file` raises for such names
