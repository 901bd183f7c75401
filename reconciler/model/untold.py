"""An owned object whose server never revealed its secret; making it again would not help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from reconciler.model.owned import OwnedObject
from reconciler.model.values import JsonValue

UNTOLD = "untold"
"""In a row's `extra`: the way out, and the account's options when it was made."""


class Untold(Struct, frozen=True, kw_only=True):
    """Why an object without its secret is not made again: it would lack its secret, too."""

    way_out: str
    options: Mapping[str, JsonValue]
    """The options of the Provider manifest at the time; once they change, it is made again."""

    @classmethod
    def of(cls, row: OwnedObject) -> Self | None:
        """Return what a row says of it; `None` where the secret was revealed, or merely lost."""
        known = row.extra.get(UNTOLD)
        if not row.needs_delivery or not isinstance(known, dict):
            return None
        options = known.get("options")
        return cls(
            way_out=str(known.get("wayOut", "")),
            options=options if isinstance(options, dict) else {},
        )

    def on(self, row: OwnedObject) -> OwnedObject:
        """Return the row with this noted in it."""
        known: JsonValue = {"wayOut": self.way_out, "options": dict(self.options)}
        return replace(row, extra={**row.extra, UNTOLD: known})
