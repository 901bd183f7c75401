"""Contacts: UIDs with tags and phone numbers.

The API can add tags (by posting the UID again, which may merge with or replace what is there) and
add and remove phone numbers, but it cannot take a tag off. For that, the UID is removed and posted
again, with everything that it had and manifests do not manage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from msgspec import Struct, convert, to_builtins
from msgspec.structs import replace

from reconciler.errors import ReadFailed, Rejected
from reconciler.http.outcomes import UnclearAnswer
from reconciler.http.request import Request
from reconciler.model.journal import Verb
from reconciler.model.live import LiveObject
from reconciler.model.values import Fields, JsonValue, is_pending, remote_id
from reconciler.providers.carried_over import LEFT
from reconciler.providers.handler import concerns_request, erase
from reconciler.providers.listing import Fetch
from reconciler.providers.nhncloud_sms.client import Api, concerns_account
from reconciler.providers.nhncloud_sms.convert import phone_digits
from reconciler.providers.rest import Rest, RestHandler
from reconciler.providers.task import (
    Applied,
    Batch,
    CreateStep,
    Reply,
    Task,
    UpdateStep,
    Writer,
)
from reconciler.providers.wire import TEXT, Row, Wire, identifier, ids, rows, strings, text

PHONE = "PHONE_NUMBER"
READDS = "removes and re-adds the uid, since the API cannot take a tag off"


class Kept(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a UID has that the fields of a manifest cannot say: the `extra` of its live object."""

    others: list[list[str]] = []
    """Contacts of other types, `[type, contact]` each: never managed, always kept."""
    spelled: dict[str, str] = {}
    """From a number's digits to the server's spelling of it, where the two differ."""


class Person(Struct, frozen=True, kw_only=True):
    """The tags, phone numbers and other contacts of a UID."""

    tags: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    """Digits only."""
    kept: Kept = Kept()

    def wire(self, uid: str) -> Row:
        """Return the item of `uids` that posts it."""
        phones = [(PHONE, self.spelling(number)) for number in sorted(self.phones)]
        contacts: list[JsonValue] = [
            {"contactType": kind, "contact": contact}
            for kind, contact in (*phones, *self.kept.others)
        ]
        return {"uid": uid, "tagIds": [*sorted(self.tags)], "contacts": contacts}

    def spelling(self, number: str) -> str:
        """Return a number in the server's spelling."""
        return self.kept.spelled.get(number, number)


def person(row: Row) -> Person:
    """Read one UID."""
    phones: dict[str, str] = {}
    others: list[list[str]] = []
    for contact in rows(row.get("contacts")):
        kind, value = text(contact.get("contactType")), text(contact.get("contact"))
        digits = phone_digits(value) if kind == PHONE else ""
        if digits:
            phones[digits] = value
        else:
            others.append([kind, value])
    return Person(
        tags=frozenset(identifier(tag, "tagId") for tag in rows(row.get("tags"))),
        phones=frozenset(phones),
        kept=Kept(
            others=others,
            spelled={digits: value for digits, value in phones.items() if digits != value},
        ),
    )


def _as_seen(task: Task) -> Person:
    """Return the person of a task's live object."""
    return Person() if task.live is None else _person(task.live.fields, task.live.extra)


def _person(fields: Fields, extra: Mapping[str, JsonValue]) -> Person:
    """Return the person that a manifest's fields and a live object's `extra` describe."""
    return Person(
        tags=frozenset(ids(fields.get("tags"))),
        phones=frozenset(strings(fields.get("phoneNumbers"))),
        kept=convert(extra, Kept),
    )


def _without_left(_answer: JsonValue) -> Reply:
    return Reply(extra={LEFT: None})


class Contacts(RestHandler[Api]):
    """The account's UIDs."""

    rest: ClassVar[Rest] = Rest(path="/uids", id="uid", fields={"uid": Wire("uid", TEXT)})

    def pages(self) -> Fetch:
        """Return the reader of the list, whose pages are unlike those of all other lists."""
        return self.client.uid_pages()

    def live(self, row: Row) -> tuple[str, LiveObject]:
        """Read one row of the list."""
        uid = identifier(row, "uid")
        found = person(row)
        tags: list[JsonValue] = [remote_id(tag) for tag in sorted(found.tags)]
        phones: list[JsonValue] = [*sorted(found.phones)]
        fields: dict[str, JsonValue] = {"uid": uid, "tags": tags, "phoneNumbers": phones}
        return uid, LiveObject(
            kind=self.kind.name, id=uid, key=uid, fields=fields, extra=to_builtins(found.kept)
        )

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Post the UID, in one request with others where possible."""
        uid = text(task.desired["uid"])
        posted = _person(task.desired, task.left).wire(uid)
        step = CreateStep(
            name="create",
            request=self._post([posted]),
            read=_without_left,
            key=uid,
            applied=task.held(),
            batch=Batch(item=posted, together=self._post, concerns_all=concerns_account),
        )
        try:
            await writer.write(step)
        except Rejected as refused:
            await self._accept_existing(uid, task, refused)
        return Applied(id=uid)

    async def _accept_existing(self, uid: str, task: Task, refused: Rejected) -> None:
        """Accept a refusal if the uid exists as desired, though no list has it; else raise."""
        try:
            row = await self.client.one(self.at(uid))
        except (ReadFailed, Rejected):
            row = None
        if row is None:
            raise refused
        there = person(row)
        desired = _person(task.desired, task.left)
        if (there.tags, there.phones) == (desired.tags, desired.phones):
            return
        raise Rejected(
            f"uid {uid} exists already with other tags or numbers, though the list of uids lacks "
            "it: read alone it is there",
            hint="Remove that uid in the NHN Cloud console, or give this contact another `uid`.",
            details=(refused.message,),
            provider_code=refused.provider_code,
            status=refused.status,
        )

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Bring tags in line, then phone numbers."""
        uid = task.live_id
        now = _as_seen(task)
        tags = frozenset(ids(task.value("tags")))
        phones = frozenset(strings(task.value("phoneNumbers")))
        if now.tags < tags:
            # With every contact that it has, so that none is lost if posting replaces them.
            posted = replace(now, tags=tags, phones=now.phones | phones)
            now = await self._add_tags(task, writer, now, posted)
        if now.tags != tags:
            await self._remove(uid, writer)
            posted = replace(now, tags=tags, phones=phones)
            await writer.write(self._set("re-add", uid, posted, applied=task.held(), makes=True))
            now = await self._check(uid, posted)
        await self._set_phones(task, writer, now, phones)
        return Applied(id=uid)

    async def _add_tags(self, task: Task, writer: Writer, now: Person, posted: Person) -> Person:
        """Post an existing uid with more tags; return `now` if posting it is refused altogether."""
        uid, held = task.live_id, _held_with(task, posted.phones)
        try:
            await writer.write(self._set("set tags", uid, posted, applied=held))
        except (Rejected, UnclearAnswer) as refused:
            if not concerns_request(refused, concerns_account):
                raise
            tags: list[JsonValue] = [remote_id(tag) for tag in sorted(now.tags)]
            was = {**_held_with(task, now.phones), "tags": tags}
            try:
                await writer.write(self._set("post as it is", uid, now, applied=was))
            except (Rejected, UnclearAnswer) as refused_too:
                if concerns_request(refused_too, concerns_account):
                    return now
                raise  # it says nothing of this uid, which must not be removed for it
            raise
        return await self._check(uid, posted)

    def cost(self, task: Task, verb: Verb) -> int:
        """Count the requests of an update: the tags' and the phone numbers'."""
        if verb is not Verb.UPDATE:
            return 1
        if _takes_tag_off(task):
            return 3
        now = _as_seen(task).phones
        desired = frozenset(strings(task.value("phoneNumbers")))
        return 2 + len(now - desired) if _adds_tag(task) else len(now ^ desired)

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:
        """Say when the UID is removed for a moment."""
        return (READDS,) if verb is Verb.UPDATE and _takes_tag_off(task) else ()

    def _post(self, uids: Sequence[JsonValue]) -> Request:
        return self.client.request("POST", "/uids", json={"uids": [*uids]})

    def _set(
        self, name: str, uid: str, desired: Person, *, applied: Fields, makes: bool = False
    ) -> UpdateStep:
        return UpdateStep(
            name=name,
            request=self._post([desired.wire(uid)]),
            read=_without_left,
            applied=applied,
            makes=makes,
            idempotent=True,
        )

    async def _remove(self, uid: str, writer: Writer) -> None:
        request = self.client.request("DELETE", self.at(uid))
        step = UpdateStep(name="remove to re-add", request=request, removes=True, idempotent=True)
        await erase(writer, step, lambda: self.is_there(uid))

    async def _has_phone(self, uid: str, number: str) -> bool:
        row = await self.row(uid)
        return row is not None and number in person(row).phones

    async def _check(self, uid: str, posted: Person) -> Person:
        """Read the UID again, since the answer to posting it does not show it."""
        row = await self.client.one(self.at(uid))
        if row is None:
            raise ReadFailed(f"uid {uid} is not there after it was posted", hint="Plan again.")
        now = person(row)
        if now.tags != posted.tags:
            raise ReadFailed(
                f"uid {uid} has other tags than those just posted",
                hint="Plan again: the plan shows what is left to do.",
            )
        spelled = {**posted.kept.spelled, **now.kept.spelled}
        return replace(now, kept=replace(now.kept, spelled=spelled))

    async def _set_phones(
        self, task: Task, writer: Writer, now: Person, desired: frozenset[str]
    ) -> None:
        uid = task.live_id
        path = f"{self.at(uid)}/phone-numbers"
        holds = set(now.phones)
        for number in sorted(desired - now.phones):
            holds.add(number)
            step = UpdateStep(
                name="add phone number",
                request=self.client.request("POST", path, json={"phoneNumber": number}),
                applied=_held_with(task, holds),
                idempotent=True,
            )
            await writer.write(step)
        for number in sorted(now.phones - desired):
            holds.discard(number)
            named = {"number": now.spelling(number)}
            step = UpdateStep(
                name="remove phone number",
                request=self.client.request("DELETE", f"{path}/{{number}}", personal=named),
                applied=_held_with(task, holds),
                idempotent=True,
            )
            await erase(writer, step, partial(self._has_phone, uid, number))


def _held_with(task: Task, phones: Iterable[str]) -> dict[str, JsonValue]:
    """Return the managed fields as they are while the UID has these phone numbers."""
    fields = task.held()
    if "phoneNumbers" in fields:
        fields["phoneNumbers"] = [*sorted(phones)]
    return fields


def _takes_tag_off(task: Task) -> bool:
    return bool(_as_seen(task).tags - set(ids(task.value("tags"))))


def _adds_tag(task: Task) -> bool:
    tags = task.value("tags")
    return is_pending(tags) or bool(set(ids(tags)) - _as_seen(task).tags)
