"""Brings texts into NFC, in which Hangul syllables and accented letters are one character each.

macOS names files in NFD, with letters taken apart. Nobody can see the difference between the two
forms, so all texts that come in are brought into one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from unicodedata import is_normalized, normalize

from reconciler.model.values import JsonValue

_Value = TypeVar("_Value", bound="JsonValue | Mapping[str, JsonValue]")


def composed_text(text: str) -> str:
    """Return a text in NFC; nearly always it is in NFC already, and returned as it is."""
    return text if _is_text_composed(text) else normalize("NFC", text)


def composed(value: _Value, *, but: frozenset[str] = frozenset()) -> _Value:
    """Return a value with all its texts and keys in NFC; itself, if they are already.

    Values of the keys in `but` are left alone, such as paths, which must be as on disk.
    """
    return value if _is_composed(value, but) else _copy(value, but)


def _is_text_composed(text: str) -> bool:
    return text.isascii() or is_normalized("NFC", text)


def _is_composed(value: object, but: frozenset[str]) -> bool:
    if isinstance(value, str):
        return _is_text_composed(value)
    if isinstance(value, list):
        return all(_is_composed(item, but) for item in value)
    if isinstance(value, Mapping):
        return all(
            _is_text_composed(key) and (key in but or _is_composed(item, but))
            for key, item in value.items()
        )
    return True


def _copy(value: Any, but: frozenset[str]) -> Any:
    if isinstance(value, str):
        return composed_text(value)
    if isinstance(value, list):
        return [_copy(item, but) for item in value]
    if isinstance(value, Mapping):
        return {
            composed_text(key): item if key in but else _copy(item, but)
            for key, item in value.items()
        }
    return value
