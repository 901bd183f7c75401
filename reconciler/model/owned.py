"""What state remembers of an object that this tool owns."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from reconciler.model.address import Address
from reconciler.model.parts import part_ids
from reconciler.model.resource import OnRemove
from reconciler.model.values import Fields, JsonValue

LEFT = "left"
"""The key, in a row's `extra` and an intent's `in_doubt`, of what a removed object had; sealed."""


def as_digest(digest: str) -> JsonValue:
    """Return what state remembers instead of a value of which it keeps only a keyed digest."""
    return {"hmac": digest}


def is_digest(value: JsonValue) -> bool:
    """Tell whether state remembers only the digest of a value."""
    return isinstance(value, dict) and value.keys() == {"hmac"}


class Provenance(StrEnum):
    """How sure we are that the object is ours."""

    PROVEN = "proven"
    """Its id came in a response to us, carried our marker, or a person said so."""
    INFERRED = "inferred"
    """The only new object after a create in doubt. Never deleted or rotated automatically."""


class OwnedObject(Struct, frozen=True, kw_only=True):
    """One row of state."""

    address: Address
    remote_id: str
    key: str | None = None
    applied: Fields = field(default_factory=dict)
    """The managed fields as last applied. A write-only value is a digest, never itself."""
    extra: Mapping[str, JsonValue] = field(default_factory=dict)
    provenance: Provenance = Provenance.PROVEN
    protect: bool = False
    on_remove: OnRemove = OnRemove.DELETE
    depends_on: tuple[Address, ...] = ()
    """The resources that it referred to when last applied: deletions run in reverse order."""
    deposed: tuple[str, ...] = ()
    """Remote ids that this object replaced and that are still to be deleted."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Its manifest's labels, so that a selector finds it once the manifest is gone."""
    manifest: str = ""
    """Its manifest's file, as `Resource.manifest`; empty in rows that older versions wrote."""
    needs_delivery: tuple[str, ...] = ()
    """Secret fields whose value was never delivered: the next apply must replace or rotate it."""
    delivered: Mapping[str, str] = field(default_factory=dict)
    """Keyed digests of what was delivered, by `<sink field>.<part>`."""


def owned_ids(row: OwnedObject) -> frozenset[str]:
    """Return all ids that a row owns: its object's, those of deposed objects, those of parts."""
    return frozenset({row.remote_id, *row.deposed, *part_ids(row.extra)})
