"""The steps of changing one webhook, each with a record of the slots that it has by then."""

from __future__ import annotations

from functools import partial

from reconciler.model.journal import CreationClass, Verb
from reconciler.model.values import JsonValue
from reconciler.providers.surenotify import slots
from reconciler.providers.surenotify.client import delete_webhook, put_webhook
from reconciler.providers.surenotify.convert import in_order, slot
from reconciler.providers.task import CreateStep, DeleteStep, Reply, Task, UpdateStep, Writer


class Work:
    """A change of one webhook while it is carried out, slot by slot."""

    def __init__(self, task: Task, writer: Writer, *, channel: str, url: str) -> None:
        self.channel = channel
        self.url = url
        self.held: set[str] = set()
        """The events whose slots the webhook has by now."""
        self.shown_url = url
        """The URL to record: the old one, as long as any slot has it."""
        self.notes: list[str] = []
        self.writer = writer
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
        await self.writer.write(self._putting(event, verb))

    def _putting(self, event: str, verb: Verb) -> CreateStep | UpdateStep:
        key = self.slot(event)
        step = UpdateStep(
            name=f"{self.channel} {event}",
            request=put_webhook(self.channel, event, self.url),
            read=partial(self._reply, key, self.url),
            key=key,
            applied=self._applied(),
            idempotent=True,
        )
        return step.creating(CreationClass.NATURAL_KEY) if verb is Verb.CREATE else step

    def clearing(self, event: str, verb: Verb) -> UpdateStep | DeleteStep:
        """Return the step that empties a slot, the webhook's last one if `verb` is a delete."""
        step = UpdateStep(
            name=f"{self.channel} {event} off",
            request=delete_webhook(self.channel, event),
            read=partial(self._reply, self.slot(event), None),
            applied=self._applied(),
            idempotent=True,
        )
        return step.deleting() if verb is Verb.DELETE else step

    def _applied(self) -> dict[str, JsonValue]:
        events = in_order(self.held)
        return {"channel": self.channel, "events": events, "url": self.shown_url}

    def _reply(self, key: str, url: str | None, _body: JsonValue) -> Reply:
        return Reply(id=self.id, extra={"slots": {key: url}})
