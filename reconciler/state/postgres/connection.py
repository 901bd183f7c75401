"""A connection that reconnects after a loss, and finds out whether a lost commit is durable.

Nothing here relies on a session, because a pool (PgBouncer in transaction mode) may give each
transaction another one: tables are named with their schema, settings hold for one transaction, and
no statement is prepared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg.pq import TransactionStatus

from reconciler.errors import StateCorrupt
from reconciler.state.database.protocol import Disconnected, Undurable
from reconciler.state.postgres.changes import INSERTS, LOOKUPS, UPDATES, Changes, among, values_of
from reconciler.state.postgres.names import quoted, spelled
from reconciler.state.postgres.sealing import RowSealing, read_by
from reconciler.state.postgres.trouble import first_line, lost

if TYPE_CHECKING:
    from reconciler.state.database.protocol import Cursor, Fence
    from reconciler.state.database.rows import Values
    from reconciler.state.database.tables import Prefetch

LOCK_SECONDS = 10
"""How long a transaction waits for the one before it."""
IDLE_SECONDS = 30
"""How long the server waits for a client that has stopped in the middle of a transaction."""
MOST_UNSENT = 500
"""The most changes that are collected before they are sent."""
_LOOKS = (0.0, 0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds to wait before each attempt to find out about a commit: a failover takes a while."""

_BEGIN = f"""
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SELECT set_config('lock_timeout', '{LOCK_SECONDS}s', true),
    set_config('idle_in_transaction_session_timeout', '{IDLE_SECONDS}s', true),
    CASE WHEN current_setting('synchronous_commit') IN ('off', 'local')
        THEN set_config('synchronous_commit', 'on', true) END;
SELECT pg_current_xact_id()::text, epoch, seq FROM {{schema}}.state WHERE id = 1 FOR UPDATE
"""
"""The lock on the row keeps other writers out; by the transaction's number its outcome can be found
out later. `synchronous_commit` is raised for this transaction, if it is set lower."""
_FENCE = 2
"""The index of the statement in `_BEGIN` that returns the state row."""
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_BEAT = (
    "UPDATE {schema}.about SET beat_at = clock_timestamp(), holder = %s,"
    " epoch = (SELECT epoch FROM {schema}.state WHERE id = 1) WHERE id = 1"
)


class PostgresConnection:
    """Implements `reconciler.state.database.protocol.Connection`."""

    def __init__(
        self, connect: Callable[[], psycopg.Connection], schema: str, sealing: RowSealing
    ) -> None:
        """Open the first connection with `connect`; raises what psycopg raises."""
        self._connect = connect
        self.schema = quoted(schema)
        self._sealing = sealing
        self._open()
        self._number = ""
        """The server's number of the transaction that writes, or wrote last."""
        self._to_begin = False
        """A reading transaction is to begin with the next statement."""
        self._writing = False
        self._changes = Changes()
        self.holder: int | None = None
        """The session that holds the advisory lock, if it is ours alone."""

    def _open(self) -> None:
        self.db = self._connect()
        self._quoting = psycopg.ClientCursor(self.db)

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Cursor:
        """Run a statement; in a writing transaction, changes are collected until it commits."""
        if not self._writing:
            return self._ask(statement, values)
        changes = self._changes
        if changes.take(statement, values):
            if changes.unsent >= MOST_UNSENT:
                self._send()
            return Found([])
        lookup = LOOKUPS.get(statement)
        if lookup is None:  # it may read any row
            self._send()
            return self._ask(statement, values)
        [value] = values
        if not changes.knows(lookup, value):
            changes.learn(lookup, [value], self._ask(statement, values).fetchall())
        return Found(changes.found(lookup, value))

    def _ask(self, statement: str, values: Sequence[Any]) -> Cursor:
        if statement in INSERTS:
            values = self._sealing.sealed(INSERTS[statement], tuple(values))
        elif statement in UPDATES:
            *row, key = values
            values = (*self._sealing.sealed(UPDATES[statement], tuple(row)), key)
        text = spelled(statement, self.schema)
        try:
            if self._to_begin:
                cursor = self._begin_reading(text, values)
            else:
                cursor = self.db.execute(text, values or None)
        except psycopg.OperationalError as error:
            raise self._disconnected_or(error) from error
        read = read_by(statement)
        return cursor if read is None else Found(self._opened(*read, cursor))

    def _opened(self, table: str, columns: Sequence[str], rows: Iterable[Values]) -> list[Values]:
        return [self._sealing.opened(table, columns, row) for row in rows]

    def _begin_reading(self, text: str, values: Sequence[Any]) -> psycopg.Cursor:
        self._to_begin = False
        cursor = self.db.execute(_joined([_READ, self._quote(text, values)]))
        cursor.set_result(-1)
        return cursor

    def _send(self) -> None:
        """Send the collected changes; the transaction goes on."""
        texts = [*self._changes.statements(self._quote, self.schema, self._sealing.sealed)]
        if not texts:
            return
        try:
            self.db.execute(_joined(texts))
        except psycopg.OperationalError as error:
            raise self._disconnected_or(error) from error

    def _quote(self, text: str, values: Sequence[Any]) -> str:
        """Put values into a statement's text, as one query of several cannot have parameters."""
        return self._quoting.mogrify(text, values)

    def begin_reading(self) -> None:
        self._to_begin = True

    def begin_writing(self, prefetch: Sequence[Prefetch] = ()) -> Fence:
        """Begin in one round trip; if the connection is lost, on a new one, as nothing was done.

        Raises what psycopg raises if it cannot reconnect.
        """
        try:
            return self._begin(prefetch)
        except psycopg.Error as error:
            if not lost(error, self.db):
                raise
            self.reconnect()
            return self._begin(prefetch)

    def _begin(self, prefetch: Sequence[Prefetch]) -> Fence:
        asked = values_of(prefetch)
        texts = [
            among(spelled(lookup.statement, self.schema), values, self._quote)
            for lookup, values in asked.items()
        ]
        cursor = self.db.execute(_joined([_BEGIN.format(schema=self.schema), *texts]))
        cursor.set_result(_FENCE)
        found = cursor.fetchone()
        if found is None:
            raise StateCorrupt("the row that describes the state is gone")
        self._number, *fence = found
        self._changes.begin(fence[0])
        for lookup, values in asked.items():
            cursor.nextset()
            rows = self._opened(lookup.table.name, lookup.table.columns, cursor.fetchall())
            self._changes.learn(lookup, values, rows)
        self._writing = True
        return tuple(fence)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Collect changes until the end of the block, in a transaction that the caller began."""
        self._writing = True
        try:
            yield
            self._send()
        finally:
            self._writing = False
            self._changes.undone()

    def reconnect(self) -> None:
        """Replace the connection by a new one."""
        with suppress(psycopg.Error):
            self.db.close()
        self.holder = None
        self._open()

    def make_durable(self) -> None:
        """Send the changes and commit, in one round trip."""
        if self.db.info.transaction_status is not TransactionStatus.INTRANS:
            raise psycopg.OperationalError("the transaction has failed")
        changes = self._changes.statements(self._quote, self.schema, self._sealing.sealed)
        beat = self._quote(_BEAT.format(schema=self.schema), (self.holder,))
        try:
            self.db.execute(_joined([*changes, beat, "COMMIT"]))
        except psycopg.Error as error:
            if not lost(error, self.db):
                raise
            self._look_up(error)
        self._changes.committed()
        self._writing = False

    def _disconnected_or(self, error: psycopg.Error) -> Exception:
        return Disconnected(first_line(error)) if lost(error, self.db) else error

    def _look_up(self, error: psycopg.Error) -> None:
        """Find out whether a commit is durable although its answer was lost."""
        for wait in _LOOKS:
            time.sleep(wait)
            try:
                self.reconnect()
                [status] = self.db.execute(
                    "SELECT pg_xact_status(%s::xid8)", (self._number,)
                ).fetchone() or [None]
            except psycopg.Error:
                continue
            if status == "committed":
                return
            if status == "aborted":
                raise Disconnected(first_line(error)) from error
        raise Undurable(
            f"the connection was lost while committing, and the server does not say what became "
            f"of it: {first_line(error)}"
        ) from error

    def rollback(self) -> None:
        self._to_begin = False
        self._writing = False
        self._changes.undone()
        self.db.rollback()

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Found:
    """Rows that are in memory; implements `reconciler.state.database.protocol.Cursor`."""

    def __init__(self, rows: Iterable[Values]) -> None:
        """Take the rows."""
        self._rows = iter(rows)

    def fetchone(self) -> Values | None:
        return next(self._rows, None)

    def fetchall(self) -> list[Values]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Values]:
        return self._rows


def _joined(statements: Iterable[str]) -> str:
    return ";\n".join(statements)
