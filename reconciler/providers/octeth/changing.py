"""One change of a webhook, an event at a time, leaving all others alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from reconciler.errors import OutcomeUnknown, ProviderError, Rejected
from reconciler.model.journal import Verb
from reconciler.model.parts import owed, owing, remember, remembered
from reconciler.model.values import JsonValue
from reconciler.providers.octeth.client import OctethClient
from reconciler.providers.octeth.convert import EVENTS, PAST_FORMS, object_of, pick, text_of
from reconciler.providers.octeth.grouping import (
    Index,
    event_of,
    fields_of,
    group_id,
    owned_parts,
    part_key,
    part_name,
    parts_of,
    url_of,
)
from reconciler.providers.octeth.rows import WebhookList, WebhookRow
from reconciler.providers.task import CreateStep, DeleteStep, Reply, Task, UpdateStep, Writer

RESTORE = "restore"
"""The first word of a step that puts back what is unmanaged."""

Spelling = Mapping[str, str]
"""By event, how it is sent."""
_PRESENT: Spelling = {event: event for event in EVENTS}
SPELLINGS: Mapping[str, tuple[Spelling, ...]] = {
    "delivery": (_PRESENT,),
    "delivered": (PAST_FORMS,),
    "either": (_PRESENT, PAST_FORMS),
}
"""By the option `eventNames`: the spellings to send, in turn as the server refuses one."""


class Change(Struct, kw_only=True):
    """A change under way."""

    client: OctethClient
    task: Task
    writer: Writer
    spellings: tuple[Spelling, ...]
    domain: str
    parts: dict[str, str] = field(default_factory=dict)
    """Ours by now, with the ids of their rows."""
    restored: set[str] = field(default_factory=set)
    """What went with a row of ours, and with another one too, and is there again."""
    listing: WebhookList = field(default_factory=lambda: WebhookList(rows=()))
    index: Index = field(default_factory=lambda: Index(()))

    async def begin(self) -> None:
        """Find out which parts are ours, and put back what an interrupted change took away.

        What the plan did not see and has another id, somebody has made since.
        """
        await self.look_again()
        live = self.task.live.extra if self.task.live else {}
        seen = remembered(live) or {}
        unmanaged = live.get("unmanaged")
        if self.task.desired and isinstance(unmanaged, dict):
            seen |= {name: str(known) for name, known in unmanaged.items()}
        known = owned_parts(self.task.owned) if self.task.owned else {}
        for name, row in {**seen, **known}.items():
            part = self.index.find(self.domain, name, row)
            if part is not None and (name in seen or row in {"", part.id}):
                self.parts[name] = part.id

    def id_of(self, parts: Mapping[str, str]) -> str:
        """Return the id of what these parts make up, the one it had where there are none."""
        return group_id(self.domain, parts) if parts else self.task.owned_id

    async def look_again(self) -> None:
        """List the domain's webhooks anew."""
        self.listing = await self.client.webhooks(self.domain)
        self.index = Index(parts_of(self.domain, self.listing))
        for name, known in self.parts.items():
            part = self.index.find(self.domain, name, known)
            if part is not None:
                self.parts[name] = part.id

    async def add(self, name: str) -> None:
        """Create a part that is to be ours."""
        if (there := self.index.find(self.domain, name)) is not None:
            raise ProviderError(
                f"event {there.event} to {there.url} exists already as webhook {there.id}; "
                "the plan did not know it",
                hint="Plan again to take it over. If another resource gives it up, apply both at "
                "once.",
            )
        self.parts[name] = await self._create(f"event {event_of(name)}", name, ours=True)

    async def put_back(self) -> None:
        """Create what an earlier, interrupted change removed although it was unmanaged."""
        seen = self.task.live or self.task.owned
        waiting = owed(seen.extra) if seen else {}
        lost = [name for name in waiting if not self.index.find(self.domain, name)]
        for name in lost:
            await self._put_back(name)
        if lost:
            await self.look_again()

    def refuse_losses(self, names: Iterable[str]) -> None:
        """Refuse to remove parts whose row carries an event that could not be put back."""
        gone = set(names)
        for row in self._rows(gone):
            others = [event_of(name) for name in self._survivors(row, gone)]
            lost = ", ".join(event for event in others if event not in EVENTS)
            if lost:
                removed = [event for event in row.events if part_name(event, row.url) in gone]
                raise ProviderError(
                    f"webhook {row.id} to {row.url} carries {lost} besides {', '.join(removed)}: "
                    f"it can only be removed whole, and the API cannot create {lost} again",
                    hint="Change that webhook on the server's own pages, then plan again.",
                )

    async def remove(self, names: Iterable[str], last: Verb) -> None:
        """Remove parts of ours, putting back whatever else their rows carried."""
        gone = set(names)
        self.refuse_losses(gone)
        plans = [(row, self._survivors(row, gone)) for row in self._rows(gone)]
        plans.sort(key=lambda plan: not plan[1])
        for position, (row, survivors) in enumerate(plans, start=1):
            # Until the last one is gone the object is still there for state.
            verb = Verb.UPDATE if survivors or position < len(plans) else last
            await self._remove_row(row, survivors, verb)
        for name in gone:
            self.parts.pop(name, None)

    def _rows(self, gone: set[str]) -> list[WebhookRow]:
        ids = {known for name, known in self.parts.items() if name in gone}
        return [row for row in self.listing.rows if row.id in ids]

    def _survivors(self, row: WebhookRow, gone: set[str]) -> list[str]:
        """Return the parts that would go with a row and that nothing else carries."""
        doomed = {other.id for other in self._rows(gone)}
        carried = {
            name for other in self.listing.rows if other.id not in doomed for name in _names(other)
        }
        return [name for name in _names(row) if name not in gone and name not in carried]

    async def _remove_row(self, row: WebhookRow, survivors: list[str], verb: Verb) -> None:
        ours = [name for name in survivors if self.parts.get(name) == row.id]
        others = [name for name in survivors if name not in self.parts]
        leaving = [name for name, known in self.parts.items() if known == row.id]
        for name in leaving:
            del self.parts[name]
        step = self._removal(row, leaving, others, verb)

        async def still_there() -> bool:
            listing = await self.client.webhooks(self.domain)
            return any(other.id == row.id for other in listing.rows)

        await self.client.erase(self.writer, "DeleteWebhook", step, still_there)
        for name in others:
            if name not in self.restored:
                await self._put_back(name)
                self.restored.add(name)
        for name in ours:
            self.parts[name] = await self._create(f"event {event_of(name)} again", name, ours=True)

    def _removal(
        self, row: WebhookRow, leaving: list[str], others: list[str], verb: Verb
    ) -> UpdateStep | DeleteStep:
        """Return the step that removes a row; it remembers what of others is to be put back."""
        name = f"remove webhook {row.id}"
        parameters = {"WebhookID": row.id, "DomainID": self.domain}
        request = self.client.request("DeleteWebhook", parameters)
        debt = owing(dict.fromkeys(others, row.id))
        extra = {**remember(dict.fromkeys(leaving)), **debt}

        def read(body: JsonValue) -> Reply:
            return Reply(extra=extra, body=body)

        if verb is Verb.DELETE:
            return DeleteStep(name=name, request=request, read=read, applied=self._applied())
        return UpdateStep(
            name=name,
            request=request,
            read=read,
            applied=self._applied(),
            in_doubt=debt if others else {},
            idempotent=True,
        )

    async def _put_back(self, name: str) -> None:
        await self._create(f"{RESTORE} event {event_of(name)}", name, ours=False)

    async def _create(self, step: str, name: str, *, ours: bool) -> str:
        """Create one part in the first spelling that the server takes; returns its id."""
        for spelling in self.spellings[:-1]:
            try:
                return await self._send(step, name, spelling, ours=ours)
            except Rejected as refusal:
                if refusal.provider_code != "3":
                    raise
        return await self._send(step, name, self.spellings[-1], ours=ours)

    async def _send(self, step: str, name: str, spelling: Spelling, *, ours: bool) -> str:
        def read(body: JsonValue) -> Reply:
            created = text_of(pick(object_of(body, "the answer"), "NewWebhookID", "WebhookID"))
            extra: dict[str, JsonValue] = {"domainId": self.domain}
            if created is None:  # the list will tell
                return Reply(extra=extra)
            parts = {**self.parts, name: created} if ours else self.parts
            extra |= remember(parts) | ({} if ours else owing({name: None}))
            return Reply(id=self.id_of(parts), extra=extra, body=created)

        event, url = event_of(name), url_of(name)
        parameters = {"DomainID": self.domain, "Event": spelling[event], "WebhookURL": url}
        rows = (row.id for row in self.listing.rows)
        sent = CreateStep(
            name=step,
            request=self.client.request("AddWebhook", parameters),
            read=read,
            key=part_key(self.domain, name),
            pre_ids=tuple(dict.fromkeys([*rows, *self.parts.values()])),
            applied=self._applied(*([name] if ours else ())),
        )
        reply = await self.client.write(self.writer, "AddWebhook", sent)
        return str(reply.body) if reply.id else await self._found(name)

    async def _found(self, name: str) -> str:
        """Return the id of a part that was made without its id being told."""
        await self.look_again()
        part = self.index.find(self.domain, name)
        if part is None:
            raise OutcomeUnknown(
                f"the server did not tell the id of the webhook for {event_of(name)}, and its list "
                "does not show it yet"
            )
        return part.id

    def _applied(self, *more: str) -> dict[str, JsonValue]:
        before = self.task.owned.applied if self.task.owned else {}
        url = self.task.desired.get("url", before.get("url"))
        fields = fields_of(self.domain, [*self.parts, *more], str(url) if url else None)
        if "signingKeyTo" in before and "signingKeyTo" not in self.task.changed:
            fields["signingKeyTo"] = before["signingKeyTo"]
        return fields


def _names(row: WebhookRow) -> list[str]:
    return [part_name(event, row.url) for event in row.events]
