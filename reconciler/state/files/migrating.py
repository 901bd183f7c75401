"""Brings a state file and its backups to this version's schema."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path

from reconciler.errors import StateError, StateLocked
from reconciler.state.database.connection import (
    VERSION,
    SqliteConnection,
    check_header,
    connect,
    connect_reader,
    connect_writer,
    read_tally,
)
from reconciler.state.database.migrations import migrated
from reconciler.state.failpoints import Failpoints, effect, no_failpoints
from reconciler.state.files.home import FileHome
from reconciler.state.files.layout import Layout
from reconciler.state.files.making import put, wait_for_lock
from reconciler.state.seal import Keyring


def migrated_copy(layout: Layout) -> SqliteConnection:
    """Return the state with this version's schema, in memory; the file stays as it is."""
    db = connect_reader(layout.db)
    try:
        return migrated(db, keyring=_keyring_of(layout, db))
    finally:
        db.close()


def _keyring_of(layout: Layout, db: SqliteConnection) -> Callable[[], Keyring]:
    home = FileHome(layout, no_failpoints)
    return cache(lambda: home.keyring(read_tally(db)))


def migrate(layout: Layout, failpoints: Failpoints) -> None:
    """Bring the file and its backups to this version's schema, each at once or not at all.

    Backups go first: values that an older version kept in clear must not outlive the migration.
    """
    lock = wait_for_lock(layout, done=lambda: check_header(layout.db) >= VERSION)
    if lock is None:
        return
    try:
        if check_header(layout.db) >= VERSION:
            return
        db = connect_writer(layout.db)  # recovers the write-ahead log of a crashed run
        try:
            _empty_log(layout, db)
            made = migrated(db, keyring=_keyring_of(layout, db))
        finally:
            db.close()
        for backup in sorted(layout.backups.glob("*.db")):
            with effect(failpoints, f"migrate {backup.name}"):
                _migrate_backup(layout, backup)
        with effect(failpoints, "migrate"):
            put(layout.db, made.serialize())
        made.close()
    finally:
        lock.release()


def _empty_log(layout: Layout, db: SqliteConnection) -> None:
    """Move the write-ahead log into the file: beside the new file it would be taken for its log."""
    [busy, *_] = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StateLocked(
            f"the state {layout.db} is being read by another process and cannot be migrated",
            hint="Try again when it has ended.",
        )


def _migrate_backup(layout: Layout, backup: Path) -> None:
    """Bring a backup to this version's schema, or remove it if that fails."""
    try:
        if check_header(backup) >= VERSION:
            return
        db = connect(backup, "ro", immutable=True)
        try:
            made = migrated(db, keyring=_keyring_of(layout, db))
        finally:
            db.close()
        put(backup, made.serialize())
        made.close()
    except (StateError, sqlite3.Error):
        backup.unlink(missing_ok=True)
