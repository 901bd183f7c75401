"""Tags: a server id and a name. The page does not say that names are unique."""

from __future__ import annotations

from typing import ClassVar

from reconciler.model.journal import Verb
from reconciler.model.live import Collection, LiveObject
from reconciler.providers.nhncloud_sms.client import new_id, segment
from reconciler.providers.nhncloud_sms.convert import Row, identifier, text
from reconciler.providers.nhncloud_sms.handler import Handler, Seen, erase, held, live_id, owned_id
from reconciler.providers.task import Applied, Reply, Scope, Step, Task, Writer, no_progress


def live_tag(row: Row) -> tuple[str, LiveObject]:
    """Read one row."""
    known = identifier(row, "tagId")
    name = text(row.get("tagName"))
    return known, LiveObject(kind="Tag", id=known, key=name, fields={"displayName": name})


class Tags(Handler):
    """The account's tags."""

    kind: ClassVar[str] = "Tag"

    async def observe(self, scope: Scope) -> Seen:
        """Read all; of two with one name both are returned, and the engine refuses to choose."""
        tags = await self.rows(self.api.pages("/tags"), live_tag, scope)
        return Seen(collection=Collection(kind=self.kind, objects=tuple(tags)))

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Create it."""
        name = text(task.desired["displayName"])
        step = Step(
            name="create",
            verb=Verb.CREATE,
            request=self.api.request("POST", "/tags", json={"tagName": name}),
            read=lambda answer: Reply(id=new_id(answer, "tagId")),
            key=name,
            applied=held(task),
        )
        reply = await writer.write(step)
        return Applied(id=str(reply.id))

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Rename it."""
        known = live_id(task)
        name = text(task.desired["displayName"])
        step = Step(
            name="rename",
            verb=Verb.UPDATE,
            request=self.api.request("PUT", f"/tags/{segment(known)}", json={"tagName": name}),
            applied=held(task),
            idempotent=True,
        )
        await writer.write(step)
        return Applied(id=known)

    async def delete(self, task: Task, writer: Writer) -> None:
        """Delete it."""
        known = owned_id(task)
        request = self.api.request("DELETE", f"/tags/{segment(known)}")
        step = Step(name="delete", verb=Verb.DELETE, request=request, idempotent=True)

        async def still_there() -> bool:
            # One tag cannot be read alone.
            scope = Scope(kinds=frozenset({self.kind}), progress=no_progress)
            seen = await self.observe(scope)
            return any(tag.id == known for tag in seen.collection.objects)

        await erase(writer, step, still_there)
