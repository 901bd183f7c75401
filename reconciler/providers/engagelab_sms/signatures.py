"""Signatures: unique by name, and reviewed."""

from __future__ import annotations

from typing import ClassVar

from reconciler.model.values import Fields, JsonValue
from reconciler.providers.engagelab_sms.convert import Row, text
from reconciler.providers.engagelab_sms.handler import Handler


class Signatures(Handler):
    """The account's signatures."""

    kind: ClassVar[str] = "Signature"
    path: ClassVar[str] = "/v1/sign-configs"
    id_name: ClassVar[str] = "sign_id"

    def fields(self, row: Row) -> dict[str, JsonValue]:
        """Return its name."""
        return {"displayName": text(row.get("sign_name"))}

    def body(self, fields: Fields) -> JsonValue:
        """Return its name."""
        return {"sign_name": text(fields.get("displayName"))}
