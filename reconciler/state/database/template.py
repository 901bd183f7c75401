"""Returns new databases in memory, copied from a template, as making the tables takes long."""

from __future__ import annotations

import secrets
import sqlite3
from functools import cache

from reconciler.state.database.connection import VERSION, SqliteConnection
from reconciler.state.database.dialect import SQLITE
from reconciler.state.database.header import APPLICATION_ID
from reconciler.state.database.rows import with_digest
from reconciler.state.database.tables import STATE, TABLES
from reconciler.state.database.tally import Tally


@cache
def _tables() -> bytes:
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        db.execute(f"PRAGMA application_id={APPLICATION_ID}")
        db.execute(f"PRAGMA user_version={VERSION}")
        for table in TABLES:
            for statement in table.create(SQLITE):
                db.execute(statement)
        return db.serialize()
    finally:
        db.close()


def in_memory(content: bytes) -> SqliteConnection:
    """Return a database in memory with the content of a database file."""
    db = sqlite3.connect(
        ":memory:", isolation_level=None, check_same_thread=False, factory=SqliteConnection
    )
    db.deserialize(content)
    db.execute("PRAGMA journal_mode=MEMORY")
    db.execute("PRAGMA synchronous=OFF")
    return db


def empty_tables(version: int = VERSION) -> SqliteConnection:
    """Return a database in memory with the empty tables of a version of the schema."""
    if version == VERSION:
        return in_memory(_tables())
    from reconciler.state.database.migrations import made

    return made(version)


def new_database(*, key_id: str, now: float) -> SqliteConnection:
    """Return a new, empty state with a lineage of its own, in memory."""
    db = in_memory(_tables())
    tally = Tally(lineage=secrets.token_hex(16), key_id=key_id, created_at=now, seen_at=now)
    db.execute(STATE.insert, with_digest(tally.row()))
    return db
