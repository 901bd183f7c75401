"""Signatures: a server id, and a unique name."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from reconciler.model.live import LiveObject
from reconciler.model.usage import Usage, Use
from reconciler.providers.engagelab_sms.reviewed import Reviewed
from reconciler.providers.rest import Rest
from reconciler.providers.wire import TEXT, Row, Wire


class Signatures(Reviewed):
    """The account's signatures."""

    rest: ClassVar[Rest] = Rest(
        path="/v1/sign-configs", id="sign_id", fields={"displayName": Wire("sign_name", TEXT)}
    )

    def live(self, row: Row) -> tuple[str, LiveObject]:
        """Read one row, with the number of templates that use it."""
        known, found = super().live(row)
        count = row.get("related_template_count")
        if not isinstance(count, int):
            return known, found
        return known, replace(found, usage=Usage(counts={Use.TEMPLATES: count}))
