"""Implements `Bucket` with obstore, an optional package: imported only for a state in such a store.

obstore by itself repeats requests whose answer was lost. A repeated `create` may then find the
object of the first one and raise `Taken`: the caller has to check whose object it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    InvalidPathError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import AzureStore, GCSStore, S3Store

from reconciler.errors import StateError
from reconciler.state.objects.bucket import Listed, Stored, Taken
from reconciler.state.objects.url import ObjectUrl

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig


def bucket_of(url: ObjectUrl) -> ObjectBucket:
    """Return the bucket of a URL, without any request; raises `StateError` for bad settings."""
    return ObjectBucket(_store(url), url.place)


class ObjectBucket:
    """A `Bucket` in S3, Google Cloud Storage, Azure, a folder or memory."""

    def __init__(self, store: ObjectStore, place: str) -> None:
        """Take an obstore store with the state's prefix, and the state's name for messages."""
        self._store = store
        self.place = place

    def create(self, key: str, content: bytes) -> None:
        with self._explained():
            try:
                obstore.put(self._store, key, content, mode="create")
            except AlreadyExistsError as error:
                raise Taken(key) from error

    def replace(self, key: str, content: bytes) -> None:
        with self._explained():
            obstore.put(self._store, key, content, mode="overwrite")

    def read(self, key: str) -> Stored | None:
        with self._explained():
            try:
                found = obstore.get(self._store, key)
            except FileNotFoundError:
                return None
            return Stored(bytes(found.bytes()), found.meta["last_modified"].timestamp())

    def listed(self, prefix: str, after: str = "") -> list[Listed]:
        with self._explained():
            pages = obstore.list(self._store, prefix=prefix, offset=after or None)
            metas = [meta for page in pages for meta in page]
        found = [Listed(meta["path"], meta["last_modified"].timestamp()) for meta in metas]
        return sorted((each for each in found if each.key > after), key=lambda each: each.key)

    def delete(self, keys: Sequence[str]) -> None:
        with self._explained():
            for key in keys:
                try:
                    obstore.delete(self._store, key)
                except FileNotFoundError:
                    continue

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn the store's errors into `StateError`, without details of the requests."""
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
            if any(each in str(error) for each in _NO_BUCKET):
                raise StateError(
                    f"the state {self.place} cannot be used: there is no such bucket or container",
                    hint="Make it first, or correct the URL: SCHEME://BUCKET/PREFIX.",
                ) from error
            raise StateError(
                f"the state {self.place} cannot be reached: {first_line(error)}",
                hint="Check the network and the URL, then run the command again.",
            ) from error


_NO_BUCKET = ("NoSuchBucket", "ContainerNotFound", "The specified bucket does not exist")
"""Words of S3, Azure and Google about a bucket or container that does not exist."""
_CODE = re.compile(r"<Code>(\w+)</Code>")


def first_line(error: BaseException) -> str:
    """Return the gist of an obstore error, without requests, times and documents."""
    text = str(error).strip()
    if not text:
        return type(error).__name__
    gist = text.splitlines()[0].rpartition(" - ")[2].partition("<?xml")[0].strip(" :")
    code = _CODE.search(text)
    return f"{gist} ({code[1]})" if code else gist


def _store(url: ObjectUrl) -> ObjectStore:
    try:
        match url.scheme:
            case "s3":
                return S3Store(url.bucket, prefix=url.prefix, **_s3(url), **_patience(url))
            case "gs":
                return GCSStore(url.bucket, prefix=url.prefix, **_gs(url), **_patience(url))
            case _:
                return AzureStore(url.bucket, prefix=url.prefix, **_az(url), **_patience(url))
    except BaseError as error:
        raise StateError(
            f"the state {url.place} cannot be used: {str(error).splitlines()[0]}",
            hint="The environment or the URL lacks something that the store needs.",
        ) from error


def _s3(url: ObjectUrl) -> dict[str, Any]:
    known = {"region": url.options.get("region"), "endpoint": url.options.get("endpoint")}
    return {name: value for name, value in known.items() if value}


def _gs(url: ObjectUrl) -> dict[str, Any]:
    endpoint = url.options.get("endpoint")
    return {"config": {"base_url": endpoint}} if endpoint else {}


def _az(url: ObjectUrl) -> dict[str, Any]:
    known = {"account_name": url.options.get("account"), "endpoint": url.options.get("endpoint")}
    return {"config": {name: value for name, value in known.items() if value}}


def _patience(url: ObjectUrl) -> dict[str, Any]:
    """Return timeouts and retries: a write that hangs must not outlive the lease."""
    client: ClientConfig = {"timeout": "15s", "connect_timeout": "5s"}
    if url.options.get("endpoint", "").startswith("http://"):
        client["allow_http"] = True
    retry: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
    return {"client_options": client, "retry_config": retry}
