"""Explains errors of the server, by its own message without the statement that was sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from reconciler.errors import StateCorrupt, StateError, StateLocked
from reconciler.state.database.protocol import Disconnected, Undurable

REMEDY = "Check that the PostgreSQL server can be reached and written"

_GONE = (
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.InvalidSchemaName,
    errors.UniqueViolation,
    errors.NotNullViolation,
    errors.DataCorrupted,
    errors.IndexCorrupted,
)


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turn errors of PostgreSQL into `StateCorrupt`, `StateLocked` or `StateError`."""
    try:
        yield
    except _GONE as error:
        raise StateCorrupt(f"the state {place} is damaged: {first_line(error)}") from error
    except errors.LockNotAvailable as error:
        raise StateLocked(
            f"the state {place} is in use by another run or plan, which does not go on",
            hint="Try again in a minute: the server ends a transaction that waits for its client.",
        ) from error
    except errors.InsufficientPrivilege as error:
        raise StateError(
            f"the state {place} cannot be used: {first_line(error)}",
            hint="The role needs a schema of its own: `CREATE SCHEMA … AUTHORIZATION …`, or "
            "CREATE on the database.",
        ) from error
    except errors.ReadOnlySqlTransaction as error:
        raise StateError(
            f"the state {place} cannot be written: the server is read-only",
            hint="Is it a standby? With several hosts in the URL, "
            "?target_session_attrs=read-write finds the one that can be written.",
        ) from error
    except (psycopg.Error, Disconnected, Undurable) as error:
        raise StateError(
            f"the state {place} cannot be used: {first_line(error)}",
            hint=f"{REMEDY}, then run the command again.",
        ) from error


def first_line(error: BaseException) -> str:
    """Return the first line of the server's or libpq's message."""
    diagnosis = getattr(getattr(error, "diag", None), "message_primary", None)
    text = str(diagnosis or error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def lost(error: psycopg.Error, db: psycopg.Connection) -> bool:
    """Tell whether the connection failed, and not just the statement."""
    return db.closed or db.broken or isinstance(error, errors.AdminShutdown)
