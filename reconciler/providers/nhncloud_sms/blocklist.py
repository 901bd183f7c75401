"""Block lists: the numbers that want no messages from the holder of an 080 number.

A list of a million numbers is read a page at a time into a `NumberSet`; no row is kept. Numbers
are added and removed ten at a time, the API's limit, several requests in parallel. It does not say
which of ten it refused, nor whether the others were taken: after a refusal each of them is sent
alone, so that one bad number does not stop the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Self, cast

from msgspec import Struct, field

from reconciler.errors import ProviderError, ReadFailed, Rejected
from reconciler.http.outcomes import AbsentObject
from reconciler.model.journal import Verb
from reconciler.model.live import Collection, LiveObject
from reconciler.model.numbers import MAX_DIGITS, NumberSet
from reconciler.model.personal import mask_number
from reconciler.model.values import JsonValue
from reconciler.providers.handler import Handler, Seen
from reconciler.providers.listing import fan_out
from reconciler.providers.nhncloud_sms.client import Api, concerns_account
from reconciler.providers.nhncloud_sms.convert import phone_digits
from reconciler.providers.task import Applied, Scope, Task, UpdateStep, Writer
from reconciler.providers.wire import Row, rows, text
from reconciler.redaction import redact_foreign

BATCH = 10
"""Numbers in one request."""
SHOWN = 20
"""Refused numbers that an error lists."""
TAKEN_OFF = (
    "numbers taken off a block list get messages again, "
    "and who called the 080 number must stay on it by law"
)


class Numbers:
    """Collects the numbers of a list and none of its rows."""

    def __init__(self) -> None:
        """Start with none."""
        self._plain = NumberSet()
        self._respelled = NumberSet()
        self._unreadable: set[str] = set()

    def take(self, page: list[Row]) -> None:
        """Take one page: at once where it holds digits only, else number by number."""
        numbers = [row.get("recipientNo") for row in page]
        plain = _plain(numbers)
        if plain is not None:
            self._plain.add_many(plain)
            return
        for number in numbers:
            self._take_one(number)

    def _take_one(self, number: JsonValue) -> None:
        if number is None or number == "":
            raise ReadFailed("NHN Cloud answered a block list row without recipientNo")
        spelled = text(number)
        digits = phone_digits(spelled)
        if not 0 < len(digits) <= MAX_DIGITS:
            self._unreadable.add(spelled)
        elif digits == spelled:
            self._plain.add_many((digits,))
        else:
            self._respelled.add_many((digits,))

    def __len__(self) -> int:
        """Count the distinct entries; two spellings of a number are two."""
        return len(self._plain) + len(self._respelled) + len(self._unreadable)

    def same(self, other: Self) -> bool:
        """Compare by numbers."""
        return (
            self._plain == other._plain
            and self._respelled == other._respelled
            and self._unreadable == other._unreadable
        )

    def members(self) -> NumberSet:
        """Return the numbers; what cannot be one is left out."""
        return self._plain | self._respelled if self._respelled else self._plain


def _plain(numbers: list[JsonValue]) -> list[str] | None:
    """Return the numbers if all are digits only, as a set takes them; else `None`."""
    try:
        joined = "".join(numbers)  # type: ignore[arg-type]  # where one is no text, it raises
    except TypeError:
        return None
    lengths = set(map(len, cast("list[str]", numbers)))
    fits = not lengths or (min(lengths) > 0 and max(lengths) <= MAX_DIGITS)
    return cast("list[str]", numbers) if fits and joined.isascii() and joined.isdecimal() else None


class _Work(Struct, kw_only=True):
    """Changing one block list."""

    number: str
    """The 080 number."""
    writer: Writer
    applied: dict[str, JsonValue]
    key: str
    refused: dict[str, str] = field(default_factory=dict)
    """Numbers the provider would not take, and its words."""


class BlockLists(Handler[Api]):
    """The block lists of the 080 numbers that manifests or state name."""

    async def observe(self, scope: Scope) -> Seen:
        """Read the list of every 080 number that is desired or owned.

        A list is always there, if only empty: the 080 number itself is made in the console.
        """
        numbers = {
            text(resource.spec.get("unsubscribeNumber")): None
            for resource in scope.desired.get(self.kind.name, ())
        }
        numbers.update({row.remote_id: None for row in scope.owned.get(self.kind.name, ())})
        found = await asyncio.gather(*(self._observe_one(number, scope) for number in numbers))
        errors = [one for one in found if isinstance(one, str)]
        return Seen(
            collection=Collection(
                kind=self.kind.name,
                objects=tuple(one for one in found if isinstance(one, LiveObject)),
                complete=not errors,
                error="; ".join(errors),
            )
        )

    async def _observe_one(self, number: str, scope: Scope) -> LiveObject | str:
        what = f"{self.account.name} {self.kind.name} {number}"
        pages = self.client.pages("/blockservice/recipients", [("unsubscribeNo", number)])
        try:
            seen = await self.client.collect(what, pages, Numbers, scope.progress)
        except ProviderError as error:
            return f"block list of {number}: {error.message}"
        return LiveObject(
            kind=self.kind.name,
            id=number,
            key=number,
            fields={"unsubscribeNumber": number},
            members=seen.members(),
        )

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Add the desired numbers: there is nothing else to create."""
        return await self._change(task, writer, text(task.desired["unsubscribeNumber"]))

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Add and remove numbers."""
        return await self._change(task, writer, text(task.desired["unsubscribeNumber"]))

    async def delete(self, task: Task, writer: Writer) -> None:
        """Remove the numbers that the plan names: those that this tool added, and no other."""
        number = task.owned.remote_id if task.owned is not None else text(task.key)
        await self._change(task, writer, number)

    def cost(self, task: Task, verb: Verb) -> int:  # noqa: ARG002 -- the same for all
        """Count the batches."""
        if task.members is None:
            return 0
        return _batches(task.members.add) + _batches(task.members.remove)

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:  # noqa: ARG002 -- the same for all
        """Say what taking numbers off the list means."""
        if task.members is None or not task.members.remove:
            return ()
        return (TAKEN_OFF,)

    async def _change(self, task: Task, writer: Writer, number: str) -> Applied:
        held = {n: v for n, v in task.held().items() if n not in self.kind.set_fields}
        work = _Work(number=number, writer=writer, applied=held, key=number)
        members = task.members
        if members is not None and members.add:
            await self._in_batches(members.add, lambda batch: self._add(work, batch))
        if members is not None and members.remove:
            await self._in_batches(members.remove, lambda batch: self._remove(work, batch))
        if work.refused:
            raise _refusal(work, members.add if members is not None else NumberSet())
        return Applied(id=number)

    async def _in_batches(
        self, numbers: NumberSet, change: Callable[[Sequence[str]], Awaitable[None]]
    ) -> None:
        await fan_out(numbers.batches(BATCH), change, self.client.http.settings.concurrency)

    async def _add(self, work: _Work, batch: Sequence[str]) -> None:
        body: dict[str, JsonValue] = {
            "unsubscribeNo": work.number,
            "recipientNoList": [*batch],
        }
        step = UpdateStep(
            name="add numbers",
            request=self.client.request("POST", "/blockservice/recipients", json=body),
            key=work.key,
            applied=work.applied,
            makes=True,
            idempotent=True,
        )
        try:
            await work.writer.write(step)
        except Rejected as error:
            await self._one_by_one(work, batch, error, adding=True)
        else:
            await work.writer.acknowledge(batch)

    async def _remove(self, work: _Work, batch: Sequence[str]) -> None:
        query = [
            ("unsubscribeNo", work.number),
            ("updateUser", self.client.update_user),
            ("recipientNoList", ",".join(batch)),
        ]
        step = UpdateStep(
            name="remove numbers",
            request=self.client.request("DELETE", "/blockservice/recipients/removes", query=query),
            key=work.key,
            applied=work.applied,
            idempotent=True,
        )
        try:
            await work.writer.write(step)
        except Rejected as error:
            await self._one_by_one(work, batch, error, adding=False)

    async def _one_by_one(
        self, work: _Work, batch: Sequence[str], error: Rejected, *, adding: bool
    ) -> None:
        """Send the numbers of a refused batch singly; of a single one, look whether it matters."""
        if concerns_account(error.provider_code):
            raise error
        if len(batch) > 1:
            for number in batch:
                await (self._add if adding else self._remove)(work, [number])
            return
        if not adding and isinstance(error, AbsentObject):
            return
        if await self._listed(work.number, batch[0]) is not adding:
            work.refused[batch[0]] = error.message

    async def _listed(self, number: str, recipient: str) -> bool | None:
        """Tell whether one number is on the list; `None` when that cannot be told."""
        query = [("unsubscribeNo", number), ("recipientNo", recipient)]
        query += [("pageNum", "1"), ("pageSize", "1000")]
        try:
            body = await self.client.get("/blockservice/recipients", query)
        except (ReadFailed, Rejected):
            return None
        if not isinstance(body, dict) or not isinstance(body.get("data"), list):
            return None
        data = rows(body["data"])
        there = {phone_digits(text(row.get("recipientNo"))) for row in data}
        # Other numbers in the answer: the filter did nothing, so absence proves nothing.
        return True if recipient in there else None if there else False


def _batches(numbers: NumberSet) -> int:
    return -(-len(numbers) // BATCH)


def _refusal(work: _Work, added: NumberSet) -> Rejected:
    details = [
        f"{mask_number(number)} was not {'added' if number in added else 'removed'}: "
        f"{redact_foreign(why)}"
        for number, why in sorted(work.refused.items())
    ]
    more = len(details) - SHOWN
    if more > 0:
        details = [*details[:SHOWN], f"… and {more} more"]
    return Rejected(
        f"{len(work.refused)} numbers of the block list of {work.number} were refused; "
        "the others are done",
        details=details,
        hint="Correct or remove them in the manifest; `reconciler plan` shows what is left.",
    )
