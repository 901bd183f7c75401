"""The JSON values that fields hold, and the two shapes that refer to another object.

A field's value is plain JSON everywhere. A reference to another resource is, in turn:

- in a manifest, the resource's `metadata.name` (the schema says of which kind), or `{"id": "…"}`;
- in desired fields before that resource exists, `{"ref": "<name>", "kind": "<Kind>"}`;
- in desired fields once it exists, in live fields and in state, `{"id": "<remote id>"}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
"""Any JSON value."""

Fields: TypeAlias = Mapping[str, JsonValue]
"""A resource's fields by name, as its kind's schema has them."""


def remote_id(value: str | int) -> dict[str, JsonValue]:
    """Return the value that points at the remote object with this id."""
    return {"id": str(value)}


def pending(kind: str, name: str) -> dict[str, JsonValue]:
    """Return the value that points at a resource whose remote id is not known yet."""
    return {"ref": name, "kind": kind}


def id_of(value: JsonValue) -> str | None:
    """Return the remote id that a value points at; `None` if it points at none (yet)."""
    if isinstance(value, dict) and "id" in value:
        return str(value["id"])
    return None


def pending_target(value: JsonValue) -> tuple[str, str] | None:
    """Return the kind and the name that a pending reference points at; `None` for other values."""
    if isinstance(value, dict) and value.keys() == {"ref", "kind"}:
        return str(value["kind"]), str(value["ref"])
    return None


def is_pending(value: JsonValue) -> bool:
    """Tell whether a value is, or contains in its lists, a reference that has no id yet."""
    if isinstance(value, list):
        return any(is_pending(item) for item in value)
    return pending_target(value) is not None
