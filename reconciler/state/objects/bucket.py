"""The five things that are asked of an object store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct


class Taken(Exception):
    """An object of that name exists already."""


class Listed(Struct, frozen=True):
    """An object that a listing named."""

    key: str
    written_at: float
    """By the store's clock: seconds since 1970."""


class Stored(Struct, frozen=True):
    """An object that was read."""

    content: bytes
    written_at: float
    """As `Listed.written_at`."""


class Bucket(Protocol):
    """A place for objects. All methods raise `StateError` where the store cannot be asked."""

    @property
    def place(self) -> str:
        """Name it for messages."""

    def create(self, key: str, content: bytes) -> None:
        """Put an object that does not exist yet; raises `Taken`."""

    def replace(self, key: str, content: bytes) -> None:
        """Put an object in the place of one, at once or not at all.

        Only for what nobody needs as it was: when the state is encrypted anew.
        """

    def read(self, key: str) -> Stored | None:
        """Return an object, `None` where there is none."""

    def listed(self, prefix: str, after: str = "") -> list[Listed]:
        """Return the objects of a prefix by name, those after a name only."""

    def delete(self, keys: Sequence[str]) -> None:
        """Remove objects; those that do not exist count as removed."""
