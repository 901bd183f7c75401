"""Reads rows of the database: tuples become structs, each checked against its digest."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec.structs import astuple

from reconciler.errors import StateCorrupt
from reconciler.state.database.tables import Query, R, Table

if TYPE_CHECKING:
    from msgspec import Struct

    from reconciler.state.database.protocol import Connection

Values: TypeAlias = tuple[Any, ...]
"""The values of a row in the order of its columns; the last one proves the others."""


def row_digest(values: Sequence[object]) -> bytes:
    """Return the digest of a row without its digest column."""
    try:
        text = "\x1f".join(values)  # type: ignore[arg-type]  # as nearly all rows are of texts alone
    except TypeError:
        text = "\x1f".join(v.hex() if isinstance(v, bytes) else str(v) for v in values)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def with_digest(row: Struct) -> Values:
    """Return the values of a row, followed by its digest."""
    values = astuple(row)
    return (*values, row_digest(values))


def checked(table: Table[R], values: Values) -> R:
    """Return the row of values; raises `StateCorrupt` if they are not as they were written."""
    row = values[:-1]
    if row_digest(row) != values[-1]:
        raise StateCorrupt(f"a row of the table {table.name!r} is damaged")
    return table.row(*row)


def found(db: Connection, query: Query[R], *values: object) -> list[R]:
    """Return the rows that a query finds; raises `StateCorrupt` for one that is damaged."""
    return [checked(query.table, row) for row in db.execute(query.statement, values)]


def row_of(db: Connection, table: Table[R], key: object) -> R | None:
    """Return the row with a key, `None` if there is none; raises `StateCorrupt` if damaged."""
    return next(iter(found(db, table.one, key)), None)


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Keep the garbage collector from going over tens of thousands of new objects repeatedly."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
