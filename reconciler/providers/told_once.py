"""Kinds whose objects have a secret that is told once: made once, never changed.

They are inside one of another kind, and no answer to a create can be trusted to have all.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

from reconciler.errors import OutcomeUnknown, ProviderError, SecretUntold
from reconciler.http.request import Request
from reconciler.model.journal import CreateIntent, Verb
from reconciler.model.live import Collection, LiveObject
from reconciler.model.secret import Secret
from reconciler.model.values import id_of
from reconciler.providers.handler import Handler, Seen, erase
from reconciler.providers.inside import Parent, Parents
from reconciler.providers.task import Applied, DeleteStep, Reply, Scope, Task, Writer

NOT_LISTED = "Apply again: it is replaced, because nobody has its secret."

P = TypeVar("P", bound=Parent)
Client = TypeVar("Client")
Row = TypeVar("Row")


class ToldOnceHandler(Handler[Client], Generic[Client, P, Row]):
    """Observes, makes and removes such objects."""

    carries_marker: ClassVar[str] = ""
    """The field at whose end our marker is shown again; none by default."""

    @property
    @abstractmethod
    def parents(self) -> Parents[P]:
        """Return what such objects are inside of."""

    @abstractmethod
    async def listed(self, parent: str) -> Sequence[Row]:
        """List what is inside a parent."""

    @abstractmethod
    def id_in(self, row: Row) -> str:
        """Return the id of a row."""

    @abstractmethod
    def live(self, parent: P, row: Row) -> LiveObject:
        """Return what a row stands for."""

    @abstractmethod
    async def send(self, task: Task, writer: Writer, parent: str, seen: tuple[str, ...]) -> Reply:
        """Send the create; `seen` are the ids inside the parent."""

    @abstractmethod
    async def find_out(
        self, task: Task, writer: Writer, created: str, reply: Reply
    ) -> Mapping[str, Secret]:
        """Return the secrets of what was made, which the answer did not tell.

        Raises:
            ProviderError: They cannot be had now; `SecretUntold`: or ever.
        """

    @abstractmethod
    def removal(self, known: str) -> Request:
        """Return the request that deletes the object of an id."""

    async def observe(self, scope: Scope) -> Seen:  # noqa: ARG002 -- as the parents were read
        """List those of the parents that matter."""
        found = await self.parents.listed(self.kind.name, self.listed)
        objects = tuple(self.live(parent, row) for parent, rows in found for row in rows)
        return Seen(
            collection=Collection(kind=self.kind.name, objects=objects),
            findings=self.parents.findings(self.kind.name),
        )

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Make one. Only one at a time in each parent: what is new in the list is it."""
        inside = self.parents.inside
        parent = inside.of(task)
        async with self.parents.lock(self.kind.name, parent):
            seen = await self.ids(parent)
            reply = await self.send(task, writer, parent, seen)
            created = reply.id or _only_new(await self.ids(parent), seen)
            secrets = {} if reply.secrets else await self.find_out(task, writer, created, reply)
        return Applied(id=created, extra=inside.remember(parent), secrets=secrets)

    async def delete(self, task: Task, writer: Writer) -> None:
        """Delete it; the list tells what came of that."""
        known = task.owned_id

        async def still_there() -> bool:
            return known in await self.ids(self.parents.inside.of(task))

        step = DeleteStep(name="delete", request=self.removal(known))
        await erase(writer, step, still_there, believe_absent=False)

    def cost(self, task: Task, verb: Verb) -> int:  # noqa: ARG002 -- the same for all
        """Count the list that is read before one is made."""
        return 1 if verb is Verb.DELETE else 2

    def candidates(self, intent: CreateIntent, collection: Collection) -> list[LiveObject]:
        """Return what an unknown create may have made, within its parent."""
        field = self.parents.inside.field
        parent = id_of(intent.applied.get(field))
        rows = [row for row in collection.objects if parent in {None, id_of(row.fields[field])}]
        if intent.marker:
            marked = [row for row in rows if row.marker == intent.marker]
            if marked:
                return marked
            # What shows the field, and lacks the marker there, is unmanaged.
            rows = [row for row in rows if self.carries_marker not in row.fields]
        known = set(intent.pre_ids)
        return [row for row in rows if row.id not in known]

    async def ids(self, parent: str) -> tuple[str, ...]:
        """Return the ids inside a parent."""
        return tuple(map(self.id_in, await self.listed(parent)))


def untold(message: str, hint: str, *, listed: bool) -> ProviderError:
    """Return the error of a secret that nobody told; one that is not listed may yet be shown."""
    if listed:
        return SecretUntold(message, hint=hint)
    return ProviderError(message, hint=NOT_LISTED)


def _only_new(listed: Iterable[str], seen: Iterable[str]) -> str:
    """Return the one id that was not there before, of what was made without its id being told.

    Raises:
        OutcomeUnknown: There is none, or more than one; recovery looks again, or asks.
    """
    new = set(listed) - set(seen)
    if len(new) != 1:
        raise OutcomeUnknown(
            f"the server did not tell the id of what it created, and its list shows {len(new)} new"
        )
    return new.pop()
