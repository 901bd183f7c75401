"""The table `about` with one row: a state's version, its key, and when its holder last wrote.

Only PostgreSQL has it, so it is not among the tables of `database.tables`, and no digest covers it.
Its times are by the server's clock.
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
"""For `key` see `reconciler.state.postgres.keys`. `holder` is the session that holds the advisory
lock, NULL if no session holds it for itself alone."""

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
    """The row."""

    name: str
    """The environment, or `default`."""
    version: int
    """The version of the tables."""
    key: str | None
    epoch: int
    """The number of the run that wrote last."""
    quiet: float
    """Seconds since its last write, by the server's clock."""
    holder: int | None
    moved_to: str | None
    """The URL of the store that the state was moved to."""


def exists(db: psycopg.Connection, schema: str) -> bool:
    """Tell whether a schema has a state; unlike `read`, without making a transaction fail."""
    [there] = db.execute(_EXISTS, (f"{quoted(schema)}.about",)).fetchone() or [False]
    return bool(there)


def read(db: psycopg.Connection, schema: str) -> About | None:
    """Return the row of a schema, `None` without a state; then a transaction has failed."""
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
    """Write that a run lives; return whether it still holds the state."""
    done = db.execute(_BEAT.format(schema=quoted(schema)), (epoch,))
    return done.rowcount == 1


def set_key(db: psycopg.Connection, schema: str, key: str | None, *, was: str | None) -> bool:
    """Replace the keys `was` by `key`; return whether `was` was still stored."""
    done = db.execute(_KEY.format(schema=quoted(schema)), (key, was))
    return done.rowcount == 1


def set_version(db: psycopg.Connection, schema: str, version: int) -> None:
    """Store the version of the tables."""
    db.execute(_VERSION.format(schema=quoted(schema)), (version,))


def set_moved(db: psycopg.Connection, schema: str, target: str) -> None:
    """Store the URL that the state was moved to."""
    db.execute(_MOVED.format(schema=quoted(schema)), (target,))
