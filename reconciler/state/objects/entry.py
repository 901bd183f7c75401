"""One object of the log, and its form in the store.

This is canonical JSON: the same entry is always the same bytes. The next entry names the hash of
these bytes as `prev`, so that a changed, lost or foreign object is noticed when it is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import orjson
from msgspec import Struct, ValidationError, convert, to_builtins

from reconciler.errors import StateCorrupt, StateNewer

FORMAT = 1
SEALED = 2
"""The format of an entry with sealed records, which older versions must not read."""
LARGEST = 4 * 1024 * 1024
"""The most bytes of records in one object; a larger commit is split over several."""


class PutRow(Struct, frozen=True, kw_only=True, tag="put", tag_field="type"):
    """A row that was written; it replaces any with the same key."""

    table: str
    row: dict[str, Any]
    """The values by column; bytes are `{"base64": …}`."""


class RemoveRow(Struct, frozen=True, kw_only=True, tag="remove", tag_field="type"):
    """A row that was removed."""

    table: str
    key: str | int


Record: TypeAlias = PutRow | RemoveRow


class Entry(Struct, frozen=True, kw_only=True, rename="camel"):
    """One object of the log, or a snapshot."""

    format_version: int = FORMAT
    id: str
    """Random, so that after a lost answer a run can recognize the object as its own."""
    lineage: str
    epoch: int
    """The run that wrote it."""
    seq: int
    """Its place in the log; for a snapshot, that of the last entry in it."""
    prev: str
    """`sha256:…` of the object before; for a snapshot, of the last entry in it."""
    at: str
    """RFC 3339, by the writer's clock; nothing depends on it."""
    schema: int
    """The version of the tables."""
    whole: bool = False
    """The records are the whole state, not just changes."""
    part: int = 0
    """The index of this part, if a commit is split."""
    final: bool = True
    """The commit ends with this object. A commit whose end is missing does not count."""
    records: tuple[Record, ...] = ()
    key: str = ""
    """The id of the data key that the records are sealed with; empty if they are in clear."""


def encode(entry: Entry) -> bytes:
    """Return the content of an entry's object, in clear."""
    document = to_builtins(entry)
    del document["key"]
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def header_of(content: bytes, name: str) -> tuple[dict[str, Any], Entry]:
    """Return an object's JSON document, and its entry without records that are sealed.

    The entry of one that was struck out is empty. Raises `StateCorrupt`, and `StateNewer` for a
    newer format.
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
    """Return the entry of an object, without records that are sealed; see `header_of`."""
    return header_of(content, name)[1]


_NONE = Entry(id="", lineage="", epoch=0, seq=0, prev="", at="", schema=0)


def hash_of(content: bytes) -> str:
    """Return the hash of an object's content, as the next entry's `prev` has it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def split(records: Iterable[Record], largest: int = LARGEST) -> Iterator[Sequence[Record]]:
    """Yield the records in parts that each fit into one object; at least one part."""
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
