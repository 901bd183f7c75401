"""Makes, migrates and opens a state in a file."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from reconciler.errors import StateCorrupt, StateError, StateLocked
from reconciler.state.database.connection import (
    VERSION,
    check_header,
    connect,
    connect_reader,
    connect_writer,
    explained,
    read_tally,
)
from reconciler.state.database.migrations import migrated
from reconciler.state.database.store import SqliteStore
from reconciler.state.database.template import new_database
from reconciler.state.files.home import FileHome, marker_text
from reconciler.state.files.layout import (
    Failpoints,
    Layout,
    effect,
    make_home,
    no_failpoints,
    sync_folder,
    write_private,
)
from reconciler.state.files.lock import RunLock
from reconciler.state.files.seal import Keyring

_PATIENCE = 10.0
"""Seconds to wait for another process that is just making or migrating the state."""


def open_file(
    layout: Layout,
    *,
    create: bool,
    clock: Callable[[], float],
    failpoints: Failpoints,
    environ: Mapping[str, str],
) -> SqliteStore:
    """Open a state file; with `create`, make a missing one and migrate an old one."""
    if not layout.db.exists():
        with explained(str(layout.db)):
            _make(layout, clock=clock, failpoints=failpoints)
    home = FileHome(layout, failpoints)
    try:
        reached = home.read_marker()
        version = check_header(layout)
        reader = None
        if version < VERSION:
            with explained(str(layout.db)):
                if create:
                    _migrate(layout, failpoints)
                else:
                    reader = _migrated(layout)
        store = SqliteStore(
            home, clock=clock, failpoints=failpoints, reader=reader, environ=environ
        )
        try:
            home.check_marker(store.tally, reached)
        except BaseException:
            store.close()
            raise
    except StateCorrupt as error:
        if error.hint:
            raise
        raise StateCorrupt(error.message, details=error.details, hint=home.way_out()) from error
    except OSError as error:
        raise StateError(f"the state {layout.db} cannot be read: {error.strerror}") from error
    return store


def _make(layout: Layout, *, clock: Callable[[], float], failpoints: Failpoints) -> None:
    """Make an empty state; a crash at any point leaves one, or none and no trace that counts."""
    with effect(failpoints, "make folder"):
        make_home(layout)
    lock = _wait_for_lock(layout, done=layout.db.exists)
    if lock is None:
        return
    try:
        if layout.db.exists():  # made by the one we waited for
            return
        keyring = Keyring.generate()
        layout.new_key.unlink(missing_ok=True)
        with effect(failpoints, "make key"):
            write_private(layout.new_key, keyring.to_text().encode("ascii"))
        fresh = new_database(key_id=keyring.id, now=float(clock()))
        tally = read_tally(fresh)
        with effect(failpoints, "make database"):
            _put(layout.db, fresh.serialize())
        fresh.close()
        with effect(failpoints, "name key"):
            layout.new_key.replace(layout.key)
            sync_folder(layout.home)
        with effect(failpoints, "marker"):
            write_private(layout.marker, marker_text(tally))
    finally:
        lock.release()


_WAL = b"\2\2"
"""What the file's header says at offset 18 in WAL mode.

Written here, because changing the mode later would have to wait for every reader.
"""


def _put(file: Path, content: bytes) -> None:
    """Put a database file in its place, at once or not at all."""
    temporary = file.with_name(f".{file.name}.new")
    temporary.unlink(missing_ok=True)
    write_private(temporary, content[:18] + _WAL + content[20:])
    temporary.replace(file)
    sync_folder(file.parent)


def _wait_for_lock(layout: Layout, *, done: Callable[[], bool]) -> RunLock | None:
    """Take the lock, or return `None` once another process has done what it was needed for."""
    end = time.monotonic() + _PATIENCE
    while (lock := RunLock.acquire(layout.lock)) is None:
        if done():
            return None
        if time.monotonic() > end:
            raise StateLocked(
                f"the state {layout.db} is in use by another process",
                hint="Try again when it has ended, or `reconciler state unlock` if it is dead.",
            )
        time.sleep(0.05)
    return lock


# --- migrations ---


def _migrated(layout: Layout) -> sqlite3.Connection:
    """Return the state as this version wants it, in memory; the file stays as it is."""
    db = connect_reader(layout)
    try:
        return migrated(db, keyring=_keyring_of(layout, db))
    finally:
        db.close()


def _keyring_of(layout: Layout, db: sqlite3.Connection) -> Callable[[], Keyring]:
    home = FileHome(layout, no_failpoints)
    return cache(lambda: home.keyring(read_tally(db)))


def _migrate(layout: Layout, failpoints: Failpoints) -> None:
    """Bring the file and its backups to this version's schema, each at once or not at all.

    Backups go first: what an older version kept in clear must not outlive the migration.
    """
    lock = _wait_for_lock(layout, done=lambda: check_header(layout) >= VERSION)
    if lock is None:
        return
    try:
        if check_header(layout) >= VERSION:
            return
        db = connect_writer(layout)  # recovers what a crashed run left in the log
        try:
            _empty_log(layout, db)
            made = migrated(db, keyring=_keyring_of(layout, db))
        finally:
            db.close()
        for backup in sorted(layout.backups.glob("*.db")):
            with effect(failpoints, f"migrate {backup.name}"):
                _migrate_backup(layout, backup)
        with effect(failpoints, "migrate"):
            _put(layout.db, made.serialize())
        made.close()
    finally:
        lock.release()


def _empty_log(layout: Layout, db: sqlite3.Connection) -> None:
    """Move all of the log into the file: beside another file it would be taken for its own."""
    [busy, *_] = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StateLocked(
            f"the state {layout.db} is being read by another process and cannot be migrated",
            hint="Try again when it has ended.",
        )


def _migrate_backup(layout: Layout, backup: Path) -> None:
    """Bring a backup to this version's schema, or remove it where that cannot be done."""
    try:
        if check_header(Layout(backup)) >= VERSION:
            return
        db = connect(backup, "ro", immutable=True)
        try:
            made = migrated(db, keyring=_keyring_of(layout, db))
        finally:
            db.close()
        _put(backup, made.serialize())
        made.close()
    except (StateError, sqlite3.Error):
        backup.unlink(missing_ok=True)
