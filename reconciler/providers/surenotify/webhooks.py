"""Webhooks: a manifest's slots are written and cleared one by one; other slots stay as they are."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from reconciler.errors import OutcomeUnknown, ProviderError, ReadFailed, Rejected
from reconciler.http.client import HttpClient
from reconciler.http.outcomes import Absent
from reconciler.model.address import Address
from reconciler.model.finding import Finding, Severity
from reconciler.model.journal import CreateIntent, Verb
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Account, Resource
from reconciler.model.values import JsonValue
from reconciler.providers.handler import Seen, erase
from reconciler.providers.kind import Kind
from reconciler.providers.listing import together
from reconciler.providers.parts import Claim, Holding, PartsHandler, events_of, is_inferred
from reconciler.providers.surenotify import slots
from reconciler.providers.surenotify.changing import Work
from reconciler.providers.surenotify.client import UNDONE, list_webhooks
from reconciler.providers.surenotify.convert import (
    CHANNELS,
    EmptyAnswer,
    Hook,
    hooks,
    in_order,
    slot,
)
from reconciler.providers.surenotify.kinds import slots_of
from reconciler.providers.surenotify.slots import Slots
from reconciler.providers.task import Applied, Scope, Task, Writer


class Webhooks(PartsHandler[HttpClient]):
    """Webhooks of both channels. The service has slots; each manifest claims several of them."""

    def __init__(self, kind: Kind, account: Account, client: HttpClient) -> None:
        """Start with nothing observed."""
        super().__init__(kind, account, client)
        self._seen: Slots | None = None
        """The URLs in all slots when they were last observed."""
        self._claims: dict[str, Address] = {}
        """The address of each slot, by the manifests of the last observation, else by state."""
        self._owned: set[str] = set()
        """The channels in which state owned slots when they were last observed."""
        self._shared: dict[str, str] = {}
        """Slots with a row of another domain, and that domain, as last read."""

    async def observe(self, scope: Scope) -> Seen:
        """Read both channels and group their slots as manifests and state claim them."""
        rows_of_state = scope.owned.get(self.kind.name, ())
        self._owned = {str(row.applied.get("channel")) for row in rows_of_state}
        lists = await together(*map(self._read, CHANNELS))
        rows = [row for found in lists for row in found]
        self._seen = live = slots.by_slot(rows)
        desired = {each.address: each for each in scope.desired.get(self.kind.name, ())}
        owned = {row.address: row for row in rows_of_state}
        self._claims = _claims(desired, owned)
        held = {address: slots.owned_slots(row, live) for address, row in owned.items()}
        objects, claimed = slots.grouped(live, desired, owned, held)
        return Seen(
            collection=Collection(
                kind=self.kind.name,
                objects=(*objects, *slots.unclaimed(rows, claimed)),
                parts=slots.parts(live),
            ),
            findings=(*_unknown_types(rows), *_shared_slots(owned, held, self._shared)),
        )

    def unmanageable(self, live: LiveObject) -> str:
        """Name the other domain of a webhook: manifests can only have the account's own slots."""
        domain = live.extra.get(slots.ELSEWHERE)
        return f"it belongs to the domain {domain} alone" if domain else ""

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Put the URL into every desired slot."""
        return await self._put_all(task, writer, Verb.CREATE, held=[])

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Put the URL where it is missing, and clear the slots that are no longer desired."""
        held = events_of(task.live.fields) if task.live else []
        return await self._put_all(task, writer, Verb.UPDATE, held=held)

    async def delete(self, task: Task, writer: Writer) -> None:
        """Clear our slots, except those that another manifest claims."""
        fields = task.live.fields if task.live else task.owned.applied if task.owned else {}
        work = Work(task, writer, channel=str(fields["channel"]), url=str(fields["url"]))
        work.held = set(events_of(fields))
        work.shown_url = work.url
        gone = [
            event
            for event in in_order(work.held)
            if self._claims.get(work.slot(str(event)), task.address) == task.address
        ]
        for number, event in enumerate(gone, 1):
            last = number == len(gone)
            await self._clear(work, str(event), Verb.DELETE if last else Verb.UPDATE)

    def cost(self, task: Task, verb: Verb) -> int:
        """Count the slots that change and the reads: one before, and one after putting any."""
        before = slots_of(task.live.fields) if task.live else set()
        ours = {key for key in before if self._claims.get(key, task.address) == task.address}
        if verb is Verb.DELETE:
            return len(ours)
        now, after = self._seen or {}, slots_of(task.desired)
        put = sum(now.get(key) != (task.desired["url"],) for key in after)
        return 1 + (put + 1 if put else 0) + len(now.keys() & ours - after)

    def candidates(self, intent: CreateIntent, collection: Collection) -> list[LiveObject]:
        """Return the slot that a create with unknown outcome may have filled, as an object."""
        found = [part for part in collection.parts or () if part.key == intent.key]
        channel = str(intent.applied.get("channel", ""))
        return [
            replace(
                part,
                id=slots.object_id(channel, intent.address),
                fields={**intent.applied, "url": part.fields["url"]},
                extra={"slots": {str(part.key): part.fields["url"]}},
            )
            for part in found
        ]

    def claim(self, resource: Resource, scope: Scope) -> Claim:  # noqa: ARG002 -- it tells itself
        """Return the slots that a manifest names."""
        return Claim(within=str(resource.spec["channel"]), parts=slots_of(resource.spec))

    def holding(self, row: OwnedObject) -> Holding:
        """Return the slots of a row, each with the URL that was put into it."""
        known, url = slots.noted(row), row.applied.get("url", "")
        return Holding(
            within=str(row.applied.get("channel", "")),
            parts={key: str(known.get(key, url)) for key in sorted(slots_of(row.applied))},
            inferred=is_inferred(row),
        )

    def holder(
        self, held: Holding, before: OwnedObject, desired: Resource | None
    ) -> OwnedObject | None:
        """Return the row that has these slots, with the URL that was put into them.

        Where that is not the desired URL, the plan shows a change.
        """
        if not held.parts:
            return None
        url = str(desired.spec["url"] if desired else before.applied["url"])
        return replace(
            before,
            remote_id=before.remote_id or slots.object_id(held.within, before.address),
            applied={
                "channel": held.within,
                "events": in_order(map(slots.event_of, held.parts)),
                "url": slots.common_url([(held.parts[key],) for key in sorted(held.parts)], url),
            },
            extra={**before.extra, "slots": dict(held.parts)},
        )

    async def _put_all(self, task: Task, writer: Writer, verb: Verb, *, held: list[str]) -> Applied:
        channel, url = str(task.desired["channel"]), str(task.desired["url"])
        work = Work(task, writer, channel=channel, url=url)
        work.held = set(held)
        work.shown_url = str(task.live.fields["url"]) if task.live and held else url
        desired = events_of(task.desired)
        now = await self._channel(channel)
        self._refuse_taken(channel, desired, url, now)
        changed = [event for event in desired if now.get(slot(channel, event)) != (url,)]
        work.held |= set(desired) - set(changed)
        left = set(changed) & work.held
        for event in changed:
            left.discard(event)
            if not left:
                work.shown_url = url
            await self._put(work, event, verb)
        if changed:
            await self._remove_old_urls(work, changed)
        for event in [event for event in held if event not in desired]:
            key = slot(channel, event)
            if key in now and self._claims.get(key, task.address) == task.address:
                await self._clear(work, event, Verb.UPDATE)
            work.held.discard(event)
        return Applied(
            id=work.id,
            extra={"slots": {slot(channel, event): url for event in desired}},
            notes=tuple(work.notes),
        )

    async def _put(self, work: Work, event: str, verb: Verb) -> None:
        """Put the URL into one slot; where the answer leaves it open, read the slot."""
        work.held.add(event)
        try:
            await work.put(event, verb)
        except OutcomeUnknown:
            if (await self._read_unclear(work.channel)).get(work.slot(event)) != (work.url,):
                raise

    async def _clear(self, work: Work, event: str, verb: Verb) -> None:
        """Empty one slot; where the answer leaves it open, read the slot.

        Raises:
            Rejected: That would delete another domain's row, too.
        """
        if other := self._shared.get(work.slot(event)):
            raise Rejected(
                f"{work.slot(event)} also has a webhook of the domain {other}, and the API deletes "
                "an event's webhooks all at once",
                hint="Delete ours in Surenotify's console, then apply again.",
            )
        work.held.discard(event)

        async def still_there() -> bool:
            return work.slot(event) in await self._channel(work.channel)

        await erase(work.writer, work.clearing(event, verb), still_there, undone=UNDONE)

    async def _remove_old_urls(self, work: Work, events: list[str]) -> None:
        """Empty every slot that has the new URL beside the old one, and put the new one again.

        The page says "the specified type and url", so a server may keep a row for each URL. A
        DELETE names only the type, so it deletes all of them.
        """
        found = await self._read_back(work.channel)
        doubled = [event for event in events if len((found or {}).get(work.slot(event), ())) > 1]
        for event in [each for each in doubled if work.slot(each) not in self._shared]:
            await self._clear(work, event, Verb.UPDATE)
            await self._put(work, event, Verb.UPDATE)
        if doubled:
            found = await self._read_back(work.channel)
        if found is None:
            work.notes.append(f"The {work.channel} webhooks could not be read back.")
            return
        work.notes += [
            f"{work.slot(event)} does not show the new URL yet."
            for event in events
            if found.get(work.slot(event)) != (work.url,)
        ]

    async def _read_back(self, channel: str) -> Slots | None:
        """Read a channel after writing it; `None`, not a failure, when it cannot be read."""
        try:
            return await self._channel(channel)
        except ProviderError:
            return None

    def _refuse_taken(self, channel: str, desired: list[str], url: str, now: Slots) -> None:
        """Refuse to overwrite a URL that somebody put into a slot after the plan read it.

        Raises:
            Rejected: Somebody did that.
        """
        if self._seen is None:
            return
        for event in desired:
            key = slot(channel, event)
            if now.get(key, (url,)) not in {(url,), self._seen.get(key)}:
                raise Rejected(
                    f"{key} was given another URL by somebody else just now",
                    hint="Plan again to see it.",
                )

    async def _read_unclear(self, channel: str) -> Slots:
        """Read a channel after a write whose outcome is unclear.

        Raises:
            OutcomeUnknown: It cannot be read, so the outcome stays unclear.
        """
        try:
            return await self._channel(channel)
        except ProviderError as error:
            message = f"what became of it could not be read: {error.message}"
            raise OutcomeUnknown(message) from None

    async def _channel(self, channel: str) -> Slots:
        return slots.by_slot(await self._read(channel))

    def _hooks(self, body: JsonValue, channel: str) -> list[Hook]:
        """Read an answer; an empty one means that there are none, unless state has some."""
        try:
            return hooks(body, channel)
        except EmptyAnswer:
            if channel in self._owned:
                raise
            return []

    async def _read(self, channel: str) -> list[Hook]:
        request = list_webhooks(channel)
        try:
            body = await self.client.read(request)
        except Absent:
            body = None
        try:
            found = self._hooks(body, channel)
        except ValueError as error:
            raise ReadFailed(f"{request.label}: the answer has {error}") from None
        kept = {
            key: domain for key, domain in self._shared.items() if slots.channel_of(key) != channel
        }
        self._shared = kept | slots.shared(found)
        return found


def _claims(
    desired: Mapping[Address, Resource], owned: Mapping[Address, OwnedObject]
) -> dict[str, Address]:
    """Return the address of each slot, by manifests, else by rows whose manifest is gone."""
    others = [one for address, one in owned.items() if address not in desired]
    claims = {key: one.address for one in others for key in slots_of(one.applied)}
    return claims | {key: a for a, each in desired.items() for key in slots_of(each.spec)}


def _shared_slots(
    owned: Mapping[Address, OwnedObject],
    held: Mapping[Address, set[str]],
    shared: Mapping[str, str],
) -> list[Finding]:
    return [
        Finding(
            severity=Severity.WARNING,
            rule="surenotify-shared-event",
            message=f"{key} also has a webhook of the domain {shared[key]}: ours cannot be deleted "
            "over the API, which would delete both",
            address=address,
        )
        for address in owned
        for key in sorted(held[address] & shared.keys())
    ]


def _unknown_types(rows: list[Hook]) -> list[Finding]:
    return [
        Finding(
            severity=Severity.INFO,
            rule="surenotify-unknown-event",
            message=f"{row.slot} is a webhook of a type that is not documented; it is left alone",
        )
        for row in rows
        if not row.known
    ]
