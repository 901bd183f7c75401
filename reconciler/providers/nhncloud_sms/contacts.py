"""Contacts: UIDs with tags and phone numbers.

The API can add tags (by posting the UID again, which may merge with or replace what is there) and
add and remove phone numbers, but it cannot take a tag off: then the UID is removed and posted anew,
with everything it had that manifests do not manage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import ClassVar

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.errors import ReadFailed, Rejected
from reconciler.model.journal import Verb
from reconciler.model.live import Collection, LiveObject
from reconciler.model.values import Fields, JsonValue, is_pending, remote_id
from reconciler.providers.left import LEFT
from reconciler.providers.nhncloud_sms.client import segment
from reconciler.providers.nhncloud_sms.convert import (
    Row,
    identifier,
    ids,
    phone_digits,
    rows,
    strings,
    text,
)
from reconciler.providers.nhncloud_sms.handler import (
    Handler,
    Seen,
    erase,
    held,
    live_id,
    owned_id,
    value_of,
)
from reconciler.providers.task import Applied, Reply, Scope, Step, Task, Writer, no_progress

PHONE = "PHONE_NUMBER"
READDS = "removes and re-adds the uid, since the API cannot take a tag off"


class Person(Struct, frozen=True, kw_only=True):
    """What a UID has."""

    tags: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    """Digits only."""
    others: tuple[tuple[str, str], ...] = ()
    """Contacts of other types, `(type, contact)`: never managed, always kept."""
    spelled: dict[str, str] = field(default_factory=dict)
    """Digits to the number as the server has it, where that is not the digits."""

    def wire(self, uid: str) -> Row:
        """Return the body that posts it."""
        phones = [(PHONE, self.spelled.get(number, number)) for number in sorted(self.phones)]
        contacts: list[JsonValue] = [
            {"contactType": kind, "contact": contact} for kind, contact in (*phones, *self.others)
        ]
        tags: list[JsonValue] = [*sorted(self.tags)]
        return {"uids": [{"uid": uid, "tagIds": tags, "contacts": contacts}]}

    def extra(self) -> dict[str, JsonValue]:
        """Return what the fields of a manifest cannot say."""
        made: dict[str, JsonValue] = {}
        if self.others:
            made["others"] = [list(other) for other in self.others]
        if self.spelled:
            made["spelled"] = dict(self.spelled)
        return made


def person(row: Row) -> Person:
    """Read one UID."""
    phones: dict[str, str] = {}
    others: list[tuple[str, str]] = []
    for contact in rows(row.get("contacts")):
        kind, value = text(contact.get("contactType")), text(contact.get("contact"))
        digits = phone_digits(value) if kind == PHONE else ""
        if digits:
            phones[digits] = value
        else:
            others.append((kind, value))
    return Person(
        tags=frozenset(identifier(tag, "tagId") for tag in rows(row.get("tags"))),
        phones=frozenset(phones),
        others=tuple(others),
        spelled={digits: value for digits, value in phones.items() if digits != value},
    )


def live_contact(row: Row) -> tuple[str, LiveObject]:
    """Read one row of the list."""
    uid = identifier(row, "uid")
    found = person(row)
    tags: list[JsonValue] = [remote_id(tag) for tag in sorted(found.tags)]
    phones: list[JsonValue] = [*sorted(found.phones)]
    fields: dict[str, JsonValue] = {"uid": uid, "tags": tags, "phoneNumbers": phones}
    return uid, LiveObject(kind="Contact", id=uid, key=uid, fields=fields, extra=found.extra())


def _as_seen(task: Task) -> Person:
    """Return the person of a task's live object."""
    return Person() if task.live is None else _person(task.live.fields, task.live.extra)


def _person(fields: Fields, extra: Mapping[str, JsonValue]) -> Person:
    """Return the person that fields of a manifest describe, with what they cannot say."""
    spelled = extra.get("spelled")
    return Person(
        tags=frozenset(ids(fields.get("tags"))),
        phones=frozenset(strings(fields.get("phoneNumbers"))),
        others=_pairs(extra.get("others")),
        spelled={k: str(v) for k, v in spelled.items()} if isinstance(spelled, dict) else {},
    )


def _pairs(value: JsonValue) -> tuple[tuple[str, str], ...]:
    items = value if isinstance(value, list) else []
    return tuple((str(i[0]), str(i[1])) for i in items if isinstance(i, list) and len(i) == 2)


class Contacts(Handler):
    """The account's UIDs."""

    kind: ClassVar[str] = "Contact"

    async def observe(self, scope: Scope) -> Seen:
        """Read all UIDs."""
        found = await self.rows(self.api.uid_pages(), live_contact, scope)
        return Seen(collection=Collection(kind=self.kind, objects=tuple(found)))

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Create it."""
        uid = text(task.desired["uid"])
        step = replace(
            self._post("create", uid, _person(task.desired, task.left)),
            verb=Verb.CREATE,
            key=uid,
            applied=held(task),
            idempotent=False,
        )
        try:
            await writer.write(step)
        except Rejected as refused:
            await self._is_it(uid, task, refused)
        return Applied(id=uid)

    async def _is_it(self, uid: str, task: Task, refused: Rejected) -> None:
        """Accept a refusal when the uid is there, unlisted, just as it should be; else raise."""
        try:
            row = await self.api.one(f"/uids/{segment(uid)}")
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
        uid = live_id(task)
        now = _as_seen(task)
        tags = frozenset(ids(value_of(task, "tags")))
        phones = frozenset(strings(value_of(task, "phoneNumbers")))
        if now.tags - tags:
            await self._remove(uid, writer)
            fresh = replace(now, tags=tags, phones=phones)
            step = replace(self._post("re-add", uid, fresh), applied=held(task), makes=True)
            await writer.write(step)
            now = await self._check(uid, fresh, tags)
        elif tags - now.tags:
            # With every contact it has: should posting replace what is there, none is lost.
            fresh = replace(now, tags=tags, phones=now.phones | phones)
            step = replace(
                self._post("set tags", uid, fresh), applied=_held_with(task, fresh.phones)
            )
            await writer.write(step)
            now = await self._check(uid, fresh, tags)
        await self._set_phones(task, writer, now, phones)
        return Applied(id=uid)

    async def delete(self, task: Task, writer: Writer) -> None:
        """Delete it."""
        uid = owned_id(task)
        request = self.api.request("DELETE", f"/uids/{segment(uid)}")
        step = Step(name="delete", verb=Verb.DELETE, request=request, idempotent=True)
        await erase(writer, step, lambda: self._is_there(uid))

    def cost(self, task: Task, verb: Verb) -> int:
        """Count the requests of an update: the tags' and the phone numbers'."""
        if verb is not Verb.UPDATE:
            return 1
        if _takes_tag_off(task):
            return 3
        now = _as_seen(task).phones
        desired = frozenset(strings(value_of(task, "phoneNumbers")))
        return 2 + len(now - desired) if _adds_tag(task) else len(now ^ desired)

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:
        """Say when the UID is removed for a moment."""
        return (READDS,) if verb is Verb.UPDATE and _takes_tag_off(task) else ()

    def _post(self, name: str, uid: str, desired: Person) -> Step:
        return Step(
            name=name,
            verb=Verb.UPDATE,
            request=self.api.request("POST", "/uids", json=desired.wire(uid)),
            read=lambda _answer: Reply(extra={LEFT: None}),
            idempotent=True,
        )

    async def _remove(self, uid: str, writer: Writer) -> None:
        step = Step(
            name="remove to re-add",
            verb=Verb.UPDATE,
            request=self.api.request("DELETE", f"/uids/{segment(uid)}"),
            removes=True,
            idempotent=True,
        )
        await erase(writer, step, lambda: self._is_there(uid))

    async def _is_there(self, uid: str, number: str | None = None) -> bool:
        try:
            row = await self.api.one(f"/uids/{segment(uid)}")
        except ReadFailed:
            # Neither is it documented what is said of an unknown uid: the list knows.
            scope = Scope(kinds=frozenset({self.kind}), progress=no_progress)
            found = await self.rows(
                self.api.uid_pages(), lambda r: (identifier(r, "uid"), r), scope
            )
            row = next((each for each in found if identifier(each, "uid") == uid), None)
        return row is not None and (number is None or number in person(row).phones)

    async def _check(self, uid: str, posted: Person, tags: frozenset[str]) -> Person:
        """Read the UID again, since the answer to posting it says nothing."""
        row = await self.api.one(f"/uids/{segment(uid)}")
        if row is None:
            raise ReadFailed(f"uid {uid} is not there after it was posted", hint="Plan again.")
        now = person(row)
        if now.tags != tags:
            raise ReadFailed(
                f"uid {uid} has other tags than those just posted",
                hint="Plan again: the plan shows what is left to do.",
            )
        return replace(now, spelled={**posted.spelled, **now.spelled})

    async def _set_phones(
        self, task: Task, writer: Writer, now: Person, desired: frozenset[str]
    ) -> None:
        uid = live_id(task)
        path = f"/uids/{segment(uid)}/phone-numbers"
        holds = set(now.phones)
        for number in sorted(desired - now.phones):
            holds.add(number)
            step = Step(
                name="add phone number",
                verb=Verb.UPDATE,
                request=self.api.request("POST", path, json={"phoneNumber": number}),
                applied=_held_with(task, holds),
                idempotent=True,
            )
            await writer.write(step)
        for number in sorted(now.phones - desired):
            holds.discard(number)
            spelled = now.spelled.get(number, number)
            step = Step(
                name="remove phone number",
                verb=Verb.UPDATE,
                request=self.api.request(
                    "DELETE", f"{path}/{{number}}", personal={"number": spelled}
                ),
                applied=_held_with(task, holds),
                idempotent=True,
            )
            await erase(writer, step, partial(self._is_there, uid, number))


def _held_with(task: Task, phones: Iterable[str]) -> dict[str, JsonValue]:
    """Return the managed fields as they hold while the UID has these phone numbers."""
    fields = held(task)
    if "phoneNumbers" in fields:
        fields["phoneNumbers"] = [*sorted(phones)]
    return fields


def _takes_tag_off(task: Task) -> bool:
    return bool(_as_seen(task).tags - set(ids(value_of(task, "tags"))))


def _adds_tag(task: Task) -> bool:
    tags = value_of(task, "tags")
    return is_pending(tags) or bool(set(ids(tags)) - _as_seen(task).tags)
