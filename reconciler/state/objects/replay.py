"""Makes the tables of the database from the log's records, and records from the tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from reconciler.errors import StateCorrupt
from reconciler.state.content import from_json, to_json
from reconciler.state.database.tables import TABLES, Table
from reconciler.state.objects.entry import Entry, PutRow, Record, RemoveRow

if TYPE_CHECKING:
    from reconciler.state.database.connection import SqliteConnection


class Replay:
    """Applies the commits of a log to a database, one by one.

    A commit whose last part is missing, because its writer died, is dropped when the next begins.
    """

    def __init__(self, db: SqliteConnection) -> None:
        """Take a database with empty tables."""
        self._db = db
        self._waiting: list[Record] = []
        self._part = 0
        self._columns = {
            name: tuple(column for _, column, *_ in db.execute(f"PRAGMA table_info({name})"))
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }

    def take(self, entry: Entry) -> None:
        """Apply the next entry once its commit is complete; raises `StateCorrupt`."""
        if entry.part == 0:
            self._waiting = []
        elif entry.part != self._part:
            raise StateCorrupt(f"entry {entry.seq} of the log continues nothing")
        self._waiting.extend(entry.records)
        self._part = entry.part + 1
        if entry.final:
            records, self._waiting, self._part = self._waiting, [], 0
            self._apply(records, whole=entry.whole)

    def _apply(self, records: Iterable[Record], *, whole: bool) -> None:
        self._db.execute("BEGIN")
        try:
            if whole:
                for name in self._columns:
                    self._db.execute(f"DELETE FROM {name}")
            for record in records:
                self._one(record)
        except BaseException:
            self._db.rollback()
            raise
        self._db.execute("COMMIT")

    def _one(self, record: Record) -> None:
        columns = self._columns.get(record.table)
        if columns is None:
            raise StateCorrupt(f"the log speaks of a table {record.table!r} that does not exist")
        match record:
            case PutRow(table=table, row=row):
                if row.keys() != set(columns):
                    raise StateCorrupt(f"the log has a row that does not fit the table {table!r}")
                marks = ", ".join("?" * len(columns))
                values = [from_json(row[column]) for column in columns]
                self._db.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", values)
            case RemoveRow(table=table, key=key):
                self._db.execute(f"DELETE FROM {table} WHERE {columns[0]} = ?", (key,))


def records_of(db: SqliteConnection) -> Iterator[Record]:
    """Yield the records that make a database's state from empty tables."""
    for table in TABLES:
        for values in db.execute(table.all.statement):
            yield put_row(table, values)


def put_row(table: Table[Any], values: Iterable[Any]) -> PutRow:
    """Return the record of a row, whose last column is its proof."""
    return PutRow(
        table=table.name,
        row={name: to_json(value) for name, value in zip(table.columns, values, strict=True)},
    )
