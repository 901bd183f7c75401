"""The interface of an object store: create, replace, read, list and delete objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct


class Taken(Exception):
    """An object of that name exists already."""


class Listed(Struct, frozen=True):
    """An object in a listing."""

    key: str
    written_at: float
    """When it was written, by the store's clock: seconds since 1970."""


class Stored(Struct, frozen=True):
    """An object that was read."""

    content: bytes
    written_at: float
    """As `Listed.written_at`."""


class Bucket(Protocol):
    """The objects of one state. All methods raise `StateError` if the store cannot be used."""

    @property
    def place(self) -> str:
        """The name of the state in messages."""

    def create(self, key: str, content: bytes) -> None:
        """Put a new object; raises `Taken` if it exists already."""

    def replace(self, key: str, content: bytes) -> None:
        """Replace an object, at once or not at all.

        Only for objects whose old content nobody needs: when the state is encrypted anew.
        """

    def read(self, key: str) -> Stored | None:
        """Return an object, `None` if there is none."""

    def listed(self, prefix: str, after: str = "") -> list[Listed]:
        """Return the objects with a prefix, sorted by name, only those after a name."""

    def delete(self, keys: Sequence[str]) -> None:
        """Remove objects; those that do not exist count as removed."""
