"""Collects the changes of a transaction, so that one round trip sends them all.

A statement for each change would cost a round trip each. Changes are collected until the
transaction commits, and only the last version of each row is sent. Lookups of rows that were read
or written in the same transaction are answered from here. Open intents are kept for later
transactions, too, until another run writes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from reconciler.state.database.rows import Values
from reconciler.state.database.statements import CLOSED
from reconciler.state.database.tables import PENDING, TABLES, Lookup, Prefetch, Table
from reconciler.state.postgres.names import spelled

Quote: TypeAlias = Callable[[str, Sequence[Any]], str]
"""Puts values into the text of a statement, quoted."""
Seal: TypeAlias = Callable[[Table[Any], Values], Values]
"""Returns a row as it is to be stored on the server."""

INSERTS: dict[str, Table[Any]] = {table.insert: table for table in TABLES}
_DELETES: dict[str, Table[Any]] = {table.delete: table for table in TABLES}
UPDATES: dict[str, Table[Any]] = {table.update: table for table in TABLES}
LOOKUPS: dict[str, Lookup[Any]] = {
    lookup.statement: lookup for lookup in (CLOSED, *(table.one for table in TABLES))
}
"""The lookups that can be answered without the server, by statement."""


class _Row(Struct):
    """What is known of the row with a key."""

    values: Values | None
    """Its current values; `None` if there is no such row."""
    stored: bool
    """The server has a row with this key."""
    unsent: bool


class Changes:
    """The known rows and the changes that are still to be sent, by table and key."""

    def __init__(self) -> None:
        """Begin without any known row."""
        self._epoch = 0
        self._forget()

    def _forget(self) -> None:
        self._rows: dict[str, dict[Any, _Row]] = defaultdict(dict)
        self._asked: set[tuple[str, Any]] = set()
        self._updates: dict[tuple[str, Any], Values] = {}
        self.unsent = 0
        """The number of changes that are still to be sent."""

    # --- transactions ---

    def begin(self, epoch: int) -> None:
        """Begin a transaction; forget all rows if another run has written in the meantime."""
        if epoch != self._epoch:
            self._forget()
        self._epoch = epoch

    def committed(self) -> None:
        """Forget all rows except open intents, which will be looked up again."""
        pending = self._rows[PENDING.name]
        self._forget()
        self._rows[PENDING.name] = {
            key: row for key, row in pending.items() if row.values is not None
        }

    def undone(self) -> None:
        """Forget all rows, because the changes did not happen."""
        self._forget()

    # --- changing ---

    def take(self, statement: str, values: Sequence[Any]) -> bool:
        """Collect a statement's change; return whether it is one that changes rows."""
        if statement in INSERTS:
            self._change(INSERTS[statement], values[0], tuple(values))
        elif statement in _DELETES:
            self._change(_DELETES[statement], values[0], None)
        elif statement in UPDATES:
            *row, key = values
            self._updates[statement, key] = tuple(values)
            known = _Row(values=tuple(row), stored=True, unsent=False)
            self._rows[UPDATES[statement].name][key] = known
            self.unsent += 1
        else:
            return False
        return True

    def _change(self, table: Table[Any], key: object, values: Values | None) -> None:
        known = self._rows[table.name].get(key)
        stored = known.stored if known is not None else values is None
        self._rows[table.name][key] = _Row(values=values, stored=stored, unsent=True)
        self.unsent += 1

    # --- looking up ---

    def learn(self, lookup: Lookup[Any], asked: Iterable[object], found: Iterable[Values]) -> None:
        """Keep the rows that the server found for some values, except those changed already."""
        rows = self._rows[lookup.table.name]
        for values in found:
            rows.setdefault(values[0], _Row(values=values, stored=True, unsent=False))
        for value in asked:
            self._asked.add((lookup.statement, value))
            if lookup is lookup.table.one:
                rows.setdefault(value, _Row(values=None, stored=False, unsent=False))

    def knows(self, lookup: Lookup[Any], value: object) -> bool:
        """Tell whether `found` has the answer."""
        if lookup is lookup.table.one:
            return value in self._rows[lookup.table.name]
        return (lookup.statement, value) in self._asked

    def found(self, lookup: Lookup[Any], value: object) -> list[Values]:
        """Return the known rows that a lookup of a value finds."""
        rows = self._rows[lookup.table.name]
        if lookup is lookup.table.one:
            candidates = [rows[value]] if value in rows else []
        else:
            candidates = [*rows.values()]
        column = lookup.table.columns.index(lookup.column)
        live = (row.values for row in candidates if row.values is not None)
        return [values for values in live if values[column] == value]

    # --- sending ---

    def statements(self, quote: Quote, schema: str, seal: Seal) -> Iterator[str]:
        """Yield the statements of all unsent changes, and count these as sent."""
        for table in TABLES:
            unsent = {key: row for key, row in self._rows[table.name].items() if row.unsent}
            gone = [key for key, row in unsent.items() if row.stored]
            known = (row.values for row in unsent.values())
            sealed = [seal(table, values) for values in known if values is not None]
            if gone:
                yield among(spelled(table.delete, schema), gone, quote)
            if sealed:
                head, _, marks = spelled(table.insert, schema).partition(" VALUES ")
                yield f"{head} VALUES {', '.join(quote(marks, values) for values in sealed)}"
            for row in unsent.values():
                row.stored, row.unsent = row.values is not None, False
        for (statement, key), values in self._updates.items():
            written = seal(UPDATES[statement], values[:-1])
            yield quote(spelled(statement, schema), (*written, key))
        self._updates.clear()
        self.unsent = 0


def values_of(prefetch: Iterable[Prefetch]) -> dict[Lookup[Any], list[Any]]:
    """Return the values that are looked up, each once, by lookup."""
    values: dict[Lookup[Any], dict[Any, None]] = defaultdict(dict)
    for lookup, value in prefetch:
        values[lookup][value] = None
    return {lookup: [*each] for lookup, each in values.items()}


def among(statement: str, values: Sequence[object], quote: Quote) -> str:
    """Return a statement that ends with `= %s` as one about several values (`IN`)."""
    head = statement.removesuffix("= %s")
    return f"{head} IN ({', '.join(quote('%s', (value,)) for value in values)})"
