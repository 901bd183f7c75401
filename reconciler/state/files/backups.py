"""Chooses among the copies from before each run: which are kept, and which to restore."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from msgspec import Struct

from reconciler.errors import StateError
from reconciler.model.moment import moment_text
from reconciler.state.database.connection import connect, read_tally
from reconciler.state.database.header import foreign
from reconciler.state.database.tally import Tally

KEPT_BACKUPS = 10

SEALED = "-sealed"
"""The end of the name of a backup with sealed secrets, which is removed after their delivery."""


class Backup(Struct, frozen=True, kw_only=True):
    """A copy that can be restored."""

    path: Path
    epoch: int
    """The newest run in it."""
    seen_at: float
    """Wall clock of its last write, in seconds."""

    def way_back(self, db: Path, leftovers: Sequence[Path]) -> str:
        """Return how to restore it over a database, whose `leftovers` must be removed."""
        back = f"cp {quote(str(self.path))} {quote(str(db))}"
        gone = " ".join(quote(str(each)) for each in leftovers)
        return (
            f"Get back to the state as of {moment_text(self.seen_at)}, after run {self.epoch}: "
            f"`{back} && rm -f {gone}`, then `reconciler plan`. "
            "It knows nothing of what was made since; removing the marker is what lets it in."
        )


def prune(folder: Path) -> None:
    """Remove all copies except the newest `KEPT_BACKUPS`."""
    for old in sorted(folder.glob("*.db"), key=_number)[:-KEPT_BACKUPS]:
        old.unlink(missing_ok=True)


def _number(path: Path) -> tuple[int, str]:
    digits = path.stem.removesuffix(SEALED)
    return (int(digits) if digits.isdecimal() else -1, path.name)


def newest(folder: Path, lineage: str | None) -> Backup | None:
    """Return the copy with the latest run; with a `lineage`, only of that state."""
    found = []
    for path in sorted(folder.glob("*.db")) if folder.is_dir() else ():
        tally = _tally(path)
        if tally is not None and lineage in {None, tally.lineage}:
            found.append((tally.epoch, tally.seq, path, tally.seen_at))
    if not found:
        return None
    epoch, _, path, seen_at = max(found)
    return Backup(path=path, epoch=epoch, seen_at=seen_at)


def _tally(path: Path) -> Tally | None:
    """Return the tally of a copy; `None` if it is damaged."""
    try:
        if foreign(path.read_bytes()[:100]):
            return None
        db = connect(path, "ro", immutable=True)
        try:
            return read_tally(db)
        finally:
            db.close()
    except (OSError, sqlite3.Error, StateError):
        return None
