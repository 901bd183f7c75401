"""Kinds whose objects are sets of numbers, which are added and removed a few in each request.

A set of a million numbers is read page by page into a `NumberSet`; no row is kept. Numbers are
added and removed in batches, with several requests in parallel. An answer does not say which number
of a batch was refused, nor whether the others were accepted. So after a refusal each number is sent
alone, and one bad number does not stop the rest. That is also done after an unclear answer, such as
an undocumented code: for a single number, reading the set shows what happened.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, Generic, Self, TypeVar, cast

from msgspec import Struct, field

from reconciler.errors import ProviderError, Rejected
from reconciler.http.outcomes import AbsentObject, UnclearAnswer
from reconciler.http.request import Request
from reconciler.model.journal import Verb
from reconciler.model.live import Collection, LiveObject
from reconciler.model.numbers import MAX_DIGITS, NumberSet
from reconciler.model.personal import mask_number
from reconciler.model.values import JsonValue
from reconciler.providers.handler import Handler, Seen, concerns_request
from reconciler.providers.listing import Fetch, fan_out
from reconciler.providers.rest import RestClient
from reconciler.providers.task import Applied, Scope, Task, UpdateStep, Writer
from reconciler.providers.wire import Malformed, Row, text
from reconciler.redaction import redact_foreign

SHOWN = 20
"""How many refused numbers an error lists."""

Client = TypeVar("Client", bound=RestClient)


class Numbers:
    """Collects the numbers in a list, without keeping its rows."""

    def __init__(self, member: str, digits: Callable[[str], str]) -> None:
        """Start empty; a row has its number in `member`, and `digits` brings it into digits."""
        self._member = member
        self._digits = digits
        self._plain = NumberSet()
        self._respelled = NumberSet()
        self._unreadable: set[str] = set()

    def take(self, page: list[Row]) -> None:
        """Take one page: all at once if it has digits only, else number by number."""
        numbers = [row.get(self._member) for row in page]
        plain = _plain(numbers)
        if plain is not None:
            self._plain.add_many(plain)
            return
        for number in numbers:
            self._take_one(number)

    def _take_one(self, number: JsonValue) -> None:
        if number is None or number == "":
            raise Malformed(f"the answer has a row without {self._member}")
        spelled = text(number)
        digits = self._digits(spelled)
        if not 0 < len(digits) <= MAX_DIGITS:
            self._unreadable.add(spelled)
        elif digits == spelled:
            self._plain.add_many((digits,))
        else:
            self._respelled.add_many((digits,))

    def __len__(self) -> int:
        """Count the distinct entries; two spellings of a number count as two."""
        return len(self._plain) + len(self._respelled) + len(self._unreadable)

    def same(self, other: Self) -> bool:
        """Tell whether another pass saw the same entries."""
        return (
            self._plain == other._plain
            and self._respelled == other._respelled
            and self._unreadable == other._unreadable
        )

    def members(self) -> NumberSet:
        """Return the numbers, without entries that cannot be numbers."""
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
    """A change of one set, while it is carried out."""

    name: str
    """Its natural key, which is its id."""
    writer: Writer
    applied: dict[str, JsonValue]
    refused: dict[str, str] = field(default_factory=dict)
    """Numbers that the provider refused, and why, in its words."""


class SetHandler(Handler[Client], Generic[Client]):
    """Observes and changes the sets of one kind. Every set exists, even if it is empty."""

    named_by: ClassVar[str]
    """The field whose value is the set's key and id."""
    batch: ClassVar[int]
    """The most numbers in one request."""
    taken_off: ClassVar[str]
    """What a person should know before numbers are removed."""

    @abstractmethod
    def called(self, name: str) -> str:
        """Return what messages call the set of this name."""

    @abstractmethod
    def pages(self, name: str) -> Fetch:
        """Return the reader of a set's pages."""

    @abstractmethod
    def numbers(self) -> Numbers:
        """Return an empty collector for a set's rows."""

    @abstractmethod
    def adding(self, name: str, numbers: Sequence[str]) -> Request:
        """Return the request that adds numbers; it may be repeated."""

    @abstractmethod
    def removing(self, name: str, numbers: Sequence[str]) -> Request:
        """Return the request that removes numbers; it may be repeated."""

    @abstractmethod
    async def lists(self, name: str, number: str) -> bool | None:
        """Tell whether a set has one number; `None` when that is not clear."""

    @abstractmethod
    def concerns_all(self, refusal: Rejected) -> bool:
        """Tell whether every request like the refused one will be refused, whatever its numbers."""

    async def observe(self, scope: Scope) -> Seen:
        """Read every set that is desired or owned."""
        desired = scope.desired.get(self.kind.name, ())
        names = {text(resource.spec.get(self.named_by)): None for resource in desired}
        names.update({row.remote_id: None for row in scope.owned.get(self.kind.name, ())})
        found = await asyncio.gather(*(self._observe_one(name, scope) for name in names))
        errors = [error for error in found if isinstance(error, str)]
        return Seen(
            collection=Collection(
                kind=self.kind.name,
                objects=tuple(live for live in found if isinstance(live, LiveObject)),
                complete=not errors,
                error="; ".join(errors),
            )
        )

    async def _observe_one(self, name: str, scope: Scope) -> LiveObject | str:
        what = f"{self.account.name} {self.kind.name} {name}"
        pages = self.pages(name)
        try:
            seen = await self.client.collect(what, pages, self.numbers, scope.progress)
        except ProviderError as error:
            return f"{self.called(name)}: {error.message}"
        return LiveObject(
            kind=self.kind.name,
            id=name,
            key=name,
            fields={self.named_by: name},
            members=seen.members(),
        )

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Add the desired numbers: there is nothing else to create."""
        return await self._change(task, writer, text(task.desired[self.named_by]))

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Add and remove numbers."""
        return await self._change(task, writer, text(task.desired[self.named_by]))

    async def delete(self, task: Task, writer: Writer) -> None:
        """Remove the numbers that the plan names: those that this tool added, and no other."""
        name = task.owned.remote_id if task.owned is not None else text(task.key)
        await self._change(task, writer, name)

    def cost(self, task: Task, verb: Verb) -> int:  # noqa: ARG002 -- the same for all
        """Count the batches to add and to remove."""
        if task.members is None:
            return 0
        return sum(-(-len(some) // self.batch) for some in (task.members.add, task.members.remove))

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:  # noqa: ARG002 -- the same for all
        """Say what removing numbers means."""
        if task.members is None or not task.members.remove:
            return ()
        return (self.taken_off,)

    async def _change(self, task: Task, writer: Writer, name: str) -> Applied:
        held = {n: v for n, v in task.held().items() if n not in self.kind.set_fields}
        work = _Work(name=name, writer=writer, applied=held)
        members = task.members
        if members is not None and members.add:
            await self._in_batches(members.add, lambda some: self._add(work, some))
        if members is not None and members.remove:
            await self._in_batches(members.remove, lambda some: self._remove(work, some))
        if work.refused:
            raise self._refusal(work, members.add if members is not None else NumberSet())
        return Applied(id=name)

    async def _in_batches(
        self, numbers: NumberSet, change: Callable[[Sequence[str]], Awaitable[None]]
    ) -> None:
        concurrency = self.client.http.settings.concurrency
        await fan_out(numbers.batches(self.batch), change, concurrency)

    async def _add(self, work: _Work, numbers: Sequence[str]) -> None:
        step = UpdateStep(
            name="add numbers",
            request=self.adding(work.name, numbers),
            key=work.name,
            applied=work.applied,
            makes=True,
            idempotent=True,
        )
        try:
            await work.writer.write(step)
        except (Rejected, UnclearAnswer) as error:
            await self._one_by_one(work, numbers, error, adding=True)
        else:
            await work.writer.acknowledge(numbers)

    async def _remove(self, work: _Work, numbers: Sequence[str]) -> None:
        step = UpdateStep(
            name="remove numbers",
            request=self.removing(work.name, numbers),
            key=work.name,
            applied=work.applied,
            idempotent=True,
        )
        try:
            await work.writer.write(step)
        except (Rejected, UnclearAnswer) as error:
            await self._one_by_one(work, numbers, error, adding=False)

    async def _one_by_one(
        self, work: _Work, numbers: Sequence[str], error: Rejected | UnclearAnswer, *, adding: bool
    ) -> None:
        """Send each number of a refused batch alone; for a single one, read whether it is there.

        Raises:
            Rejected: The refusal concerns more than these numbers.
            UnclearAnswer: Every number was refused alone, too, or the server is failing.
        """
        if not concerns_request(error, self.concerns_all):
            raise error
        if len(numbers) == 1:
            await self._look_for_one(work, numbers[0], error, adding=adding)
            return
        for number in numbers:
            await (self._add if adding else self._remove)(work, [number])
        if isinstance(error, UnclearAnswer) and work.refused.keys() >= set(numbers):
            raise error

    async def _look_for_one(
        self, work: _Work, number: str, error: Rejected | UnclearAnswer, *, adding: bool
    ) -> None:
        if not adding and isinstance(error, AbsentObject):
            return
        there = await self.lists(work.name, number)
        if there is None and isinstance(error, UnclearAnswer):
            raise error
        if there is not adding:
            work.refused[number] = error.message

    def _refusal(self, work: _Work, added: NumberSet) -> Rejected:
        details = [
            f"{mask_number(number)} was not {'added' if number in added else 'removed'}: "
            f"{redact_foreign(why)}"
            for number, why in sorted(work.refused.items())
        ]
        more = len(details) - SHOWN
        if more > 0:
            details = [*details[:SHOWN], f"… and {more} more"]
        return Rejected(
            f"{len(work.refused)} numbers of the {self.called(work.name)} were refused; "
            "the others are done",
            details=details,
            hint="Correct or remove them in the manifest; `reconciler plan` shows what is left.",
        )
