"""Webhooks: a manifest's slots are put and cleared one by one, every other slot stays as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from msgspec.structs import replace

from reconciler.errors import OutcomeUnknown, ProviderError, ReadFailed, Rejected
from reconciler.http.client import HttpClient
from reconciler.http.outcomes import Absent, AbsentObject, UnclearAnswer
from reconciler.model.address import Address
from reconciler.model.finding import Finding, Severity
from reconciler.model.journal import CreationClass, Intent, Verb
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.values import JsonValue
from reconciler.providers.surenotify import slots
from reconciler.providers.surenotify.client import delete_webhook, list_webhooks, put_webhook
from reconciler.providers.surenotify.convert import (
    CHANNELS,
    Hook,
    NothingSaid,
    hooks,
    in_order,
    slot,
)
from reconciler.providers.surenotify.kinds import slots_of
from reconciler.providers.surenotify.slots import KIND, Slots
from reconciler.providers.task import (
    Applied,
    CreateStep,
    DeleteStep,
    Reply,
    Scope,
    Step,
    Task,
    UpdateStep,
    Writer,
)


class Webhooks:
    """Observes, creates, updates and deletes webhooks."""

    def __init__(self, http: HttpClient) -> None:
        """Keep the client."""
        self._http = http
        self._seen: Slots | None = None
        """What was in all slots when they were last observed."""
        self._claims: dict[str, Address] = {}
        """Who has each slot, by the manifests last observed for, else by other rows of state."""
        self._owned: set[str] = set()
        """The channels in which state owned slots when they were last observed."""
        self._shared: dict[str, str] = {}
        """The slots in which another domain has a row, as last read."""

    async def observe(self, scope: Scope) -> tuple[Collection, list[Finding]]:
        """Read both channels and group their slots as manifests and state claim them."""
        self._owned = {str(row.applied.get("channel")) for row in scope.owned.get(KIND, ())}
        lists = await asyncio.gather(*map(self._read, CHANNELS), return_exceptions=True)
        rows: list[Hook] = []
        for found in lists:
            if isinstance(found, ProviderError):
                return Collection(kind=KIND, complete=False, error=found.message), []
            if isinstance(found, BaseException):
                raise found
            rows += found
        live = slots.by_slot(rows)
        desired = {resource.address: resource for resource in scope.desired.get(KIND, ())}
        owned = {one.address: one for one in scope.owned.get(KIND, ())}
        self._seen = live
        others = [one for address, one in owned.items() if address not in desired]
        self._claims = {key: one.address for one in others for key in slots_of(one.applied)}
        self._claims |= {
            key: address for address, resource in desired.items() for key in slots_of(resource.spec)
        }
        mine = {address: slots.owned_slots(one, live) for address, one in owned.items()}
        objects: list[LiveObject] = []
        claimed: set[str] = set()
        for address in dict.fromkeys((*owned, *desired)):
            elsewhere = (keys for other, keys in mine.items() if other != address)
            grouped, accounted = slots.group(
                live,
                desired=desired.get(address),
                owned=owned.get(address),
                elsewhere=frozenset().union(*elsewhere),
            )
            claimed |= accounted
            if grouped is not None:
                objects.append(grouped)
        objects += slots.unclaimed(rows, claimed)
        found_all = Collection(kind=KIND, objects=tuple(objects), parts=slots.parts(live))
        findings = [*_unknown_types(rows), *_shared_slots(owned, mine, self._shared)]
        return found_all, findings

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Put the URL into every desired slot."""
        return await self._put_all(task, writer, Verb.CREATE, held=[])

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Put the URL where it is not yet, and clear the slots that are not desired any more."""
        events = task.live.fields.get("events") if task.live else None
        held = [str(event) for event in events] if isinstance(events, list) else []
        return await self._put_all(task, writer, Verb.UPDATE, held=held)

    async def delete(self, task: Task, writer: Writer) -> None:
        """Clear the slots that are ours and that no other manifest has claimed meanwhile."""
        fields = task.live.fields if task.live else task.owned.applied if task.owned else {}
        work = _Work(task, writer, channel=str(fields["channel"]), url=str(fields["url"]))
        work.held = {key.split("/", 1)[1] for key in slots_of(fields)}
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
        """Count the slots that change; putting some takes a read before and one after."""
        live = task.live.fields if task.live else {}
        before, after = slots_of(live), slots_of(task.desired)
        if verb is Verb.DELETE:
            return len(before)
        put = len(after if live.get("url") != task.desired.get("url") else after - before)
        return 1 + (put + 1 if put else 0) + len(before - after)

    def candidates(self, intent: Intent, collection: Collection) -> list[LiveObject]:
        """Return the slot that an unknown create may have filled, as the object it is part of."""
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

    async def _put_all(self, task: Task, writer: Writer, verb: Verb, *, held: list[str]) -> Applied:
        channel, url = str(task.desired["channel"]), str(task.desired["url"])
        work = _Work(task, writer, channel=channel, url=url)
        work.held = set(held)
        work.shown_url = str(task.live.fields["url"]) if task.live and held else url
        events = task.desired["events"]
        desired = [str(event) for event in events] if isinstance(events, list) else []
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
            await self._settle_doubles(work, changed)
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

    async def _put(self, work: _Work, event: str, verb: Verb) -> None:
        """Put the URL into one slot; where the answer leaves it open, look."""
        work.held.add(event)
        try:
            await work.write(f"{work.channel} {event}", verb, event, work.url)
        except OutcomeUnknown:
            if (await self._look(work.channel)).get(work.slot(event)) != (work.url,):
                raise

    async def _clear(self, work: _Work, event: str, verb: Verb) -> None:
        """Empty one slot. A 500 may mean that it already was: look.

        Raises:
            Rejected: Another domain's row would go along.
        """
        if other := self._shared.get(work.slot(event)):
            raise Rejected(
                f"{work.slot(event)} also has a webhook of the domain {other}, and the API deletes "
                "an event's webhooks all at once",
                hint="Delete ours in Surenotify's console, then apply again.",
            )
        work.held.discard(event)
        try:
            await work.write(f"{work.channel} {event} off", verb, event, None)
        except AbsentObject:
            return
        except OutcomeUnknown as error:
            found = await self._look(work.channel)
            if work.slot(event) not in found:
                return
            if isinstance(error, UnclearAnswer) and error.status == 500:
                # Documented as "not deleted", and it is still there.
                raise Rejected(error.message, status=error.status) from None
            raise

    async def _settle_doubles(self, work: _Work, events: list[str]) -> None:
        """Where a new URL stands beside the old one, empty the slot and put it again.

        The page says "the specified type and url", so a server may keep a row for each URL.
        Deleting takes a type, that is all of them.
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
        """Read a channel whose writes were answered: when it cannot be read, those are believed."""
        try:
            return await self._channel(channel)
        except ProviderError:
            return None

    def _refuse_taken(self, channel: str, desired: list[str], url: str, now: Slots) -> None:
        """Refuse to overwrite what somebody put into a slot after the plan looked.

        Raises:
            Rejected: Somebody did.
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

    async def _look(self, channel: str) -> Slots:
        """Read a channel to settle an unclear outcome; one that cannot be read settles nothing.

        Raises:
            OutcomeUnknown: It cannot be read.
        """
        try:
            return await self._channel(channel)
        except ProviderError as error:
            message = f"what became of it could not be read: {error.message}"
            raise OutcomeUnknown(message) from None

    async def _channel(self, channel: str) -> Slots:
        return slots.by_slot(await self._read(channel))

    def _hooks(self, body: JsonValue, channel: str) -> list[Hook]:
        """Read an answer; one that says nothing means "none" only while state owns none either."""
        try:
            return hooks(body, channel)
        except NothingSaid:
            if channel in self._owned:
                raise
            return []

    async def _read(self, channel: str) -> list[Hook]:
        request = list_webhooks(channel)
        try:
            body = await self._http.read(request)
        except Absent:
            body = None
        try:
            found = self._hooks(body, channel)
        except ValueError as error:
            raise ReadFailed(f"{request.label}: the answer has {error}") from None
        kept = {key: domain for key, domain in self._shared.items() if _channel_of(key) != channel}
        self._shared = kept | slots.shared(found)
        return found


class _Work:
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

    async def write(self, name: str, verb: Verb, event: str, url: str | None) -> None:
        """Put a URL into a slot, or with `None` empty it."""
        key = slot(self.channel, event)
        applied: dict[str, JsonValue] = {
            "channel": self.channel,
            "events": in_order(self.held),
            "url": self.shown_url,
        }
        read = partial(self._reply, key, url)
        step: Step
        if url is not None:
            request = put_webhook(self.channel, event, url)
            if verb is Verb.CREATE:
                step = CreateStep(
                    name=name,
                    request=request,
                    read=read,
                    creation=CreationClass.NATURAL_KEY,
                    key=key,
                    applied=applied,
                    idempotent=True,
                )
            else:
                step = UpdateStep(
                    name=name, request=request, read=read, key=key, applied=applied, idempotent=True
                )
        else:
            request = delete_webhook(self.channel, event)
            if verb is Verb.DELETE:
                step = DeleteStep(name=name, request=request, read=read, applied=applied)
            else:
                step = UpdateStep(
                    name=name, request=request, read=read, applied=applied, idempotent=True
                )
        await self._writer.write(step)

    def _reply(self, key: str, url: str | None, _body: JsonValue) -> Reply:
        return Reply(id=self.id, extra={"slots": {key: url}})


def _channel_of(key: str) -> str:
    return key.partition("/")[0]


def _shared_slots(
    owned: Mapping[Address, OwnedObject],
    mine: Mapping[Address, set[str]],
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
        for key in sorted(mine[address] & shared.keys())
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
