"""A connection to tables in memory, each commit of which is put into the log first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from reconciler.state.database.connection import read_fence
from reconciler.state.database.tables import TABLES, Table
from reconciler.state.objects.entry import Record, RemoveRow
from reconciler.state.objects.replay import put_row

if TYPE_CHECKING:
    from reconciler.state.database.connection import SqliteConnection
    from reconciler.state.database.protocol import Cursor, Fence
    from reconciler.state.database.tables import Prefetch

_PUTS: dict[str, Table[Any]] = {table.insert: table for table in TABLES}
_UPDATES: dict[str, Table[Any]] = {table.update: table for table in TABLES}
_REMOVES: dict[str, Table[Any]] = {table.delete: table for table in TABLES}
_READS = ("SELECT", "PRAGMA")


class Mirror(Struct, kw_only=True):
    """The tables in memory, with a lock: one transaction at a time over all connections."""

    db: SqliteConnection
    turn: threading.Lock


class LoggedConnection:
    """A `Connection` to the mirror; implements `reconciler.state.database.protocol.Connection`."""

    def __init__(
        self,
        mirror: Mirror,
        append: Callable[[Sequence[Record]], None],
        *,
        last: bool = False,
    ) -> None:
        """Take the mirror, and a function that makes records durable or raises.

        With `last`, closing this connection closes the mirror's database, too.
        """
        self._mirror = mirror
        self._append = append
        self._last = last
        self._open = False
        self._records: list[Record] = []

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Cursor:
        self._note(statement, values)
        return self._mirror.db.execute(statement, values)

    def _note(self, statement: str, values: Sequence[Any]) -> None:
        """Note the record of a statement's change; raises `KeyError` for an unknown statement."""
        if statement.startswith(_READS):
            return
        if statement in _PUTS:
            self._records.append(put_row(_PUTS[statement], values))
        elif statement in _UPDATES:  # whose last value is the key again
            self._records.append(put_row(_UPDATES[statement], values[:-1]))
        else:
            [key] = values
            self._records.append(RemoveRow(table=_REMOVES[statement].name, key=key))

    def begin_reading(self) -> None:
        self._begin("BEGIN")

    def begin_writing(self, prefetch: Sequence[Prefetch] = ()) -> Fence:  # noqa: ARG002
        self._begin("BEGIN IMMEDIATE")
        return read_fence(self)

    def _begin(self, statement: str) -> None:
        self._mirror.turn.acquire()
        self._open = True
        self._records = []
        self._mirror.db.execute(statement)

    def make_durable(self) -> None:
        self._append(self._records)
        self._mirror.db.execute("COMMIT")
        self._end()

    def rollback(self) -> None:
        if self._open:
            self._mirror.db.rollback()
            self._end()

    def _end(self) -> None:
        self._open = False
        self._mirror.turn.release()

    def close(self) -> None:
        self.rollback()
        if self._last:
            self._mirror.db.close()
