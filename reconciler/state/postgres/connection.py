"""A connection that finds its way back, and commits whose outcome is looked up.

Nothing here relies on a session: a pool (PgBouncer in transaction mode) may give each transaction
another one. Tables are named with their schema, settings hold for one transaction, and nothing is
prepared.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg.pq import TransactionStatus

from reconciler.errors import StateCorrupt
from reconciler.state.database.dialect import POSTGRES, Disconnected, Undurable
from reconciler.state.postgres.trouble import lost, said

if TYPE_CHECKING:
    from reconciler.state.database.dialect import Cursor

LOCK_SECONDS = 10
"""How long a transaction waits for the one before it."""
IDLE_SECONDS = 30
"""After so long the server ends a transaction whose client has stopped in the middle."""
_LOOKS = (0.0, 0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds to wait before each look at what became of a commit: a failover takes a while."""

_BEGIN = f"""
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SELECT set_config('synchronous_commit', 'on', true)
    WHERE current_setting('synchronous_commit') IN ('off', 'local');
SET LOCAL lock_timeout TO '{LOCK_SECONDS}s';
SET LOCAL idle_in_transaction_session_timeout TO '{IDLE_SECONDS}s';
SELECT pg_current_xact_id()::text FROM {{schema}}.state WHERE id = 1 FOR UPDATE
"""
"""One trip. The lock on the row keeps other writers out; the number tells later what became of the
transaction. Whoever set `synchronous_commit` to less has it for other transactions."""
_BEAT = (
    "UPDATE {schema}.about SET beat_at = clock_timestamp(), holder = %s,"
    " epoch = (SELECT epoch FROM {schema}.state WHERE id = 1) WHERE id = 1"
)


class PostgresConnection:
    """Implements `reconciler.state.database.dialect.Connection`."""

    def __init__(self, connect: Callable[[], psycopg.Connection], schema: str) -> None:
        """Take what opens a connection, and the schema of the state."""
        self._connect = connect
        self.schema = quoted(schema)
        self.db = connect()
        self._writing = ""
        """The number of the transaction that writes."""
        self.holder: int | None = None
        """The session that holds the advisory lock, where it is ours alone."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Cursor:
        try:
            return self.db.execute(spelled(statement, self.schema), values or None)
        except psycopg.OperationalError as error:
            raise self._told(error) from error

    def begin_reading(self) -> None:
        self.db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def begin_writing(self) -> None:
        """Begin, on another connection where this one is gone: nothing was done on it yet.

        Raises `Disconnected` where there is none to be had.
        """
        try:
            self._begin()
        except psycopg.Error as error:
            if not lost(error, self.db):
                raise
            self.reconnect()
            self._begin()

    def _begin(self) -> None:
        cursor = self.db.execute(_BEGIN.format(schema=self.schema))
        cursor.set_result(-1)
        found = cursor.fetchone()
        if found is None:
            raise StateCorrupt("the row that describes the state is gone")
        [self._writing] = found

    def reconnect(self) -> None:
        """Open another connection in the place of this one."""
        with suppress(psycopg.Error):
            self.db.close()
        self.holder = None
        self.db = self._connect()

    def make_durable(self) -> None:
        try:
            self.db.execute(_BEAT.format(schema=self.schema), (self.holder,))
        except psycopg.Error as error:
            raise self._told(error) from error
        if self.db.info.transaction_status is not TransactionStatus.INTRANS:
            raise psycopg.OperationalError("the transaction has failed")  # COMMIT only warns
        try:
            self.db.execute("COMMIT")
        except psycopg.Error as error:
            if not lost(error, self.db):
                raise
            self._look_up(error)

    def _told(self, error: psycopg.Error) -> Exception:
        return Disconnected(said(error)) if lost(error, self.db) else error

    def _look_up(self, error: psycopg.Error) -> None:
        """Find out whether the commit is durable whose answer was lost."""
        for wait in _LOOKS:
            time.sleep(wait)
            try:
                self.reconnect()
                [status] = self.db.execute(
                    "SELECT pg_xact_status(%s::xid8)", (self._writing,)
                ).fetchone() or [None]
            except psycopg.Error:
                continue
            if status == "committed":
                return
            if status == "aborted":
                raise Disconnected(said(error)) from error
        raise Undurable(
            f"the connection was lost while committing, and the server does not say what became "
            f"of it: {said(error)}"
        ) from error

    def rollback(self) -> None:
        self.db.rollback()

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def quoted(name: str) -> str:
    """Return a name as it stands in statements."""
    return '"' + name.replace('"', '""') + '"'


@cache
def spelled(statement: str, schema: str) -> str:
    """Return a statement of ours as PostgreSQL reads it, its tables named with their schema."""
    named = re.sub(r"\b(FROM|INTO|UPDATE) (?=[a-z])", rf"\1 {schema}.", statement)
    return POSTGRES.spelled(named)
