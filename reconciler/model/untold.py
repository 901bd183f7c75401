"""An owned object whose server never revealed its secret, so that a new one would lack it, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from reconciler.model.owned import OwnedObject
from reconciler.model.values import JsonValue

UNTOLD = "untold"
"""The key, in the `extra` of a row, of the way out and of the account's options at that time."""


class Untold(Struct, frozen=True, kw_only=True):
    """Notes why an object without its secret is not made again while the account's options stay."""

    way_out: str
    """What a person can do, in words."""
    options: Mapping[str, JsonValue]
    """The options of the Provider manifest at that time; once they change, it is made again."""

    @classmethod
    def of(cls, row: OwnedObject) -> Self | None:
        """Return the note in a row; `None` if the secret was revealed, or was lost later."""
        known = row.extra.get(UNTOLD)
        if not row.needs_delivery or not isinstance(known, dict):
            return None
        options = known.get("options")
        return cls(
            way_out=str(known.get("wayOut", "")),
            options=options if isinstance(options, dict) else {},
        )

    def on(self, row: OwnedObject) -> OwnedObject:
        """Return the row with this note in it."""
        known: JsonValue = {"wayOut": self.way_out, "options": dict(self.options)}
        return replace(row, extra={**row.extra, UNTOLD: known})
