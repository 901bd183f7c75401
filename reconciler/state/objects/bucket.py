"""The four things that are asked of an object store, over obstore.

obstore repeats requests whose answer was lost by itself. A repeated put of ours then finds its own
object and says that it exists: who asks has to look whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from reconciler.errors import StateError

if TYPE_CHECKING:
    from obstore.store import ObjectStore


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

    def read(self, key: str) -> Stored | None:
        """Return an object, `None` where there is none."""

    def listed(self, prefix: str, after: str = "") -> list[Listed]:
        """Return the objects of a prefix by name, those after a name only."""

    def delete(self, keys: Sequence[str]) -> None:
        """Remove objects; those that do not exist count as removed."""


class ObjectBucket:
    """A `Bucket` in S3, Google Cloud Storage, Azure, a folder or memory."""

    def __init__(self, store: ObjectStore, place: str) -> None:
        """Take a store of obstore whose prefix is the state's."""
        self._store = store
        self.place = place

    def create(self, key: str, content: bytes) -> None:
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with self._explained():
            try:
                obstore.put(self._store, key, content, mode="create")
            except AlreadyExistsError as error:
                raise Taken(key) from error

    def read(self, key: str) -> Stored | None:
        import obstore

        with self._explained():
            try:
                found = obstore.get(self._store, key)
            except FileNotFoundError:
                return None
            return Stored(bytes(found.bytes()), found.meta["last_modified"].timestamp())

    def listed(self, prefix: str, after: str = "") -> list[Listed]:
        import obstore

        with self._explained():
            pages = obstore.list(self._store, prefix=prefix, offset=after or None)
            metas = [meta for page in pages for meta in page]
        found = [Listed(meta["path"], meta["last_modified"].timestamp()) for meta in metas]
        return sorted((each for each in found if each.key > after), key=lambda each: each.key)

    def delete(self, keys: Sequence[str]) -> None:
        import obstore

        with self._explained():
            for key in keys:
                try:
                    obstore.delete(self._store, key)
                except FileNotFoundError:
                    continue

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn the store's errors into `StateError`, without what it says of its requests."""
        from obstore.exceptions import (
            BaseError,
            InvalidPathError,
            PermissionDeniedError,
            UnauthenticatedError,
        )

        try:
            yield
        except (PermissionDeniedError, UnauthenticatedError) as error:
            raise StateError(
                f"the state {self.place} cannot be used: the store refuses these credentials",
                hint="They come from the environment (`AWS_…`, `GOOGLE_…`, `AZURE_…`) and need to "
                "list, read and create objects below the prefix, and to delete them for "
                "`state gc`.",
            ) from error
        except InvalidPathError as error:
            raise StateError(f"the state {self.place} is no place for objects") from error
        except (BaseError, OSError) as error:
            raise StateError(
                f"the state {self.place} cannot be reached: {first_line(error)}",
                hint="Check the network and the URL, then run the command again.",
            ) from error


def first_line(error: BaseException) -> str:
    """Return what an error of obstore says, without the requests it lists below."""
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
