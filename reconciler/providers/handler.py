"""The contract between the engine and the provider code of one kind.

A kind consists of data (`Kind`) and a handler. A handler must be able to read the kind's
collection. Methods for what the kind cannot do are not overridden. Plain REST kinds need hardly any
code: see `reconciler.providers.rest`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

from msgspec import Struct

from reconciler.errors import OutcomeUnknown, ProviderError, Rejected
from reconciler.http.outcomes import Absent, AbsentObject, UnclearAnswer
from reconciler.model.dns import DnsAnswer
from reconciler.model.finding import Finding, Severity
from reconciler.model.journal import CreateIntent, CreationClass, Verb
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Account, Resource
from reconciler.model.secret import Secret
from reconciler.model.usage import Usage
from reconciler.model.values import Fields
from reconciler.providers.examination import Proof, Subject, at_first_sight
from reconciler.providers.kind import Kind, ReplaceOrder
from reconciler.providers.task import (
    Applied,
    DeleteStep,
    HandOvers,
    Scope,
    Task,
    UpdateStep,
    Writer,
)

Client = TypeVar("Client")


class Seen(Struct, frozen=True, kw_only=True):
    """One kind's collection, as it was read."""

    collection: Collection
    findings: tuple[Finding, ...] = ()
    """What users should know about it, such as an unregistered sender or unverified DNS."""


class Handler(ABC, Generic[Client]):
    """Observes and changes the objects of one kind at one account.

    Reads go through the client directly; every request that changes something goes through the
    `Writer`, which makes the intent durable before the request leaves and the answer durable
    before anything else looks at it.
    """

    def __init__(self, kind: Kind, account: Account, client: Client) -> None:
        """Keep the kind's data, the account (all limits filled in) and what requests go through."""
        self.kind = kind
        self.account = account
        self.client = client

    @abstractmethod
    async def observe(self, scope: Scope) -> Seen:
        """Read the whole collection, in bulk.

        Must: use the largest page; raise `ProviderError`, or mark the collection incomplete, rather
        than return part of it. Must not: change anything.
        """

    @abstractmethod
    async def create(self, task: Task, writer: Writer) -> Applied:
        """Create what `task.desired` says, in one or several steps."""

    async def update(self, task: Task, writer: Writer) -> Applied:  # noqa: ARG002 -- for subclasses
        """Change `task.changed` to the desired values; fields outside `task.managed` stay.

        Not overridden by kinds without updates: only local fields of theirs can change.
        """
        return Applied(id=task.live_id, extra=task.extra)

    @abstractmethod
    async def delete(self, task: Task, writer: Writer) -> None:
        """Delete `task.owned` (of which `task.live` was just seen). Already gone is success."""

    async def exists(self, row: OwnedObject) -> bool:  # noqa: ARG002 -- for subclasses
        """Tell whether an object that lists lack exists, by reading it alone (`Kind.read_alone`).

        Raises `ProviderError` when that could not be found out.
        """
        return False

    def hand_over(self, scope: Scope) -> HandOvers:  # noqa: ARG002 -- for subclasses
        """Find live parts that pass from one address to another, by manifests and state alone.

        Called for kinds with `claims`. Deleting such a part and creating it again might fail, make
        it twice, or leave it unmanaged in between. Reads nothing.
        `scope` holds, of such kinds, what may change, and all rows of other kinds.
        """
        return HandOvers()

    def cost(self, task: Task, verb: Verb) -> int:  # noqa: ARG002 -- for subclasses
        """Return how many requests carrying out the task will take."""
        return 1

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:  # noqa: ARG002 -- for subclasses
        """Return what users should know before the task is carried out, one sentence each."""
        return ()

    def create_first(self, live: LiveObject | None) -> bool:  # noqa: ARG002 -- for subclasses
        """Tell whether a replacement may be created before the old object is deleted."""
        return self.kind.replace is ReplaceOrder.CREATE_FIRST

    async def recover_secrets(self, live: LiveObject, fields: Fields) -> Mapping[str, Secret]:  # noqa: ARG002
        """Return the secrets that an ordinary read still gives, named `<sink field>.<part>`."""
        return {}

    def unmanageable(self, live: LiveObject) -> str:  # noqa: ARG002 -- for subclasses
        """Return why no manifest can manage a live object, as a clause; empty if one can."""
        return ""

    def unreadable(self, live: LiveObject) -> Mapping[str, str]:  # noqa: ARG002 -- for subclasses
        """Return, for people, what is known of fields that cannot be read, by field."""
        return {}

    async def usage(self, live: LiveObject) -> Usage | None:
        """Find out by cheap reads how an object is used, before it is deleted; `None`: not known.

        Raises `ProviderError` when reading fails.
        """
        return live.usage

    async def examine(self, subject: Subject) -> tuple[Proof, ...]:
        """Check whether an object works, for kinds with `proves`. Sends no message.

        May read with the object's own secret. Raises `ProviderError` when that fails.
        """
        check = self.kind.proves
        return () if check is None else (at_first_sight(check, subject.live),)

    async def look_at_dns(self, row: OwnedObject) -> DnsAnswer:  # noqa: ARG002 -- for subclasses
        """Have the provider check the DNS of a domain now, for kinds with `dns`.

        Raises `ProviderError` when it could not be asked, or has no such domain.
        """
        return DnsAnswer()

    def twins(
        self, desired: Fields, collection: Collection, owned_ids: frozenset[str]
    ) -> list[LiveObject]:
        """Return unmanaged live objects that could be the one about to be created."""
        return [
            live
            for live in collection.objects
            if live.id not in owned_ids
            and all(value == live.fields.get(name, value) for name, value in desired.items())
        ]

    def candidates(self, intent: CreateIntent, collection: Collection) -> list[LiveObject]:
        """Return the live objects that an unknown create may have made, by its creation class."""
        rows = collection.parts if collection.parts is not None else collection.objects
        if intent.creation in {CreationClass.NATURAL_KEY, CreationClass.SET_MEMBER}:
            return [row for row in rows if row.key is not None and row.key == intent.key]
        if intent.marker:
            return [row for row in rows if row.marker == intent.marker]
        known = set(intent.pre_ids)
        return [
            row
            for row in rows
            if row.id not in known and (intent.key is None or row.key in {None, intent.key})
        ]


async def erase(
    writer: Writer,
    step: UpdateStep | DeleteStep,
    still_there: Callable[[], Awaitable[bool]],
    *,
    believe_absent: bool = True,
    undone: frozenset[int] = frozenset(),
) -> None:
    """Delete an object. Whatever the answer, or without one, it succeeded if the object is gone.

    The error for an object that does not exist is rarely documented. So a second attempt, after a
    lost answer, may be answered with an unknown code.

    Args:
        writer: Sends the step.
        step: The request.
        still_there: Tells whether the object still exists; called when the answer leaves it open.
        believe_absent: An answer "there is none" says so, and never "you may not".
        undone: HTTP statuses that are documented as "not deleted": with the object still there,
            such an answer is a refusal.
    """
    try:
        await writer.write(step)
    except (Rejected, OutcomeUnknown) as error:
        if believe_absent and isinstance(error, AbsentObject):
            return
        try:
            there = await still_there()
        except Absent:
            return
        except ProviderError:
            raise error from None
        if there and isinstance(error, UnclearAnswer) and error.status in undone:
            raise Rejected(error.message, status=error.status) from None
        if there:
            raise


def concerns_request(error: ProviderError, concerns_all: Callable[[Rejected], bool]) -> bool:
    """Tell whether an error is an answer to this request alone.

    Otherwise it is about all requests like it (`concerns_all`), or the server is failing.
    """
    if isinstance(error, UnclearAnswer):
        return error.status < 500
    return isinstance(error, Rejected) and not concerns_all(error)


def about(resource: Resource, severity: Severity, rule: str, message: str) -> Finding:
    """Return a finding about a resource."""
    return Finding(
        severity=severity,
        rule=rule,
        message=message,
        address=resource.address,
        origin=resource.origin,
    )


def unread(kind: str, error: ProviderError) -> Seen:
    """Return a collection that could not be read, with the reason."""
    return Seen(collection=Collection(kind=kind, complete=False, error=error.message))
