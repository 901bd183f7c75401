"""Reads answers that spell one thing in several ways, as servers of several generations do.

A value is looked up by a fixed set of names, whatever their case. Numbers and flags may come as
texts, lists as maps.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.providers.wire import Row

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})
_MARKER = re.compile(r"\s*(\[mp:[A-Z2-7]{10}\])\s*$", re.IGNORECASE)


def pick(row: Mapping[str, JsonValue], *names: str) -> JsonValue:
    """Return the value under the first of these names that is there, whatever the case."""
    lowered = {name.lower(): value for name, value in row.items()}
    for name in names:
        if (value := lowered.get(name.lower())) is not None:
            return value
    return None


def text_of(value: JsonValue) -> str | None:
    """Return a text or number as text, `None` for anything else and for an empty one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else None
    return str(value).strip() or None


def flag_of(value: JsonValue) -> bool | None:
    """Return `1`, `"0"`, `true` and the like as a bool, `None` for anything else."""
    if isinstance(value, bool):
        return value
    if not isinstance(value, str | int):
        return None
    word = str(value).strip().lower()
    if word in _TRUE:
        return True
    return False if word in _FALSE else None


def number_of(value: JsonValue) -> int | None:
    """Return a whole number, which may come as 3, 3.0 or "3"; `None` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return int(number) if number.is_integer() else None


def first_text(row: Mapping[str, JsonValue], *names: str) -> str | None:
    """Return the value of the first of these names that is there, as text."""
    return text_of(pick(row, *names))


def first_flag(row: Mapping[str, JsonValue], *names: str) -> bool | None:
    """Return the flag of the first of these names that has one."""
    flags = (flag_of(pick(row, name)) for name in names)
    return next((flag for flag in flags if flag is not None), None)


def needed(row: Mapping[str, JsonValue], *names: str) -> str:
    """Return what must be there, as text; raises `ValueError` where it is not."""
    found = first_text(row, *names)
    if found is None:
        raise ValueError(f"it has no {names[0]}")
    return found


def object_of(value: JsonValue, what: str = "the answer") -> Row:
    """Return a JSON object; raises `ValueError` for anything else."""
    if not isinstance(value, dict):
        raise ValueError(f"{what} is no object")  # noqa: TRY004 -- documented for callers
    return value


def inner(row: Mapping[str, JsonValue], name: str) -> Row:
    """Return an object within another one, an empty one where there is none."""
    found = pick(row, name)
    return found if isinstance(found, dict) else {}


def rows_of(body: JsonValue, *names: str) -> list[Row]:
    """Return the rows of a list, which PHP may send as a map. A missing list is not an empty one.

    Raises `ValueError`.
    """
    value = pick(object_of(body), *names)
    if isinstance(value, dict) and value:
        value = list(value.values())
    if not isinstance(value, list):
        raise ValueError(f"it has no list {names[0]}")  # noqa: TRY004 -- documented for callers
    return [object_of(row, f"a row of {names[0]}") for row in value]


def whole_secret(value: JsonValue) -> Secret | None:
    """Return a secret, `None` where it is missing or shown in part only."""
    text = text_of(value)
    if text is None or "*" * 3 in text or "•" in text or text.endswith(("...", "…")):
        return None
    return Secret(text)


def split_marker(description: str) -> tuple[str, str]:
    """Return a description without our marker, and the marker (empty when there is none)."""
    found = _MARKER.search(description)
    if found is None:
        return description, ""
    word = found.group(1)
    return description[: found.start()], f"[mp:{word[4:-1].upper()}]"
