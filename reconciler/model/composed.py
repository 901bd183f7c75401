"""Texts in NFC: Hangul and accents are one character each, however they were typed or sent.

A Mac types and names files with letters taken apart (NFD). Both forms look alike, and no reader of
a message tells them apart, so one of them is chosen wherever texts come in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from unicodedata import is_normalized, normalize

from reconciler.model.values import JsonValue

_Value = TypeVar("_Value", bound="JsonValue | Mapping[str, JsonValue]")


def composed_text(text: str) -> str:
    """Return a text in NFC: itself, as nearly always."""
    if text.isascii() or is_normalized("NFC", text):
        return text
    return normalize("NFC", text)


def composed(value: _Value, *, but: frozenset[str] = frozenset()) -> _Value:
    """Return a value with all its texts and keys in NFC, itself where they are.

    What stands under the keys `but` is left alone: paths are names that a file system gave.
    """
    if isinstance(value, str):
        return composed_text(value)  # type: ignore[return-value]  # a text for a text
    if isinstance(value, list):
        return _list(value, but)  # type: ignore[return-value]
    if isinstance(value, Mapping):
        return _mapping(value, but)  # type: ignore[return-value]
    return value


def _list(value: list[Any], but: frozenset[str]) -> list[Any]:
    items = [composed(item, but=but) for item in value]
    changed = any(one is not other for one, other in zip(items, value, strict=True))
    return items if changed else value


def _mapping(value: Mapping[str, Any], but: frozenset[str]) -> Mapping[str, Any]:
    parts = {
        composed_text(key): item if key in but else composed(item, but=but)
        for key, item in value.items()
    }
    kept = zip(parts.items(), value.items(), strict=False)
    changed = len(parts) != len(value) or any(
        one is not other or before is not after for (one, before), (other, after) in kept
    )
    return parts if changed else value
