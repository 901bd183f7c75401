"""What statements run on: a connection, what its transactions find, and how they can fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from reconciler.state.database.tables import Prefetch


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

    def begin_writing(self, prefetch: Sequence[Prefetch] = ()) -> Fence:
        """Begin a transaction that waits for no lock later on, and return what the state row says.

        What is in `prefetch` may be read in the same round trip.
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
