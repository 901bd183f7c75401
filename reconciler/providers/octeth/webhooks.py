"""Creating, changing and deleting webhooks, one event at a time, leaving all others alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from reconciler.errors import OutcomeUnknown, ProviderError, Rejected
from reconciler.http.outcomes import Absent
from reconciler.model.journal import Verb
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.providers.octeth import tasks
from reconciler.providers.octeth.client import OctethClient
from reconciler.providers.octeth.convert import (
    EVENTS,
    PAST_FORMS,
    object_of,
    pick,
    text_of,
)
from reconciler.providers.octeth.grouping import (
    Index,
    Pair,
    fields_of,
    from_json,
    group_id,
    owned_pairs,
    part_key,
    parts_of,
    to_json,
)
from reconciler.providers.octeth.kinds import events_of
from reconciler.providers.octeth.rows import WebhookList, WebhookRow
from reconciler.providers.task import (
    Applied,
    CreateStep,
    DeleteStep,
    Reply,
    Task,
    UpdateStep,
    Writer,
)

RESTORE = "restore"
"""The first word of a step that puts back what is unmanaged."""

SIGNING_KEY = "signingKeyTo.signingKey"

_SPELLINGS: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "delivery": ({event: event for event in EVENTS},),
    "delivered": (PAST_FORMS,),
    "either": ({event: event for event in EVENTS}, PAST_FORMS),
}
"""By the option `eventNames`: the spellings to send, in turn as the server refuses one."""


async def apply(client: OctethClient, task: Task, writer: Writer, event_names: str) -> Applied:
    """Create or update: add the parts that are missing, then remove those not desired any more."""
    run = await _begin(client, task, writer, event_names)
    url = str(task.desired.get("url"))
    desired = [(event, url) for event in events_of(task.desired)]
    surplus = [pair for pair in run.parts if pair not in desired]
    run.refuse_losses(surplus)
    await run.put_back()
    missing = [pair for pair in desired if pair not in run.parts]
    for pair in missing:
        await run.add(pair)
    if missing and surplus:
        await run.look_again()
    await run.remove(surplus, Verb.UPDATE)
    return Applied(
        id=run.id_of(run.parts),
        extra={"domainId": run.domain, "parts": to_json(run.parts)},
        secrets=await run.signing_key(),
    )


async def delete(client: OctethClient, task: Task, writer: Writer, event_names: str) -> None:
    """Remove our parts and nothing else."""
    try:
        run = await _begin(client, task, writer, event_names)
    except Absent:
        return
    run.refuse_losses(run.parts)
    await run.put_back()
    await run.remove(list(run.parts), Verb.DELETE)


async def _begin(client: OctethClient, task: Task, writer: Writer, event_names: str) -> _Run:
    domain = tasks.domain_id(task)
    run = _Run(
        client=client,
        task=task,
        writer=writer,
        spellings=_SPELLINGS.get(event_names, _SPELLINGS["delivery"]),
        domain=domain,
    )
    await run.look_again()
    seen: dict[Pair, str] = {}
    if task.live:
        seen |= from_json(task.live.extra.get("parts"))
        if task.desired:
            seen |= from_json(task.live.extra.get("unmanaged"))
    known = owned_pairs(task.owned) if task.owned else {}
    for pair, part_id in {**seen, **known}.items():
        part = run.index.find(domain, pair, part_id)
        # What the plan did not see and has another id, somebody has made since.
        if part is not None and (pair in seen or part_id in {"", part.id}):
            run.parts[pair] = part.id
    return run


class _Run(Struct, kw_only=True):
    """One change under way."""

    client: OctethClient
    task: Task
    writer: Writer
    spellings: tuple[Mapping[str, str], ...]
    domain: str
    parts: dict[Pair, str] = field(default_factory=dict)
    """Ours by now, with the ids of their rows."""
    restored: set[Pair] = field(default_factory=set)
    """What went with a row of ours, and with another one too, and is there again."""
    listing: WebhookList = field(default_factory=lambda: WebhookList(rows=()))
    index: Index = field(default_factory=lambda: Index((), {}))

    def id_of(self, parts: Mapping[Pair, str]) -> str:
        """Return the id of what these parts make up, the one it had where there are none."""
        return group_id(self.domain, parts) if parts else tasks.remote_id(self.task)

    async def look_again(self) -> None:
        """List the domain's webhooks anew."""
        self.listing = await self.client.webhooks(self.domain)
        self.index = Index(parts_of(self.domain, self.listing), {})
        for pair, known in self.parts.items():
            part = self.index.find(self.domain, pair, known)
            if part is not None:
                self.parts[pair] = part.id

    async def add(self, pair: Pair) -> None:
        """Create a part that is to be ours."""
        if (there := self.index.find(self.domain, pair)) is not None:
            raise ProviderError(
                f"event {pair[0]} to {pair[1]} exists already as webhook {there.id}; "
                "the plan did not know it",
                hint="Plan again to take it over. If another resource gives it up, apply both at "
                "once.",
            )
        self.parts[pair] = await self._create(f"event {pair[0]}", pair, ours=True)

    async def put_back(self) -> None:
        """Create what an earlier, interrupted change removed although it was unmanaged."""
        seen = self.task.live or self.task.owned
        waiting = from_json(seen.extra.get("restore")) if seen else {}
        lost = [pair for pair in waiting if not self.index.find(self.domain, pair)]
        for pair in lost:
            await self._put_back(pair)
        if lost:
            await self.look_again()

    def refuse_losses(self, pairs: Iterable[Pair]) -> None:
        """Refuse to remove parts whose row carries an event that could not be put back."""
        pairs = set(pairs)
        for row in self._rows(pairs):
            lost = [event for event, _ in self._survivors(row, pairs) if event not in EVENTS]
            if lost:
                removed = [event for event in row.events if (event, row.url) in pairs]
                raise ProviderError(
                    f"webhook {row.id} to {row.url} carries {', '.join(lost)} besides "
                    f"{', '.join(removed)}: it can only be removed whole, and the API cannot "
                    f"create {', '.join(lost)} again",
                    hint="Change that webhook on the server's own pages, then plan again.",
                )

    async def remove(self, pairs: Iterable[Pair], last: Verb) -> None:
        """Remove parts of ours, putting back whatever else their rows carried."""
        gone = set(pairs)
        self.refuse_losses(gone)
        plans = [(row, self._survivors(row, gone)) for row in self._rows(gone)]
        plans.sort(key=lambda plan: not plan[1])
        for position, (row, survivors) in enumerate(plans, start=1):
            # Until the last one is gone the object is still there for state.
            verb = Verb.UPDATE if survivors or position < len(plans) else last
            await self._remove_row(row, survivors, verb)
        for pair in gone:
            self.parts.pop(pair, None)

    async def signing_key(self) -> dict[str, Secret]:
        """Return the domain's signing key where the manifest wants it delivered."""
        if not self.task.desired.get("signingKeyTo"):
            return {}
        if self.listing.signing_key is None:
            await self.look_again()
        if self.listing.signing_key is None:
            raise ProviderError(
                f"the server shows no signing key for the webhooks of domain {self.domain}",
                hint="Remove `signingKeyTo`, or create the key on the server's own pages.",
            )
        return {SIGNING_KEY: self.listing.signing_key}

    def _rows(self, gone: set[Pair]) -> list[WebhookRow]:
        ids = {part_id for pair, part_id in self.parts.items() if pair in gone}
        return [row for row in self.listing.rows if row.id in ids]

    def _survivors(self, row: WebhookRow, gone: set[Pair]) -> list[Pair]:
        """Return the parts that would go with a row and that nothing else carries."""
        doomed = {other.id for other in self._rows(gone)}
        carried = {
            (event, other.url)
            for other in self.listing.rows
            if other.id not in doomed
            for event in other.events
        }
        here = [(event, row.url) for event in row.events]
        return [pair for pair in here if pair not in gone and pair not in carried]

    async def _remove_row(self, row: WebhookRow, survivors: list[Pair], verb: Verb) -> None:
        ours = [pair for pair in survivors if self.parts.get(pair) == row.id]
        others = [pair for pair in survivors if pair not in self.parts]
        leaving = [pair for pair, part_id in self.parts.items() if part_id == row.id]
        for pair in leaving:
            del self.parts[pair]
        restore: dict[str, JsonValue] = {"restore": to_json(dict.fromkeys(others, row.id))}
        extra: dict[str, JsonValue] = {"parts": to_json(dict.fromkeys(leaving)), **restore}
        step: UpdateStep | DeleteStep = UpdateStep(
            name=f"remove webhook {row.id}",
            request=self.client.request(
                "DeleteWebhook", {"WebhookID": row.id, "DomainID": self.domain}
            ),
            read=lambda body: Reply(extra=extra, body=body),
            applied=self._applied(),
            in_doubt=restore if others else {},
            idempotent=True,
        )
        if verb is Verb.DELETE:
            step = DeleteStep(
                name=step.name, request=step.request, read=step.read, applied=step.applied
            )

        async def still_there() -> bool:
            listing = await self.client.webhooks(self.domain)
            return any(other.id == row.id for other in listing.rows)

        await tasks.delete(self.client, self.writer, "DeleteWebhook", step, still_there)
        await self._restore(others)
        for pair in ours:
            self.parts[pair] = await self._create(f"event {pair[0]} again", pair, ours=True)

    async def _restore(self, pairs: Iterable[Pair]) -> None:
        for pair in list(pairs):
            if pair not in self.restored:
                await self._put_back(pair)
                self.restored.add(pair)

    async def _put_back(self, pair: Pair) -> None:
        await self._create(f"{RESTORE} event {pair[0]}", pair, ours=False)

    async def _create(self, name: str, pair: Pair, *, ours: bool) -> str:
        """Create one part in the first spelling that the server takes; returns its id."""
        for spelling in self.spellings[:-1]:
            try:
                return await self._send(name, pair, spelling, ours=ours)
            except Rejected as refusal:
                if refusal.provider_code != "3":
                    raise
        return await self._send(name, pair, self.spellings[-1], ours=ours)

    async def _send(self, name: str, pair: Pair, spelling: Mapping[str, str], *, ours: bool) -> str:
        event, url = pair

        def read(body: JsonValue) -> Reply:
            created = text_of(pick(object_of(body, "the answer"), "NewWebhookID", "WebhookID"))
            if created is None:  # the list will tell
                return Reply(extra={"domainId": self.domain})
            parts = {**self.parts, pair: created} if ours else self.parts
            extra: dict[str, JsonValue] = {"domainId": self.domain, "parts": to_json(parts)}
            if not ours:
                extra["restore"] = to_json({pair: None})
            return Reply(id=self.id_of(parts), extra=extra, body=created)

        step = CreateStep(
            name=name,
            request=self.client.request(
                "AddWebhook",
                {"DomainID": self.domain, "Event": spelling[event], "WebhookURL": url},
            ),
            read=read,
            key=part_key(self.domain, pair),
            pre_ids=tuple(
                dict.fromkeys([*(row.id for row in self.listing.rows), *self.parts.values()])
            ),
            applied=self._applied(pair if ours else None),
        )
        reply = await self.client.write(self.writer, "AddWebhook", step)
        return str(reply.body) if reply.id else await self._found(pair)

    async def _found(self, pair: Pair) -> str:
        """Return the id of a part that was made without its id being told."""
        await self.look_again()
        part = self.index.find(self.domain, pair)
        if part is None:
            raise OutcomeUnknown(
                f"the server did not tell the id of the webhook for {pair[0]}, and its list does "
                "not show it yet"
            )
        return part.id

    def _applied(self, another: Pair | None = None) -> dict[str, JsonValue]:
        pairs = [*self.parts, another] if another else list(self.parts)
        before = self.task.owned.applied if self.task.owned else {}
        url = self.task.desired.get("url", before.get("url"))
        fields = fields_of(self.domain, pairs, str(url) if url else None)
        if "signingKeyTo" in before and "signingKeyTo" not in self.task.changed:
            fields["signingKeyTo"] = before["signingKeyTo"]
        return fields
