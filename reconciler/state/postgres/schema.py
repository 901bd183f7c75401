"""Makes the tables of a state in a schema, and migrates older ones to this version's.

Each is one transaction, under a lock that others wait for: after a crash, all of it is done or
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from psycopg.errors import LockNotAvailable

from reconciler.errors import StateCorrupt
from reconciler.state.database.connection import VERSION, SqliteConnection, read_tally
from reconciler.state.database.copying import fill
from reconciler.state.database.dialect import POSTGRES
from reconciler.state.database.tables import EVENTS, TABLES
from reconciler.state.database.tally import Tally, rehashed
from reconciler.state.postgres import about
from reconciler.state.postgres.connection import LOCK_SECONDS, PostgresConnection
from reconciler.state.postgres.names import quoted

if TYPE_CHECKING:
    import psycopg
    import sqlalchemy

    from reconciler.state.postgres.sealing import RowSealing
    from reconciler.state.seal import Keyring

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))"
_HAS_SCHEMA = "SELECT 1 FROM pg_namespace WHERE nspname = %s"


def _be_alone(db: psycopg.Connection, schema: str) -> None:
    """Take the lock on a schema's tables until the end of the transaction; wait for it."""
    db.execute("SET LOCAL synchronous_commit TO on")
    db.execute(f"SET LOCAL search_path TO {quoted(schema)}")
    db.execute(_LOCK, (f"reconciler {schema}",))


def make(
    connection: PostgresConnection,
    schema: str,
    *,
    name: str,
    source: SqliteConnection,
    key: str | None,
) -> None:
    """Make a state, unless another process just did.

    Args:
        connection: A connection outside of a transaction.
        schema: The schema of the tables; it is made if it is missing.
        name: The environment, or `default`.
        source: The rows of the new state.
        key: The content of the column `about.key`; see `keys`.
    """
    db = connection.db
    with db.transaction():
        _be_alone(db, schema)
        if about.exists(db, schema):
            return
        if db.execute(_HAS_SCHEMA, (schema,)).fetchone() is None:
            db.execute(f"CREATE SCHEMA {quoted(schema)}")
        for table in TABLES:
            for statement in table.create(POSTGRES):
                db.execute(statement)
        with connection.gathering():
            fill(connection, source)
        about.make(db, schema, name=name, version=VERSION, key=key)


def migrate(
    connect: Callable[[], psycopg.Connection],
    schema: str,
    sealing: RowSealing,
    *,
    now: float,
    keyring: Callable[[], Keyring],
    check_idle: Callable[[], None],
) -> None:
    """Bring the tables to this version's schema, unless another process just did.

    It appends an event, which fences off any run of an older version that was paused meanwhile.

    Args:
        connect: Opens a connection.
        schema: The schema of the tables.
        sealing: Opens and seals their rows.
        now: Wall clock, seconds.
        keyring: Returns the state's key, for values that are sealed from some version on.
        check_idle: Raises `StateLocked` if a run of an older version may be writing.

    Raises:
        StateCorrupt: A migration failed.
        LockNotAvailable: Another session did not release its lock on the tables for long.
    """
    with _for_alembic(connect) as (shared, db):
        _be_alone(db, schema)
        found = about.read(db, schema)
        if found is None or found.version >= VERSION:
            return
        connection = PostgresConnection(lambda: db, schema, sealing)
        db.execute(f"SET LOCAL lock_timeout TO '{LOCK_SECONDS}s'")
        connection.execute("SELECT id FROM state WHERE id = 1 FOR UPDATE")
        check_idle()
        if sealing.is_on:
            _through_memory(connection, shared, found.version, keyring)
        else:
            _upgrade(shared, found.version, keyring)
            with connection.gathering():
                rehashed(connection)
        tally = read_tally(connection)
        event = tally.append("migrated", str(VERSION), f"from {found.version}", now)
        connection.execute(EVENTS.insert, event)
        tally.write(connection)
        about.set_version(db, schema, VERSION)


def _through_memory(
    connection: PostgresConnection,
    shared: sqlalchemy.Connection,
    version: int,
    keyring: Callable[[], Keyring],
) -> None:
    """Migrate sealed rows in our memory, as only there they may be opened."""
    from reconciler.state.database.migrations import migrated

    copy = _copy(connection, version)
    with closing(copy), closing(migrated(copy, keyring=keyring)) as source:
        for name in _tables(copy):
            connection.execute(f"DELETE FROM {name}")
        _upgrade(shared, version, keyring)
        with connection.gathering():
            fill(connection, source)


def _upgrade(shared: sqlalchemy.Connection, version: int, keyring: Callable[[], Keyring]) -> None:
    from reconciler.state.database.migrations import upgrade

    try:
        upgrade(shared, version=version, keyring=keyring)
    except StateCorrupt as error:
        cause = getattr(error.__cause__, "orig", None)
        if isinstance(cause, LockNotAvailable):
            raise cause from error
        raise


@contextmanager
def _for_alembic(
    connect: Callable[[], psycopg.Connection],
) -> Iterator[tuple[sqlalchemy.Connection, psycopg.Connection]]:
    """Open a connection in a transaction; yield it wrapped by SQLAlchemy, and as it is."""
    import sqlalchemy
    from sqlalchemy.pool import NullPool

    db = connect()
    db.autocommit = False
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: db, poolclass=NullPool
    )
    with engine.begin() as shared:
        yield shared, db


def migrated_copy(
    connection: PostgresConnection, version: int, keyring: Callable[[Tally], Keyring]
) -> SqliteConnection:
    """Return older tables with this version's schema, in memory; the server's stay as they are."""
    from reconciler.state.database.migrations import migrated

    connection.begin_reading()
    try:
        copy = _copy(connection, version)
    finally:
        connection.rollback()
    with closing(copy):
        return migrated(copy, keyring=lambda: keyring(read_tally(copy)))


def _copy(connection: PostgresConnection, version: int) -> SqliteConnection:
    """Return the tables of a version in memory, with the server's rows."""
    from reconciler.state.database.migrations import made

    copy = made(version)
    for name in _tables(copy):
        _copy_rows(connection, copy, name)
    return copy


def _tables(db: SqliteConnection) -> list[str]:
    names = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return [name for (name,) in names if name != "alembic_version"]


def _copy_rows(connection: PostgresConnection, copy: SqliteConnection, name: str) -> None:
    columns = [column for _, column, *_ in copy.execute(f"PRAGMA table_info({name})")]
    marks = ", ".join("?" * len(columns))
    rows = connection.execute(f"SELECT {', '.join(columns)} FROM {name}").fetchall()
    for row in rows:
        copy.execute(f"INSERT INTO {name} VALUES ({marks})", row)
