"""How values are spelled in requests and answers. Pure: no request, no state.

A manifest's field has a name in the API (`Wire`), and its value a spelling there (`Codec`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from msgspec import Struct

from reconciler.errors import ReadFailed
from reconciler.model.values import JsonValue, id_of, remote_id

Row: TypeAlias = "dict[str, JsonValue]"
"""One JSON object of an answer."""


_WAIT = re.compile(r"\bwait\s+(?:for\s+)?(\d+(?:\.\d+)?)\s*s(?:ec(?:ond)?s?)?\b", re.IGNORECASE)
_LONGEST_WAIT = 3600.0
_MOST_ROWS = 1_000_000_000


class Malformed(ReadFailed, ValueError):
    """An answer that is not understood: a read has failed, a write's outcome is unknown."""


class Codec(Struct, frozen=True, kw_only=True):
    """One spelling of values."""

    read: Callable[[JsonValue], JsonValue]
    """From an answer, in which a missing value is null, to the words of manifests."""
    write: Callable[[JsonValue], JsonValue]
    """Back; a null result is left out of the request."""


class Wire(Struct, frozen=True):
    """The name and spelling of a field in requests and answers."""

    name: str
    codec: Codec = Codec(read=lambda value: value, write=lambda value: value)


def text(value: JsonValue) -> str:
    """Return a value as text; null or missing is empty."""
    return "" if value is None else str(value)


def flag(value: JsonValue) -> bool:
    """Read a `Y` or `N`, or a boolean."""
    return value is True or str(value).upper() == "Y"


def yes_no(value: JsonValue) -> str:
    """Write a `Y` or `N`."""
    return "Y" if value is True else "N"


def strings(value: JsonValue) -> list[str]:
    """Return a list of texts."""
    return [str(item) for item in value] if isinstance(value, list) else []


def rows(value: JsonValue) -> list[Row]:
    """Return the objects in a list, without its other items."""
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict)]


def only_rows(value: JsonValue, what: str) -> list[Row]:
    """Return the objects in the list of `what`; raises `Malformed` if it has other items."""
    found = rows(value)
    if not isinstance(value, list) or len(found) != len(value):
        raise Malformed(f"{what} was answered without a list of objects")
    return found


def total(value: JsonValue, what: str) -> int | None:
    """Return how many rows a list says it has, `None` where it does not say.

    Raises:
        Malformed: The total is not a number, or absurdly large.
    """
    if value is None:
        return None
    number = text(value)
    if isinstance(value, bool | float) or not number.isdecimal() or int(number) > _MOST_ROWS:
        raise Malformed(f"{what} was answered with a total that cannot be")
    return int(number)


def ids(value: JsonValue) -> list[str]:
    """Return the remote ids in a list of references, without those that have none."""
    items = value if isinstance(value, list) else []
    return [known for known in map(id_of, items) if known is not None]


def wire_id(value: JsonValue) -> JsonValue:
    """Return the id that a reference points at as most APIs want it: a number where it is one."""
    known = id_of(value)
    return int(known) if known is not None and known.isdecimal() else known


def identifier(row: Row, name: str) -> str:
    """Return an id of a row as text.

    Raises:
        Malformed: The row has none, so its list cannot be trusted.
    """
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        raise Malformed(f"the answer has a row without {name}")
    return str(value)


def _points_at(value: JsonValue) -> JsonValue:
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        raise Malformed("the answer has a row without the id of what it belongs to")
    return remote_id(value)


def _may_point_at(value: JsonValue) -> JsonValue:
    return None if value in {None, "", 0, "0"} else remote_id(text(value))


TEXT = Codec(read=text, write=text)
YES_NO = Codec(read=flag, write=yes_no)
REFERENCE = Codec(read=_points_at, write=wire_id)
"""The id of another object, which must be there."""
OPTIONAL_REFERENCE = Codec(read=_may_point_at, write=wire_id)
"""The id of another object; null, "" and 0 where there is none."""


def words(by_code: Mapping[str, str]) -> Codec:
    """Return the codec for codes that manifests have words for; other codes stay unchanged."""
    codes = {word: code for code, word in by_code.items()}

    def read(value: JsonValue) -> JsonValue:
        code = text(value)
        return by_code.get(code, code)

    def write(value: JsonValue) -> JsonValue:
        word = text(value)
        return codes.get(word, word)

    return Codec(read=read, write=write)


def pause(words: str) -> float | None:
    """Return the seconds that a text asks to wait; `None` if it names none, or an absurd number."""
    found = _WAIT.search(words)
    if found is None:
        return None
    seconds = float(found.group(1))
    return seconds if 0 < seconds <= _LONGEST_WAIT else None
