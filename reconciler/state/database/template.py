"""New databases, from a template: most of the time goes into making the tables."""

from __future__ import annotations

import secrets
import sqlite3
from functools import cache

from reconciler.state.database import sql
from reconciler.state.database.connection import VERSION
from reconciler.state.database.tally import Tally
from reconciler.state.files.layout import APPLICATION_ID


@cache
def _tables() -> bytes:
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        db.execute(f"PRAGMA application_id={APPLICATION_ID}")
        db.execute(f"PRAGMA user_version={VERSION}")
        for table in sql.TABLES:
            db.executescript(table.create)
        return db.serialize()
    finally:
        db.close()


def in_memory(content: bytes) -> sqlite3.Connection:
    """Return a database in memory with the content of a database file."""
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    db.deserialize(content)
    db.execute("PRAGMA journal_mode=MEMORY")
    db.execute("PRAGMA synchronous=OFF")
    return db


def new_database(*, key_id: str, now: float) -> sqlite3.Connection:
    """Return a new, empty state with a lineage of its own, in memory."""
    db = in_memory(_tables())
    tally = Tally(lineage=secrets.token_hex(16), key_id=key_id, created_at=now, seen_at=now)
    row = tally.to_row()
    db.execute(sql.STATE.insert, row)
    return db
