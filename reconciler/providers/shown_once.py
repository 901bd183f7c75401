"""Kinds whose objects have a secret that is shown only once, when they are made.

They are never changed, they belong to a parent object, and the answer to a create may lack their id
or their secret.
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


class ShownOnceHandler(Handler[Client], Generic[Client, P, Row]):
    """Observes, makes and deletes such objects."""

    carries_marker: ClassVar[str] = ""
    """The field at whose end lists show our marker; none by default."""

    @property
    @abstractmethod
    def parents(self) -> Parents[P]:
        """Return the parents of such objects."""

    @abstractmethod
    async def listed(self, parent: str) -> Sequence[Row]:
        """List the objects of a parent."""

    @abstractmethod
    def id_in(self, row: Row) -> str:
        """Return the id of a row."""

    @abstractmethod
    def live(self, parent: P, row: Row) -> LiveObject:
        """Return the live object of a row."""

    @abstractmethod
    async def send(self, task: Task, writer: Writer, parent: str, seen: tuple[str, ...]) -> Reply:
        """Send the create; `seen` are the ids that the parent has before."""

    @abstractmethod
    async def find_out(
        self, task: Task, writer: Writer, created: str, reply: Reply
    ) -> Mapping[str, Secret]:
        """Find out the secrets of an object whose create was answered without them.

        Raises:
            SecretUntold: They can never be had.
            ProviderError: They cannot be had now.
        """

    @abstractmethod
    def removal(self, known: str) -> Request:
        """Return the request that deletes the object with an id."""

    async def observe(self, scope: Scope) -> Seen:  # noqa: ARG002 -- as the parents were read
        """List the objects of every parent that matters."""
        found = await self.parents.listed(self.kind.name, self.listed)
        objects = tuple(self.live(parent, row) for parent, rows in found for row in rows)
        return Seen(
            collection=Collection(kind=self.kind.name, objects=objects),
            findings=self.parents.findings(self.kind.name),
        )

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Make one object; in each parent one at a time, so that it is what is new in the list."""
        inside = self.parents.inside
        parent = inside.of(task)
        async with self.parents.lock(self.kind.name, parent):
            seen = await self.ids(parent)
            reply = await self.send(task, writer, parent, seen)
            created = reply.id or _only_new(await self.ids(parent), seen)
            secrets = {} if reply.secrets else await self.find_out(task, writer, created, reply)
        return Applied(id=created, extra=inside.remember(parent), secrets=secrets)

    async def delete(self, task: Task, writer: Writer) -> None:
        """Delete the object; if the answer is unclear, check the list."""
        known = task.owned_id

        async def still_there() -> bool:
            return known in await self.ids(self.parents.inside.of(task))

        step = DeleteStep(name="delete", request=self.removal(known))
        await erase(writer, step, still_there, believe_absent=False)

    def cost(self, task: Task, verb: Verb) -> int:  # noqa: ARG002 -- the same for all
        """Count one request, for a create the list before, too; an update only moves a secret."""
        return {Verb.CREATE: 2, Verb.UPDATE: 0, Verb.DELETE: 1}[verb]

    def candidates(self, intent: CreateIntent, collection: Collection) -> list[LiveObject]:
        """Return the objects of the parent that a create with unknown outcome may have made."""
        field = self.parents.inside.field
        parent = id_of(intent.applied.get(field))
        rows = [row for row in collection.objects if parent in {None, id_of(row.fields[field])}]
        if intent.marker:
            marked = [row for row in rows if row.marker == intent.marker]
            if marked:
                return marked
            # An object that shows the field, without the marker, is unmanaged.
            rows = [row for row in rows if self.carries_marker not in row.fields]
        known = set(intent.pre_ids)
        return [row for row in rows if row.id not in known]

    async def ids(self, parent: str) -> tuple[str, ...]:
        """Return the ids of a parent's objects."""
        return tuple(map(self.id_in, await self.listed(parent)))


def untold(message: str, hint: str, *, listed: bool) -> ProviderError:
    """Return the error for a secret that was not shown; final only if the object is `listed`."""
    if listed:
        return SecretUntold(message, hint=hint)
    return ProviderError(message, hint=NOT_LISTED)


def _only_new(listed: Iterable[str], seen: Iterable[str]) -> str:
    """Return the one new id in a list, for a create that was answered without the id.

    Raises:
        OutcomeUnknown: There is none, or more than one; recovery will look again, or ask.
    """
    new = set(listed) - set(seen)
    if len(new) != 1:
        raise OutcomeUnknown(
            f"the server did not tell the id of what it created, and its list shows {len(new)} new"
        )
    return new.pop()
