"""What state remembers of an object that this tool owns."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from reconciler.model.address import Address
from reconciler.model.resource import OnRemove
from reconciler.model.values import Fields, JsonValue

LEFT = "left"
"""In a row's `extra` and an intent's `in_doubt`: what a removed object had. It lies sealed."""


def as_digest(digest: str) -> JsonValue:
    """Return the form in which state remembers a value of which it keeps only a keyed digest."""
    return {"hmac": digest}


def is_digest(value: JsonValue) -> bool:
    """Tell whether a value that state remembers is a digest, not the value itself."""
    return isinstance(value, dict) and value.keys() == {"hmac"}


class Provenance(StrEnum):
    """How sure we are that the object is ours."""

    PROVEN = "proven"
    """Its id came in a response to us, carried our marker, or a person said so."""
    INFERRED = "inferred"
    """It is the only new one after an unknown create. Never deleted or rotated automatically."""


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
    """What it referred to when last applied: deletes run in the reverse order of this."""
    deposed: tuple[str, ...] = ()
    """Remote ids that this object replaced and that are still to be deleted."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Its manifest's labels, so that a selector finds it once the manifest is gone."""
    manifest: str = ""
    """Its manifest's file, as `Resource.manifest`; empty in rows that older versions wrote."""
    needs_delivery: tuple[str, ...] = ()
    """Secret fields whose value nobody has yet; the next apply must replace or rotate."""
    delivered: Mapping[str, str] = field(default_factory=dict)
    """Keyed digests of what was delivered, by `<sink field>.<part>`."""
