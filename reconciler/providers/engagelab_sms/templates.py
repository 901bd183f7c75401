"""Templates: a server id, and a name that need not be unique."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from reconciler.errors import Rejected
from reconciler.model.journal import Verb
from reconciler.model.live import LiveObject
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.providers.engagelab_sms.convert import CATEGORY, COUNTRIES, POSITION, SIGNATURE
from reconciler.providers.engagelab_sms.reviewed import Reviewed
from reconciler.providers.rest import Rest
from reconciler.providers.task import Applied, Task, Writer
from reconciler.providers.wire import TEXT, Row, Wire

NO_AUTHENTICATION = (
    "The page of updates does not list authentication: should that be the reason, "
    "`lifecycle: {replace: beside}` makes a new template instead."
)


ONE_NAME = (
    "The old template stays as it is. Should its name be the reason, give the manifest another "
    "displayName."
)


class Templates(Reviewed):
    """The account's templates. Two of the same name are both returned."""

    rest: ClassVar[Rest] = Rest(
        path="/v1/template-configs",
        id="template_id",
        fields={
            "displayName": Wire("template_name", TEXT),
            "category": Wire("template_type", CATEGORY),
            "body": Wire("template_content", TEXT),
            "countries": Wire("country_codes", COUNTRIES),
            "signature": Wire("sign_id", SIGNATURE),
            "signaturePosition": Wire("sign_position", POSITION),
        },
    )

    def live(self, row: Row) -> tuple[str, LiveObject]:
        """Read one row; its id is what `idTo` gets."""
        known, found = super().live(row)
        return known, replace(found, secrets=_delivered(known))

    def fields(self, row: Row) -> dict[str, JsonValue]:
        """Return the fields of a row; without a signature, there is no position either."""
        found = super().fields(row)
        if found["signature"] is None:
            del found["signaturePosition"]
        return found

    def body(self, task: Task, verb: Verb) -> dict[str, JsonValue]:
        """Return every field, as updates must; `add_signature` follows from the signature."""
        sent = super().body(task, verb)
        position = sent.pop("sign_position", POSITION.write(None))
        if "sign_id" not in sent:
            return {**sent, "add_signature": False}
        return {**sent, "add_signature": True, "sign_position": position}

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Create it. Whether two templates may have the same name is not documented."""
        try:
            applied = await super().create(task, writer)
        except Rejected as refusal:
            if task.beside and not refusal.hint:
                refusal.hint = ONE_NAME
            raise
        return replace(applied, secrets=_delivered(applied.id))

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Update it; the page of updates lists two categories where that of creates has three."""
        try:
            applied = await super().update(task, writer)
        except Rejected as refusal:
            if task.value("category") == "authentication" and not refusal.hint:
                refusal.hint = NO_AUTHENTICATION
            raise
        return replace(applied, secrets=_delivered(applied.id))


def _delivered(known: str) -> dict[str, Secret]:
    return {"idTo.id": Secret.companion(known)}
