"""The parts of an object that are objects of their own at its provider: a webhook for each event.

State remembers them in a row's `extra`, as answers tell of them, and live objects have theirs there
too. Providers write with `remember` and `owing`; what is remembered of a row is merged by name, and
a part with `None` is taken out.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from reconciler.model.values import JsonValue

PARTS = "parts"
"""The key of `extra` below which stands each part's id, by the part's name."""
OWED = "restore"
"""The key below which stand, by name, parts of others that went along and are to be put back."""


def remember(ids: Mapping[str, str | None]) -> dict[str, JsonValue]:
    """Return what `extra` holds of parts."""
    return {PARTS: dict(ids)}


def owing(ids: Mapping[str, str | None]) -> dict[str, JsonValue]:
    """Return what `extra` holds of parts of others that are to be put back."""
    return {OWED: dict(ids)}


def remembered(extra: Mapping[str, JsonValue]) -> dict[str, str] | None:
    """Return the ids of an object's parts by name; `None` where it is not made of parts."""
    return _ids(extra.get(PARTS))


def owed(extra: Mapping[str, JsonValue]) -> dict[str, str]:
    """Return what is to be put back for others, by name."""
    return _ids(extra.get(OWED)) or {}


def part_ids(extra: Mapping[str, JsonValue], names: Container[str] | None = None) -> set[str]:
    """Return the ids of parts, all or those of some names."""
    found = remembered(extra) or {}
    return {part for name, part in found.items() if names is None or name in names}


def lacking(ours: Mapping[str, JsonValue], other: Mapping[str, JsonValue]) -> set[str]:
    """Return the ids of parts of `ours` whose names the `other` `extra` has no part of."""
    our_parts, other_parts = remembered(ours), remembered(other)
    if our_parts is None or other_parts is None:
        return set()
    return {part for name, part in our_parts.items() if name not in other_parts}


def _ids(value: JsonValue) -> dict[str, str] | None:
    if not isinstance(value, dict):
        return None
    return {name: str(part) for name, part in value.items() if part is not None}
