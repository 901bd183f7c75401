"""A whole state as a value, wherever it is stored: to be pulled, pushed, backed up and moved.

Its file is JSON. It has the rows as every store has them, each with its digest; sealed values stay
sealed, so that only the state's key makes a copy useful.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, TypeAlias

import orjson
from msgspec import Struct, ValidationError, convert, to_builtins

from reconciler.errors import StateCorrupt, StateNewer
from reconciler.state.seal import Keyring

FORMAT_VERSION = "1.0"
LARGEST = 512 * 1024 * 1024
"""The most bytes of a file that is read."""

Value: TypeAlias = str | int | float | bytes | None

_OF_THE_STORE = frozenset({"state", "runs", "events", "used_plans"})
"""Tables that record what was done to a state; moving a state adds rows to them."""


class TableContent(Struct, frozen=True, kw_only=True):
    """The rows of one table, sorted by key."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    """The values of each row; bytes are written as `{"base64": …}`."""


class Content(Struct, frozen=True, kw_only=True):
    """A whole state."""

    lineage: str
    serial: int
    epoch: int
    """The number of the newest run."""
    schema: int
    """The version of the tables."""
    key_id: str
    """The id of the key that opens sealed values."""
    tables: Mapping[str, TableContent]

    @property
    def digest(self) -> str:
        """The digest of rows and journal without the runs, which is the same in every store."""
        compared = {
            "lineage": self.lineage,
            "serial": self.serial,
            "schema": self.schema,
            "tables": {
                name: to_builtins(table)
                for name, table in self.tables.items()
                if name not in _OF_THE_STORE
            },
        }
        text = orjson.dumps(compared, option=orjson.OPT_SORT_KEYS)
        return f"sha256:{hashlib.sha256(text).hexdigest()}"


class Seed(Struct, frozen=True, kw_only=True):
    """What a new state begins with if it is not to be empty."""

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
    """Return the bytes of a file with a content, and with the key if one is given."""
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
    """Read a file: the content, and the key if it has one.

    Raises:
        StateCorrupt: It is not a copy of a state, or it was changed after it was written.
        StateNewer: It has a newer format.
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
        reason = f"its format is {document['formatVersion']}, ours {FORMAT_VERSION}"
        raise StateNewer(name, reason)
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
    """Return the first letters of a digest, as many as people compare."""
    return digest[:19]


def to_json(value: Value) -> Any:
    """Return a column's value in the form that `TableContent` has."""
    return {"base64": b64encode(value).decode()} if isinstance(value, bytes) else value


def from_json(value: Any) -> Value:
    """Return the column's value for one from `TableContent`; raises `ValueError`."""
    return b64decode(value["base64"], validate=True) if isinstance(value, dict) else value
