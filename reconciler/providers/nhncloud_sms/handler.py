"""What the code of every kind has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import ClassVar, TypeVar

from msgspec import Struct

from reconciler.errors import NotSent, OutcomeUnknown, ReadFailed, Rejected
from reconciler.http.outcomes import AbsentObject
from reconciler.model.finding import Finding
from reconciler.model.journal import Verb
from reconciler.model.live import Collection
from reconciler.model.values import JsonValue
from reconciler.providers.nhncloud_sms.client import Api
from reconciler.providers.nhncloud_sms.convert import Row
from reconciler.providers.nhncloud_sms.paging import Fetch, Kept, Listing, read_list
from reconciler.providers.task import Applied, Scope, Step, Task, Writer

V = TypeVar("V")


class Tools(Struct, frozen=True, kw_only=True):
    """What the kinds of one account work with."""

    api: Api
    account: str
    """The account's name in manifests, for progress."""
    create_user: str
    update_user: str
    concurrency: int

    @property
    def width(self) -> int:
        """Return how many pages to ask for at once.

        More than are answered at once, so that no connection waits while a page is read.
        """
        return 2 * self.concurrency


class Seen(Struct, frozen=True, kw_only=True):
    """What one kind's collection turned out to be."""

    collection: Collection
    findings: tuple[Finding, ...] = ()


class Handler(ABC):
    """Observes and changes the objects of one kind."""

    kind: ClassVar[str]

    def __init__(self, tools: Tools) -> None:
        """Work with the tools of one account."""
        self.tools = tools
        self.api = tools.api

    @abstractmethod
    async def observe(self, scope: Scope) -> Seen:
        """Read the whole collection; raises `ProviderError` when that fails."""

    async def exists(self, remote_id: str) -> bool:
        """Read one object alone; for kinds that say `read_alone`."""
        raise NotImplementedError

    @abstractmethod
    async def create(self, task: Task, writer: Writer) -> Applied:
        """Create what `task.desired` says."""

    @abstractmethod
    async def update(self, task: Task, writer: Writer) -> Applied:
        """Bring `task.changed` in line."""

    @abstractmethod
    async def delete(self, task: Task, writer: Writer) -> None:
        """Delete the object; gone already is success."""

    def cost(self, task: Task, verb: Verb) -> int:  # noqa: ARG002 -- for kinds with several requests
        """Return how many requests the task takes."""
        return 1

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:  # noqa: ARG002 -- for kinds with any
        """Return what a person should know before it is done."""
        return ()

    async def rows(
        self, fetch: Fetch, keep: Callable[[Row], tuple[str, V]], scope: Scope
    ) -> list[V]:
        """Read a whole list and return what `keep` keeps of each row."""
        listing = Listing(
            what=f"{self.tools.account} {self.kind}",
            fetch=fetch,
            collector=lambda: Kept(keep),
            width=self.tools.width,
            expect=self.api.expect,
            progress=scope.progress,
        )
        return list((await read_list(listing)).by_id.values())


def live_id(task: Task) -> str:
    """Return the remote id of the object that an update changes: the one that was just seen."""
    if task.live is not None:
        return task.live.id
    return owned_id(task)


def owned_id(task: Task) -> str:
    """Return the remote id of the object that a delete takes away: the one that state owns."""
    if task.owned is not None:
        return task.owned.remote_id
    if task.live is not None:
        return task.live.id
    raise NotSent(f"nothing is known of the live object of {task.address}")


def value_of(task: Task, name: str) -> JsonValue:
    """Return what a field is to be: the desired value where it is managed, else the live one."""
    live = {} if task.live is None else task.live.fields
    if name in task.desired and (name in task.managed or name not in live):
        return task.desired[name]
    return live.get(name)


def held(task: Task) -> dict[str, JsonValue]:
    """Return the managed fields as they hold once everything desired is done."""
    return {name: task.desired[name] for name in sorted(task.managed & task.desired.keys())}


async def erase(writer: Writer, step: Step, still_there: Callable[[], Awaitable[bool]]) -> None:
    """Delete an object. Whatever was answered, or not, it succeeded when the object is gone.

    Which code an unknown object has is not documented throughout: where an answer was lost, the
    next attempt may be told one that says nothing.
    """
    try:
        await writer.write(step)
    except AbsentObject:
        return
    except (Rejected, OutcomeUnknown) as refused:
        try:
            there = await still_there()
        except (ReadFailed, Rejected):
            raise refused from None
        if there:
            raise
