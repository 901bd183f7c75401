"""One change of a webhook, event by event, without harm to other webhooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from reconciler.errors import OutcomeUnknown, ProviderError, Rejected
from reconciler.http.request import Request
from reconciler.model.journal import Verb
from reconciler.model.parts import owed, owing, remember, remembered
from reconciler.model.values import JsonValue
from reconciler.providers.handler import erase
from reconciler.providers.hook_groups import Index, parts_of, unmanaged_parts
from reconciler.providers.hooks import (
    HookList,
    HookRow,
    Hooks,
    event_of,
    owned_parts,
    part_key,
    part_name,
    url_of,
)
from reconciler.providers.task import CreateStep, DeleteStep, Reply, Task, UpdateStep, Writer

RESTORE = "restore"
"""The first word of the name of a step that puts back an unmanaged part."""


class HookApi(Protocol):
    """The requests for one parent's webhooks, and how to read their answers."""

    async def listing(self) -> HookList:
        """List the parent's webhooks."""

    def adding(self, event: str, url: str) -> Sequence[Request]:
        """Return the request that adds an event, in each spelling, to try in this order."""

    def removing(self, row: str) -> Request:
        """Return the request that removes a row, by its id."""

    def created(self, answer: JsonValue) -> str | None:
        """Return the id in the answer to an addition; `None` if only the list has it."""

    def misspelled(self, refusal: Rejected) -> bool:
        """Tell whether an addition was refused because of the spelling of its event."""


class HookChange:
    """A change of one webhook, while it is carried out."""

    def __init__(
        self, *, api: HookApi, hooks: Hooks, task: Task, writer: Writer, parent: str
    ) -> None:
        """Start with nothing known; see `begin`."""
        self.parent = parent
        self.task = task
        self.parts: dict[str, str] = {}
        """The parts that are ours by now, each with the id of its row."""
        self.listing = HookList()
        self._api = api
        self._hooks = hooks
        self._writer = writer
        self._restored: set[str] = set()
        """The unmanaged parts that were put back during this change."""
        self._index = Index(())

    async def begin(self) -> None:
        """Find out which parts are ours, and put back what an interrupted change took away.

        A part with another id that the plan did not see was made by somebody else.
        """
        await self.look_again()
        live = self.task.live.extra if self.task.live else {}
        seen = remembered(live) or {}
        if self.task.desired:
            seen |= unmanaged_parts(live)
        known = owned_parts(self.task.owned) if self.task.owned else {}
        for name, row in {**seen, **known}.items():
            part = self._index.find(self.parent, name, row)
            if part is not None and (name in seen or row in {"", part.id}):
                self.parts[name] = part.id

    @property
    def id(self) -> str:
        """Return the id of the webhook that our parts make up; if there are none, its old id."""
        return self._id_of(self.parts)

    def _id_of(self, parts: Mapping[str, str]) -> str:
        return self._hooks.group_id(self.parent, parts) if parts else self.task.owned_id

    async def look_again(self) -> None:
        """List the parent's webhooks again."""
        self.listing = await self._api.listing()
        self._index = Index(parts_of(self.parent, self.listing))
        for name, known in self.parts.items():
            part = self._index.find(self.parent, name, known)
            if part is not None:
                self.parts[name] = part.id

    async def bring_in_line(self, desired: Sequence[str]) -> None:
        """Add the missing parts, then remove those that are no longer desired."""
        surplus = [name for name in self.parts if name not in desired]
        self.refuse_losses(surplus)
        await self.put_back()
        missing = [name for name in desired if name not in self.parts]
        for name in missing:
            await self._add(name)
        if missing and surplus:
            await self.look_again()
        await self.remove(surplus, Verb.UPDATE)

    async def _add(self, name: str) -> None:
        """Create a part, which becomes ours."""
        if (there := self._index.find(self.parent, name)) is not None:
            raise ProviderError(
                f"event {there.event} to {there.url} exists already as webhook {there.id}; "
                "the plan did not know it",
                hint="Plan again to take it over. If another resource gives it up, apply both at "
                "once.",
            )
        self.parts[name] = await self._create(f"event {event_of(name)}", name, ours=True)

    async def put_back(self) -> None:
        """Create the unmanaged parts that an earlier, interrupted change removed."""
        seen = self.task.live or self.task.owned
        waiting = owed(seen.extra) if seen else {}
        lost = [name for name in waiting if not self._index.find(self.parent, name)]
        for name in lost:
            await self._put_back(name)
        if lost:
            await self.look_again()

    def refuse_losses(self, names: Iterable[str]) -> None:
        """Refuse to remove parts if their row has an event that could not be put back."""
        gone = set(names)
        for row in self._rows(gone):
            others = [event_of(name) for name in self._survivors(row, gone)]
            lost = ", ".join(event for event in others if event not in self._hooks.events)
            if lost:
                removed = [event for event in row.events if part_name(event, row.url) in gone]
                raise ProviderError(
                    f"webhook {row.id} to {row.url} carries {lost} besides {', '.join(removed)}: "
                    f"it can only be removed whole, and the API cannot create {lost} again",
                    hint="Change that webhook on the server's own pages, then plan again.",
                )

    async def remove(self, names: Iterable[str], last: Verb) -> None:
        """Remove parts of ours, and put back whatever else their rows had."""
        gone = set(names)
        self.refuse_losses(gone)
        plans = [(row, self._survivors(row, gone)) for row in self._rows(gone)]
        plans.sort(key=lambda plan: not plan[1])
        for position, (row, survivors) in enumerate(plans, start=1):
            # As long as one row is there, the object exists: only the last one is a delete.
            verb = Verb.UPDATE if survivors or position < len(plans) else last
            await self._remove_row(row, survivors, verb)
        for name in gone:
            self.parts.pop(name, None)

    def _rows(self, gone: set[str]) -> list[HookRow]:
        ids = {known for name, known in self.parts.items() if name in gone}
        return [row for row in self.listing.rows if row.id in ids]

    def _survivors(self, row: HookRow, gone: set[str]) -> list[str]:
        """Return the other parts that would be lost with a row, because no other row has them."""
        doomed = {other.id for other in self._rows(gone)}
        carried = {
            name for other in self.listing.rows if other.id not in doomed for name in other.parts
        }
        return [name for name in row.parts if name not in gone and name not in carried]

    async def _remove_row(self, row: HookRow, survivors: list[str], verb: Verb) -> None:
        ours = [name for name in survivors if self.parts.get(name) == row.id]
        others = [name for name in survivors if name not in self.parts]
        leaving = [name for name, known in self.parts.items() if known == row.id]
        for name in leaving:
            del self.parts[name]
        step = self._removal(row, leaving, others, verb)

        async def still_there() -> bool:
            return any(other.id == row.id for other in (await self._api.listing()).rows)

        await erase(self._writer, step, still_there, believe_absent=False)
        for name in others:
            if name not in self._restored:
                await self._put_back(name)
                self._restored.add(name)
        for name in ours:
            self.parts[name] = await self._create(f"event {event_of(name)} again", name, ours=True)

    def _removal(
        self, row: HookRow, leaving: list[str], others: list[str], verb: Verb
    ) -> UpdateStep | DeleteStep:
        """Return the step that removes a row; state then remembers what has to be put back."""
        debt = owing(dict.fromkeys(others, row.id))
        extra = {**remember(dict.fromkeys(leaving)), **debt}

        def read(body: JsonValue) -> Reply:
            return Reply(extra=extra, body=body)

        step = UpdateStep(
            name=f"remove webhook {row.id}",
            request=self._api.removing(row.id),
            read=read,
            applied=self._applied(),
            in_doubt=debt if others else {},
            idempotent=True,
        )
        return step.deleting() if verb is Verb.DELETE else step

    async def _put_back(self, name: str) -> None:
        await self._create(f"{RESTORE} event {event_of(name)}", name, ours=False)

    async def _create(self, step: str, name: str, *, ours: bool) -> str:
        """Create one part in the first spelling that the server accepts; returns its id."""
        *spellings, last = self._api.adding(event_of(name), url_of(name))
        for request in spellings:
            try:
                return await self._send(step, name, request, ours=ours)
            except Rejected as refusal:
                if not self._api.misspelled(refusal):
                    raise
        return await self._send(step, name, last, ours=ours)

    async def _send(self, step: str, name: str, request: Request, *, ours: bool) -> str:
        def read(body: JsonValue) -> Reply:
            created = self._api.created(body)
            extra = self._hooks.inside.remember(self.parent)
            if created is None:  # the list will tell
                return Reply(extra=extra)
            parts = {**self.parts, name: created} if ours else self.parts
            extra |= remember(parts) | ({} if ours else owing({name: None}))
            return Reply(id=self._id_of(parts), extra=extra, body=created)

        rows = (row.id for row in self.listing.rows)
        sent = CreateStep(
            name=step,
            request=request,
            read=read,
            key=part_key(self.parent, name),
            pre_ids=tuple(dict.fromkeys([*rows, *self.parts.values()])),
            applied=self._applied(*([name] if ours else ())),
        )
        reply = await self._writer.write(sent)
        return str(reply.body) if reply.id else await self._found(name)

    async def _found(self, name: str) -> str:
        """Return the id of a part whose creation was answered without it."""
        await self.look_again()
        part = self._index.find(self.parent, name)
        if part is None:
            raise OutcomeUnknown(
                f"the server did not tell the id of the webhook for {event_of(name)}, and its list "
                "does not show it yet"
            )
        return part.id

    def _applied(self, *more: str) -> dict[str, JsonValue]:
        before = self.task.owned.applied if self.task.owned else {}
        url = self.task.desired.get("url", before.get("url"))
        names = [*self.parts, *more]
        fields = self._hooks.fields(self.parent, names, str(url) if url else None)
        # Other fields are as they were, except those that change.
        kept = before.keys() - fields.keys() - self.task.changed
        return {**fields, **{name: before[name] for name in sorted(kept)}}
