"""Keeps emergency files in temporary folders, where the state has no folder or no room in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path

from reconciler.errors import StateError
from reconciler.state.database.emergency import TEMPORARY, Emergency
from reconciler.state.files.layout import EMERGENCIES, replace_private


def keep_elsewhere(emergency: Emergency) -> Path:
    """Write an answer to a temporary folder, where `elsewhere` finds it; raises `OSError`."""
    import tempfile  # with its archives, several milliseconds that hardly any run needs

    path = Path(tempfile.mkdtemp(prefix=TEMPORARY)) / emergency.name
    replace_private(path, emergency.to_bytes())
    return path


def elsewhere(lineage: str) -> list[Emergency]:
    """Return the answers of a state that are kept in temporary folders.

    Only files and folders of this user count that nobody else can write: anybody may write to the
    folder above.
    """
    found = []
    for path in chain.from_iterable(map(_kept_in, _tmp())):
        if _ours(path.parent, stat.S_ISDIR) and _ours(path, stat.S_ISREG):
            try:
                emergency = Emergency.from_file(path)
            except StateError:  # perhaps of another version, or another program's
                continue
            if emergency.lineage == lineage:
                found.append(emergency)
    return found


class KeptElsewhere:
    """The part of `Home` about emergencies, for states without a folder: temporary folders."""

    def emergencies(self, lineage: str) -> list[Emergency]:
        """Return the answers of a state."""
        return elsewhere(lineage)

    def save_emergency(self, emergency: Emergency) -> str:
        """Keep an answer; return its path."""
        return str(keep_elsewhere(emergency))

    def forget_emergencies(self, emergencies: Sequence[Emergency]) -> None:
        """Remove answers that are in the state by now."""
        for emergency in emergencies:
            emergency.forget()


def _tmp() -> list[Path]:
    names = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")]
    return list(dict.fromkeys(Path(name) for name in (*names, "/tmp", "/var/tmp") if name))  # noqa: S108


def _kept_in(folder: Path) -> list[Path]:
    """Return the answers below a folder in which others may be removing folders."""
    found: list[Path] = []
    for each in folder.glob(f"{TEMPORARY}*"):
        with suppress(OSError):
            found += each.glob(EMERGENCIES)
    return found


def _ours(path: Path, kind: Callable[[int], bool]) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    closed = not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return kind(found.st_mode) and found.st_uid == os.geteuid() and closed
