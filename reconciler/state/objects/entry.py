"""One object of the log, as it lies in the store.

Canonical JSON: the same entry is always the same bytes, and the hash of these bytes is what the
next entry names as `prev`. So a changed, lost or foreign object shows where it is read.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import orjson
from msgspec import Struct, ValidationError, convert, to_builtins

from reconciler.errors import StateCorrupt, StateNewer

FORMAT = 1
SEALED = 2
"""The format of an entry whose records are sealed, and which older versions must not read."""
LARGEST = 4 * 1024 * 1024
"""Bytes of records in one object; a larger commit is split over several."""

Value: TypeAlias = str | int | float | bytes | None
"""What a column holds."""


class PutRow(Struct, frozen=True, kw_only=True, tag="put", tag_field="type"):
    """A row as it is now, in the place of any with the same key."""

    table: str
    row: dict[str, Any]
    """By column. Bytes are `{"base64": …}`."""


class RemoveRow(Struct, frozen=True, kw_only=True, tag="remove", tag_field="type"):
    """A row that is no more."""

    table: str
    key: str | int


Record: TypeAlias = PutRow | RemoveRow


class Entry(Struct, frozen=True, kw_only=True, rename="camel"):
    """One object of the log, or a snapshot."""

    format_version: int = FORMAT
    id: str
    """Tells our own put from another's after a lost answer."""
    lineage: str
    epoch: int
    """The run that wrote it."""
    seq: int
    """Its place in the log; of a snapshot, that of the last entry in it."""
    prev: str
    """`sha256:…` of the object before; of a snapshot, of the last entry in it."""
    at: str
    """RFC 3339, by the writer's clock; nothing is decided by it."""
    schema: int
    """The version of the tables that the rows are of."""
    whole: bool = False
    """The records make the state from nothing."""
    part: int = 0
    """Of a commit that is split, which part."""
    final: bool = True
    """The commit ends with this object; one whose end is missing never happened."""
    records: tuple[Record, ...] = ()
    key: str = ""
    """The id of the data key that the records are sealed with; empty of those in clear."""


def encode(entry: Entry) -> bytes:
    """Return the object of an entry in clear."""
    document = to_builtins(entry)
    del document["key"]
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def header_of(content: bytes, name: str) -> tuple[dict[str, Any], Entry]:
    """Return an object's document and its entry, without the records that are sealed.

    Raises `StateCorrupt`, and `StateNewer` for a newer format. Of an entry that was struck out, the
    header is empty.
    """
    try:
        document = orjson.loads(content)
        version = document["formatVersion"]
    except (ValueError, TypeError, KeyError) as error:
        raise StateCorrupt(f"{name} is not an entry of a state's log") from error
    if isinstance(version, int) and version > SEALED:
        raise StateNewer(name, f"its format is {version}, ours {SEALED}")
    try:
        return document, _NONE if "struckFor" in document else convert(document, Entry)
    except ValidationError as error:
        raise StateCorrupt(f"{name} is damaged: {error}") from error


def decode(content: bytes, name: str) -> Entry:
    """Return the entry of an object, without records where they are sealed; see `header_of`."""
    return header_of(content, name)[1]


_NONE = Entry(id="", lineage="", epoch=0, seq=0, prev="", at="", schema=0)


def hash_of(content: bytes) -> str:
    """Return what the next entry calls this object."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def to_json(value: Value) -> Any:
    """Return a column's value as it stands in a record."""
    return {"base64": b64encode(value).decode()} if isinstance(value, bytes) else value


def from_json(value: Any) -> Value:
    """Return the value that a record holds; raises `ValueError`."""
    if not isinstance(value, dict):
        return value  # type: ignore[no-any-return]  # SQLite refuses what is no value
    return b64decode(value["base64"], validate=True)


def split(records: Iterable[Record], largest: int = LARGEST) -> Iterator[Sequence[Record]]:
    """Yield records in parts that fit into one object each; one part at least."""
    part: list[Record] = []
    size = 0
    for record in records:
        bytes_of = len(orjson.dumps(to_builtins(record)))
        if part and size + bytes_of > largest:
            yield part
            part, size = [], 0
        part.append(record)
        size += bytes_of
    yield part
