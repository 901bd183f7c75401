"""Moves a state's files out of a folder that several states shared in older versions.

Older versions kept key, lock, marker and backups of every state in `.reconciler` in that folder
itself, also of states not called `state.db`, so that those of a second state replaced them.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from reconciler.errors import StateLocked
from reconciler.state.database.holder import UNLOCK
from reconciler.state.files.layout import DEFAULT, EMERGENCIES, Layout, make_home, sync_folder
from reconciler.state.files.lock import RunLock


def is_shared(layout: Layout) -> bool:
    """Tell whether this state's files are still in the shared folder."""
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
    """Move a state's files to a folder of its own; after a crash, the next opening goes on.

    The marker is moved last, because it tells whose the other files are. Raises `StateLocked`.
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
    """Return a database's lineage, also from its write-ahead log; empty if it cannot be read."""
    from reconciler.state.database.connection import connect_reader
    from reconciler.state.database.statements import LINEAGE

    try:
        reader = connect_reader(db)
        try:
            [lineage] = reader.execute(LINEAGE).fetchone()
        finally:
            reader.close()
    except (sqlite3.Error, TypeError):
        return ""
    return str(lineage)
