"""Names of files in manifests, which are UTF-8, as this machine names them."""

from __future__ import annotations

import os


def on_disk(name: str) -> str:
    """Return a path as functions of the file system take it, whatever the locale says.

    In the POSIX locale Python takes names for ASCII, and could not even say those of others.
    """
    try:
        return os.fsdecode(name.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # half a character, which no file name can hold
        return name
