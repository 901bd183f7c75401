"""What statements run on, and the few words that SQLite and PostgreSQL spell differently.

Every statement is written once, in `tables` and `statements`: standard SQL with `?` for each value.
What both databases cannot share is here: the types of columns, the sign for a value, and, as
methods of a `Connection`, how transactions begin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from reconciler.state.database.tables import Wanted


class Undurable(Exception):
    """A commit failed where trying again is of no use, and may be durable all the same.

    Whoever waits for it must take it for lost; the next run looks at what is there.
    """


class Disconnected(Exception):
    """The connection was lost, and nothing of its transaction is durable: it can be tried again."""


Fence: TypeAlias = tuple[int, int]
"""The state row's epoch and the number of its newest event: who wrote last, and what."""


class Cursor(Protocol):
    """What a statement has found; a row is a tuple."""

    def fetchone(self) -> Any:
        """Return the next row, `None` after the last."""

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""

    def __iter__(self) -> Iterator[Any]:
        """Go over the rows that are left."""


class Connection(Protocol):
    """A connection whose transactions begin and end only when they are told to."""

    def execute(self, statement: str, values: Sequence[Any] = ..., /) -> Cursor:
        """Run one statement."""

    def begin_reading(self) -> None:
        """Begin a transaction that sees one moment, whatever others commit meanwhile."""

    def begin_writing(self, wanted: Sequence[Wanted] = ()) -> Fence:
        """Begin a transaction that waits for no lock later on, and return what the state row says.

        What is `wanted` may be fetched along with it, where each question is a trip.
        """

    def make_durable(self) -> None:
        """Commit the transaction; raises where there is none, or one that has failed.

        Raises `Undurable` where it is not known whether it is durable, and `Disconnected` where it
        is known that it is not.
        """

    def rollback(self) -> None:
        """End the transaction and undo what it did; does nothing outside of one."""

    def close(self) -> None:
        """Close it; an open transaction is undone."""


class Dialect(Struct, frozen=True, kw_only=True):
    """The words of one database."""

    types: Mapping[str, str]
    """Types of columns, by the type of the field in `tables`."""
    value: str
    """What stands for a value."""

    def spelled(self, statement: str) -> str:
        """Return a statement of ours as this database reads it."""
        return statement.replace("?", self.value)


SQLITE = Dialect(
    types={"str": "TEXT", "int": "INTEGER", "float": "FLOAT", "bytes": "BLOB", "Json": "JSON"},
    value="?",
)

POSTGRES = Dialect(
    types={
        "str": 'TEXT COLLATE "C"',  # compared and sorted byte by byte, as SQLite does
        "int": "BIGINT",
        "float": "DOUBLE PRECISION",
        "bytes": "BYTEA",
        "Json": "TEXT",  # as it was written: digests cover each byte of a row
    },
    value="%s",
)
