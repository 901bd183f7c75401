"""The row that says what lies in a schema: its version, its key, and when its holder last wrote.

It is not among the tables that all databases have, and no digest covers it: only PostgreSQL needs
it, by the server's clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from psycopg import errors

from reconciler.state.postgres.names import quoted

if TYPE_CHECKING:
    import psycopg

TABLE = """
CREATE TABLE {schema}.about (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    key TEXT,
    epoch BIGINT NOT NULL DEFAULT 0,
    beat_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    holder INTEGER,
    moved_to TEXT
)
"""
"""What `key` holds, `reconciler.state.postgres.keys` says; `holder` is the session that holds the
advisory lock, NULL where none does for itself alone."""

_EXISTS = "SELECT to_regclass(%s) IS NOT NULL"
_READ = """
SELECT name, version, key, epoch, extract(epoch FROM clock_timestamp() - beat_at)::float8,
    holder, moved_to
FROM {schema}.about WHERE id = 1
"""
_MAKE = "INSERT INTO {schema}.about (id, name, version, key) VALUES (1, %s, %s, %s)"
_BEAT = "UPDATE {schema}.about SET beat_at = clock_timestamp() WHERE id = 1 AND epoch = %s"
_MOVED = "UPDATE {schema}.about SET moved_to = %s WHERE id = 1"
_KEY = "UPDATE {schema}.about SET key = %s WHERE id = 1 AND key IS NOT DISTINCT FROM %s"
_VERSION = "UPDATE {schema}.about SET version = %s WHERE id = 1"


class About(Struct, frozen=True):
    """What the row says."""

    name: str
    """The environment, or `default`."""
    version: int
    """Of the tables."""
    key: str | None
    epoch: int
    """The run that wrote last."""
    quiet: float
    """Seconds since then, by the server's clock."""
    holder: int | None
    moved_to: str | None
    """The URL of the store that holds this state now."""


def exists(db: psycopg.Connection, schema: str) -> bool:
    """Tell whether a state lies in a schema, within a transaction, too."""
    [there] = db.execute(_EXISTS, (f"{quoted(schema)}.about",)).fetchone() or [False]
    return bool(there)


def read(db: psycopg.Connection, schema: str) -> About | None:
    """Return what lies in a schema, `None` where no state does: a transaction fails there."""
    try:
        found = db.execute(_READ.format(schema=quoted(schema))).fetchone()
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        return None
    return About(*found) if found is not None else None


def make(db: psycopg.Connection, schema: str, *, name: str, version: int, key: str | None) -> None:
    """Make the table and its row."""
    db.execute(TABLE.format(schema=quoted(schema)))
    db.execute(_MAKE.format(schema=quoted(schema)), (name, version, key))


def beat(db: psycopg.Connection, schema: str, epoch: int) -> bool:
    """Say that a run lives; tells whether it still holds the state."""
    done = db.execute(_BEAT.format(schema=quoted(schema)), (epoch,))
    return done.rowcount == 1


def set_key(db: psycopg.Connection, schema: str, key: str | None, *, was: str | None) -> bool:
    """Note the keys; tells whether they still were what they were thought to be."""
    done = db.execute(_KEY.format(schema=quoted(schema)), (key, was))
    return done.rowcount == 1


def set_version(db: psycopg.Connection, schema: str, version: int) -> None:
    """Note which version the tables are of now."""
    db.execute(_VERSION.format(schema=quoted(schema)), (version,))


def set_moved(db: psycopg.Connection, schema: str, target: str) -> None:
    """Note where the state lies now."""
    db.execute(_MOVED.format(schema=quoted(schema)), (target,))
