"""Templates: a server's id, names that may repeat, and reviews."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from reconciler.errors import Rejected
from reconciler.model.secret import Secret
from reconciler.model.values import Fields, JsonValue
from reconciler.providers.engagelab_sms.convert import Row, template_body, template_fields
from reconciler.providers.engagelab_sms.handler import Handler
from reconciler.providers.task import Applied, Task, Writer

NO_AUTHENTICATION = (
    "The page of updates does not list authentication: should that be the reason, "
    "`lifecycle: {replace: beside}` makes a new template instead."
)


class Templates(Handler):
    """The account's templates."""

    kind: ClassVar[str] = "Template"
    path: ClassVar[str] = "/v1/template-configs"
    id_name: ClassVar[str] = "template_id"

    def fields(self, row: Row) -> dict[str, JsonValue]:
        """Return all that can be written."""
        return template_fields(row)

    def body(self, fields: Fields) -> JsonValue:
        """Return every field, as updates must."""
        return template_body(fields)

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Update it; the page of updates lists two categories where that of creates has three."""
        try:
            return await super().update(task, writer)
        except Rejected as refusal:
            if task.desired.get("category") == "authentication" and not refusal.hint:
                refusal.hint = NO_AUTHENTICATION
            raise

    def secrets(self, known: str) -> Mapping[str, Secret]:
        """Return the id, which is none: senders need it."""
        return {"idTo.id": Secret.companion(known)}
