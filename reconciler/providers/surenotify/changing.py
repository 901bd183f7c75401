"""One change of a webhook: which slots are held by now, for the record of each step."""

from __future__ import annotations

from functools import partial

from reconciler.model.journal import CreationClass, Verb
from reconciler.model.values import JsonValue
from reconciler.providers.surenotify import slots
from reconciler.providers.surenotify.client import delete_webhook, put_webhook
from reconciler.providers.surenotify.convert import in_order, slot
from reconciler.providers.task import CreateStep, DeleteStep, Reply, Step, Task, UpdateStep, Writer


class Work:
    """One change under way: which slots are held by now, for the record of each step."""

    def __init__(self, task: Task, writer: Writer, *, channel: str, url: str) -> None:
        self.channel = channel
        self.url = url
        self.held: set[str] = set()
        self.shown_url = url
        """The URL to record: the old one until no slot has it any more."""
        self.notes: list[str] = []
        self._writer = writer
        self.id = (
            task.owned.remote_id
            if task.owned
            else task.live.id
            if task.live
            else slots.object_id(channel, task.address)
        )

    def slot(self, event: str) -> str:
        """Return the key of an event's slot."""
        return slot(self.channel, event)

    async def put(self, event: str, verb: Verb) -> None:
        """Put the URL into a slot."""
        await self._writer.write(self._put_step(event, verb))

    def _put_step(self, event: str, verb: Verb) -> CreateStep | UpdateStep:
        name, request = f"{self.channel} {event}", put_webhook(self.channel, event, self.url)
        read, key = partial(self._reply, self.slot(event), self.url), self.slot(event)
        if verb is not Verb.CREATE:
            return UpdateStep(
                name=name,
                request=request,
                read=read,
                key=key,
                applied=self._applied(),
                idempotent=True,
            )
        return CreateStep(
            name=name,
            request=request,
            read=read,
            creation=CreationClass.NATURAL_KEY,
            key=key,
            applied=self._applied(),
            idempotent=True,
        )

    async def clear(self, event: str, verb: Verb) -> None:
        """Empty a slot."""
        name, request = f"{self.channel} {event} off", delete_webhook(self.channel, event)
        read, applied = partial(self._reply, self.slot(event), None), self._applied()
        if verb is Verb.DELETE:
            step: Step = DeleteStep(name=name, request=request, read=read, applied=applied)
        else:
            step = UpdateStep(
                name=name, request=request, read=read, applied=applied, idempotent=True
            )
        await self._writer.write(step)

    def _applied(self) -> dict[str, JsonValue]:
        events = in_order(self.held)
        return {"channel": self.channel, "events": events, "url": self.shown_url}

    def _reply(self, key: str, url: str | None, _body: JsonValue) -> Reply:
        return Reply(id=self.id, extra={"slots": {key: url}})
