"""Brings an old database to this version's schema, with alembic.

A new schema needs one more file in `versions/`, a higher `VERSION` in
`reconciler.state.database.connection`, and the new tables in `reconciler.state.database.tables`; a
test compares the two ways of making a database, in SQLite and PostgreSQL. This package loads
alembic and SQLAlchemy, so it must be imported only if there is an old database to migrate.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from reconciler.errors import StateCorrupt
from reconciler.state.database.connection import SqliteConnection, check_pages
from reconciler.state.database.tally import rehashed

if TYPE_CHECKING:
    from reconciler.state.seal import Keyring

FOLDER = Path(__file__).parent


def migrated(db: SqliteConnection, *, keyring: Callable[[], Keyring]) -> SqliteConnection:
    """Return a copy of a database at the newest schema, in memory; the original stays as it is.

    Args:
        db: The database.
        keyring: Returns its key, for values that are sealed from some version on.

    Raises:
        StateCorrupt: A migration failed.
        StateError: The key file is gone, or it is another state's.
    """
    check_pages(db)
    copy = sqlite3.connect(":memory:", check_same_thread=False, factory=SqliteConnection)
    db.backup(copy)
    [version] = copy.execute("PRAGMA user_version").fetchone()
    with _engine(copy).begin() as connection:
        newest = upgrade(connection, version=version, keyring=keyring)
    copy.commit()
    copy.isolation_level = None
    copy.execute(f"PRAGMA user_version={newest}")
    rehashed(copy)
    return copy


def made(version: int) -> SqliteConnection:
    """Return the empty tables of an older version, in memory."""
    db = sqlite3.connect(":memory:", check_same_thread=False, factory=SqliteConnection)
    with _engine(db).begin() as connection:
        upgrade(connection, version=0, keyring=_no_keys, to=revision(version))
    db.commit()
    db.isolation_level = None
    db.execute(f"PRAGMA user_version={version}")
    return db


def _no_keys() -> Keyring:
    raise StateCorrupt("a migration found something to seal in empty tables")


def _engine(db: SqliteConnection) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine("sqlite://", creator=lambda: db, poolclass=StaticPool)


def upgrade(
    connection: sqlalchemy.Connection,
    *,
    version: int,
    keyring: Callable[[], Keyring],
    to: str = "head",
) -> int:
    """Run the migrations that come after a version, and return the newest version.

    The caller must call `rehashed` for digests and sums of the rows. Raises `StateCorrupt`.
    """
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    config.attributes["keyring"] = keyring
    try:
        if version:
            command.stamp(config, revision(version))
        command.upgrade(config, to)
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or type(error).__name__
        raise StateCorrupt(
            f"the state could not be brought from schema {version} to this version's: {cause}"
        ) from error
    return int(ScriptDirectory.from_config(config).get_current_head() or 0)


def revision(version: int) -> str:
    """Return alembic's name of the migration to a version of the schema."""
    return f"{version:04d}"
