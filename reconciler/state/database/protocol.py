"""The interface of a connection to the database, and the ways a commit can fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from reconciler.state.database.tables import Prefetch


class Undurable(Exception):
    """A commit failed, trying again is of no use, and it may be durable all the same.

    The caller must treat it as lost; the next run reads what is stored.
    """


class Disconnected(Exception):
    """The connection was lost and nothing of the transaction is durable: it can be tried again."""


Fence: TypeAlias = tuple[int, int]
"""The state row's epoch and the number of the newest event: the last writer, and its last write."""


class Cursor(Protocol):
    """The result of a statement; each row is a tuple."""

    def fetchone(self) -> Any:
        """Return the next row, `None` after the last."""

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the rows that are left."""


class Connection(Protocol):
    """A connection whose transactions begin and end only by these methods."""

    def execute(self, statement: str, values: Sequence[Any] = ..., /) -> Cursor:
        """Run one statement."""

    def begin_reading(self) -> None:
        """Begin a transaction that sees one moment of the state, whatever others commit."""

    def begin_writing(self, prefetch: Sequence[Prefetch] = ()) -> Fence:
        """Begin a transaction that holds the write lock already, and return the state row's fence.

        The rows in `prefetch` may be read in the same round trip.
        """

    def make_durable(self) -> None:
        """Commit the transaction; raises if there is none, or if it has failed.

        Raises:
            Undurable: It is not known whether the transaction is durable.
            Disconnected: It is known that it is not durable.
        """

    def rollback(self) -> None:
        """End the transaction and undo what it did; does nothing outside of one."""

    def close(self) -> None:
        """Close it; an open transaction is undone."""
