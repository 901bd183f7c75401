"""Gives a state what is its own: older versions kept that in a folder all its states shared.

In `.reconciler` the key, lock, marker and backups of a state that is not called `state.db` lay
beside it, where those of a second one took their place.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from reconciler.errors import StateLocked
from reconciler.state.files.layout import DEFAULT, EMERGENCIES, Layout, make_home, sync_folder
from reconciler.state.files.lock import UNLOCK, RunLock


def is_shared(layout: Layout) -> bool:
    """Tell whether the files of this state still lie in the folder of all."""
    folder = layout.shared_home
    if folder is None or not layout.db.exists() or layout.marker.exists():
        return False
    marker = folder / layout.marker.name
    try:
        lineage = marker.read_text(encoding="ascii").split()[0]
    except (OSError, ValueError, IndexError):
        return False
    return lineage == _lineage(layout.db)


def part(layout: Layout) -> None:
    """Move them to a folder of their own. A crash leaves the rest to the next one who opens it.

    The marker goes last, because it tells whose the others are. Raises `StateLocked`.
    """
    shared = layout.shared_home or layout.home
    old = Layout(shared / DEFAULT)
    lock = RunLock.acquire(old.lock)
    if lock is None:
        raise StateLocked(f"a run of an older version holds the lock {old.lock}", hint=UNLOCK)
    try:
        make_home(layout)
        moves = [(old.key, layout.key), (old.new_key, layout.new_key)]
        if old.backups.is_dir():
            layout.backups.mkdir(mode=0o700, exist_ok=True)
            moves += [(path, layout.backups / path.name) for path in old.backups.glob("*.db")]
        moves += [(path, layout.home / path.name) for path in shared.glob(EMERGENCIES)]
        for source, target in (*moves, (old.marker, layout.marker)):
            _move(source, target)
        old.ballast.unlink(missing_ok=True)
        old.lock.unlink(missing_ok=True)
    finally:
        lock.release()


def _move(source: Path, target: Path) -> None:
    if os.path.lexists(source):
        source.replace(target)
        sync_folder(target.parent)
        sync_folder(source.parent)


def _lineage(db: Path) -> str:
    """Read whose a database is, with whatever is in its log; empty if that cannot be told."""
    from reconciler.state.database.connection import connect_reader
    from reconciler.state.database.statements import LINEAGE

    try:
        reader = connect_reader(Layout(db))
        try:
            [lineage] = reader.execute(LINEAGE).fetchone()
        finally:
            reader.close()
    except (sqlite3.Error, TypeError):
        return ""
    return str(lineage)
