"""What API keys and SMTP configurations have in common: made once, told once, never changed."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

from reconciler.errors import OutcomeUnknown, ProviderError, SecretUntold
from reconciler.model.journal import CreateIntent, Verb
from reconciler.model.live import Collection, LiveObject
from reconciler.model.secret import Secret
from reconciler.model.values import id_of
from reconciler.providers.handler import Handler, Seen
from reconciler.providers.octeth.client import OctethClient
from reconciler.providers.octeth.known import domain_id
from reconciler.providers.octeth.rows import DomainRow, KeyRow, SmtpAccess
from reconciler.providers.task import Applied, DeleteStep, Reply, Scope, Task, Writer

SINK = "deliverTo"
NOT_LISTED = "Apply again: it is replaced, because nobody has its secret."

Row = TypeVar("Row", KeyRow, SmtpAccess)


class Credentials(Handler[OctethClient], Generic[Row]):
    """Objects of a sender domain, listed one domain at a time, each with a secret."""

    deletion: ClassVar[tuple[str, str, str]]
    """The command that deletes one, and what its id is called: on the page, at newer servers."""

    @abstractmethod
    async def listed(self, domain: str) -> Sequence[Row]:
        """List a domain's."""

    @abstractmethod
    def live(self, domain: DomainRow, row: Row) -> LiveObject:
        """Return what a row stands for."""

    @abstractmethod
    async def send(self, task: Task, writer: Writer, domain: str, seen: tuple[str, ...]) -> Reply:
        """Send the create; `seen` are the ids that the domain has."""

    @abstractmethod
    async def find_out(
        self, task: Task, writer: Writer, created: str, reply: Reply
    ) -> Mapping[str, Secret]:
        """Return the secrets of what was made, which the answer did not tell.

        Raises:
            ProviderError: They cannot be had now; `SecretUntold`: or ever.
        """

    async def observe(self, scope: Scope) -> Seen:  # noqa: ARG002 -- as the domains were read
        """List those of the domains that matter."""
        known = self.client.known
        domains = known.asked(self.kind.name)
        lists = await asyncio.gather(*(self.listed(domain.id) for domain in domains))
        known.tell(self.kind.name)
        objects = [
            self.live(domain, row)
            for domain, rows in zip(domains, lists, strict=True)
            for row in rows
        ]
        return Seen(
            collection=Collection(kind=self.kind.name, objects=tuple(objects)),
            findings=tuple(known.missing(self.kind.name)),
        )

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Make one. Only one at a time at each domain: what is new in the list is it."""
        domain = domain_id(task)
        async with self.client.lock(self.kind.name, domain):
            seen = await self.ids(domain)
            reply = await self.send(task, writer, domain, seen)
            created = reply.id or only_new(await self.ids(domain), seen)
            secrets = {} if reply.secrets else await self.find_out(task, writer, created, reply)
        return Applied(id=created, extra={"domainId": domain}, secrets=secrets)

    async def delete(self, task: Task, writer: Writer) -> None:
        """Send the id under both its spellings; the list tells what came of it."""
        command, *spellings = self.deletion
        known = task.owned_id
        request = self.client.request(command, dict.fromkeys(spellings, known))

        async def still_there() -> bool:
            return known in await self.ids(domain_id(task))

        step = DeleteStep(name="delete", request=request)
        await self.client.erase(writer, command, step, still_there)

    def cost(self, task: Task, verb: Verb) -> int:  # noqa: ARG002 -- the same for all
        """Count the list that is read before one is made."""
        return 1 if verb is Verb.DELETE else 2

    def candidates(self, intent: CreateIntent, collection: Collection) -> list[LiveObject]:
        """Return what an unknown create may have made, within its domain."""
        domain = id_of(intent.applied.get("domain"))
        rows = [row for row in collection.objects if domain in {None, id_of(row.fields["domain"])}]
        if intent.marker:
            marked = [row for row in rows if row.marker == intent.marker]
            if marked:
                return marked
            # A description that shows and lacks the marker is unmanaged.
            rows = [row for row in rows if "description" not in row.fields]
        known = set(intent.pre_ids)
        return [row for row in rows if row.id not in known]

    async def ids(self, domain: str) -> tuple[str, ...]:
        """Return the ids that a domain has."""
        return tuple(row.id or "" for row in await self.listed(domain))


def only_new(listed: Iterable[str], seen: Iterable[str]) -> str:
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


def untold(message: str, hint: str, *, listed: bool) -> ProviderError:
    """Return the error of a secret that nobody told; one that is not listed may yet be shown."""
    if listed:
        return SecretUntold(message, hint=hint)
    return ProviderError(message, hint=NOT_LISTED)
