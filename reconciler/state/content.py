"""All that a state holds, apart from where it lies: what is pulled, pushed, backed up and moved.

The file of it is JSON. Rows stand as every store has them, each with its own proof; what is sealed
stays sealed, so the key decides who can use a copy.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import orjson
from msgspec import Struct, ValidationError, convert, to_builtins

from reconciler.errors import StateCorrupt, StateNewer
from reconciler.state.files.seal import Keyring

FORMAT_VERSION = "1.0"
LARGEST = 512 * 1024 * 1024
"""Bytes of a file that is read."""

Value: TypeAlias = str | int | float | bytes | None
Rows: TypeAlias = Sequence[Sequence[Value]]

_OF_THE_STORE = frozenset({"state", "runs", "events", "used_plans"})
"""Tables that tell what was done to a state, which moving it adds to."""


class TableContent(Struct, frozen=True, kw_only=True):
    """The rows of one table, in the order of its key."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    """Bytes are `{"base64": …}`."""


class Content(Struct, frozen=True, kw_only=True):
    """A whole state."""

    lineage: str
    serial: int
    epoch: int
    """The newest run."""
    schema: int
    """The version of the tables."""
    key_id: str
    """Tells which key opens what is sealed."""
    tables: Mapping[str, TableContent]

    @property
    def digest(self) -> str:
        """Return what is the same wherever this state lies: rows and journal, without the runs."""
        told = {
            "lineage": self.lineage,
            "serial": self.serial,
            "schema": self.schema,
            "tables": {
                name: to_builtins(table)
                for name, table in self.tables.items()
                if name not in _OF_THE_STORE
            },
        }
        text = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
        return f"sha256:{hashlib.sha256(text).hexdigest()}"


class Seed(Struct, frozen=True, kw_only=True):
    """What a new state begins with, in the place of nothing."""

    content: Content
    keyring: Keyring


class _File(Struct, frozen=True, kw_only=True, rename="camel"):
    format_version: str
    state_copy: str
    """The digest."""
    lineage: str
    serial: int
    run: int
    schema: int
    key_id: str
    key: str | None = None
    tables: dict[str, TableContent]


def to_file(content: Content, *, keyring: Keyring | None = None) -> bytes:
    """Return the file of a content, with the key where one is given."""
    file = _File(
        format_version=FORMAT_VERSION,
        state_copy=content.digest,
        lineage=content.lineage,
        serial=content.serial,
        run=content.epoch,
        schema=content.schema,
        key_id=content.key_id,
        key=keyring.to_text() if keyring else None,
        tables=dict(content.tables),
    )
    return orjson.dumps(to_builtins(file), option=orjson.OPT_INDENT_2) + b"\n"


def of_file(data: bytes, name: str) -> tuple[Content, Keyring | None]:
    """Read a file, and the key where it holds one.

    Raises `StateCorrupt` for what is none or was changed, `StateNewer` for a later format.
    """
    try:
        document = orjson.loads(data)
        major = int(str(document["formatVersion"]).partition(".")[0])
        document["stateCopy"]
    except (ValueError, TypeError, KeyError) as error:
        raise StateCorrupt(
            f"{name} is not a copy of a state",
            hint="`reconciler state pull --out FILE` and `state backup` write one.",
        ) from error
    if major > int(FORMAT_VERSION.partition(".")[0]):
        said = f"its format is {document['formatVersion']}, ours {FORMAT_VERSION}"
        raise StateNewer(name, said)
    try:
        file = convert(document, _File)
        keyring = Keyring.from_text(file.key) if file.key else None
    except (ValidationError, ValueError) as error:
        raise StateCorrupt(f"{name} is damaged: {error}") from error
    content = Content(
        lineage=file.lineage,
        serial=file.serial,
        epoch=file.run,
        schema=file.schema,
        key_id=file.key_id,
        tables=file.tables,
    )
    if content.digest != file.state_copy:
        raise StateCorrupt(
            f"{name} was changed after it was written: its digest is {short(content.digest)}, and "
            f"it says {short(file.state_copy)}",
            hint="Take another copy: this one cannot be trusted.",
        )
    return content, keyring


def is_ours(text: str) -> bool:
    """Tell whether a text is a copy of a state."""
    return '"stateCopy": "sha256:' in text[:200]


def short(digest: str) -> str:
    """Return as much of a digest as people compare."""
    return digest[:19]


def to_json(value: Value) -> Any:
    """Return a column's value as it stands in a content."""
    return {"base64": b64encode(value).decode()} if isinstance(value, bytes) else value


def from_json(value: Any) -> Value:
    """Return the value that a content holds; raises `ValueError` and what SQLite refuses."""
    return b64decode(value["base64"], validate=True) if isinstance(value, dict) else value
