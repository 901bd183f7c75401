"""Carries the unmanaged fields of an object over to the one that replaces it.

They are stored with the intent to remove the object, before that is sent, and then in the state
row's `extra`, until some run has made the new object.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from reconciler.model.live import LiveObject
from reconciler.model.owned import LEFT
from reconciler.model.values import Fields, JsonValue
from reconciler.providers.kind import Kind

__all__ = ["LEAVING", "LEFT", "UNLISTED", "CarriedOver", "without_left"]

LEAVING = "leaving"
"""In a row's `extra`: the object's removal was sent, with an unknown outcome."""
UNLISTED = "unlisted"
"""In a row's `extra`: the ids of objects that no list has shown since they were made."""


class CarriedOver(Struct, frozen=True, kw_only=True):
    """The unmanaged fields of one object, as last seen."""

    fields: Fields = field(default_factory=dict)
    extra: Mapping[str, JsonValue] = field(default_factory=dict)
    """Those parts of `LiveObject.extra` that the kind names as `carried`."""

    @classmethod
    def seen(cls, kind: Kind, live: LiveObject, managed: frozenset[str]) -> CarriedOver:
        """Return the unmanaged fields of a live object that can be read and sent again.

        Files are left out, and write-only fields, so that no secret gets into state.
        """
        fields = {
            each.name: live.fields[each.name]
            for each in kind.fields
            if each.name in live.fields
            and each.name not in managed
            and each.name not in kind.set_fields
            and not (each.write_only or each.file_content or each.local)
        }
        return cls(fields=fields, extra={k: v for k, v in live.extra.items() if k in kind.carried})

    @classmethod
    def remembered(cls, extra: Mapping[str, JsonValue]) -> CarriedOver:
        """Return what a row's `extra` remembers; empty if its object was not removed."""
        known = extra.get(LEFT)
        parts = known if isinstance(known, dict) else {}
        fields, more = parts.get("fields"), parts.get("extra")
        return cls(
            fields=fields if isinstance(fields, dict) else {},
            extra=more if isinstance(more, dict) else {},
        )

    def to_json(self) -> dict[str, JsonValue]:
        """Return the `extra` to store; empty when there is nothing to store."""
        if not self.fields and not self.extra:
            return {}
        return {LEFT: {"fields": dict(self.fields), "extra": dict(self.extra)}}


def without_left(extra: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `extra` without these notes, once the object is there and a list shows it."""
    return {name: value for name, value in extra.items() if name not in {LEFT, LEAVING, UNLISTED}}
