"""The parts of an object that are objects of their own at its provider: a webhook for each event.

Their ids are in the `extra` of rows and of live objects. Providers put them into answers with
`remember` and `owing`. An answer is merged into the row by name; a part whose id is `None` is
removed.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from reconciler.model.values import JsonValue

PARTS = "parts"
"""The key, in `extra`, of the ids of parts, by the part's name."""
OWED = "restore"
"""The key of others' parts that were deleted along and are to be put back, by the part's name."""


def remember(ids: Mapping[str, str | None]) -> dict[str, JsonValue]:
    """Return the entry for `extra` that keeps the ids of parts."""
    return {PARTS: dict(ids)}


def owing(ids: Mapping[str, str | None]) -> dict[str, JsonValue]:
    """Return the entry for `extra` that keeps others' parts to be put back."""
    return {OWED: dict(ids)}


def remembered(extra: Mapping[str, JsonValue]) -> dict[str, str] | None:
    """Return the ids of an object's parts by name; `None` if it is not made of parts."""
    return _ids(extra.get(PARTS))


def owed(extra: Mapping[str, JsonValue]) -> dict[str, str]:
    """Return the ids of others' parts that are to be put back, by name."""
    return _ids(extra.get(OWED)) or {}


def part_ids(extra: Mapping[str, JsonValue], names: Container[str] | None = None) -> set[str]:
    """Return the ids of parts: all, or those with these names."""
    found = remembered(extra) or {}
    return {part for name, part in found.items() if names is None or name in names}


def lacking(ours: Mapping[str, JsonValue], other: Mapping[str, JsonValue]) -> set[str]:
    """Return the ids of the parts in `ours` that have no part of the same name in `other`."""
    our_parts, other_parts = remembered(ours), remembered(other)
    if our_parts is None or other_parts is None:
        return set()
    return {part for name, part in our_parts.items() if name not in other_parts}


def _ids(value: JsonValue) -> dict[str, str] | None:
    if not isinstance(value, dict):
        return None
    return {name: str(part) for name, part in value.items() if part is not None}
