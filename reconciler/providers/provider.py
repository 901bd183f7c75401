"""One account at a provider type: who it is, what its answers mean, and which kinds it has.

A provider type is a package whose `PROVIDER` is a subclass of `Provider`. It lists its kinds, as
data (`Kind`), and the handler of each (`Handler`); everything that is done with an object goes to
the handler of its kind, from here.
"""

from __future__ import annotations

import asyncio
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pkgutil import resolve_name
from typing import Any, ClassVar

from msgspec import Struct

from reconciler.errors import ProviderError
from reconciler.http.aside import aside
from reconciler.http.client import MAX_BODY, HttpClient
from reconciler.http.permit import Permit, permitted_by
from reconciler.http.request import Request
from reconciler.http.verdict import Dialect, Verdict
from reconciler.model.base_url import normal_base_url
from reconciler.model.dns import DnsAnswer
from reconciler.model.journal import CreateIntent, Verb
from reconciler.model.live import Collection, LiveObject, Observation
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Account
from reconciler.model.secret import Secret
from reconciler.model.usage import Usage
from reconciler.model.values import Fields, JsonValue
from reconciler.providers.callbacks import Callbacks
from reconciler.providers.examination import Proof, Subject
from reconciler.providers.handler import Handler, Seen, unread
from reconciler.providers.kind import Kind
from reconciler.providers.messenger import Messenger
from reconciler.providers.task import (
    Applied,
    HandOvers,
    Scope,
    Step,
    Task,
    Writer,
)
from reconciler.providers.wire import pause


class ProviderDefaults(Struct, frozen=True, kw_only=True):
    """A provider type's defaults for what a manifest leaves out."""

    base_url: str | None
    concurrency: int = 8
    requests_per_second: float = 50.0
    timeout_seconds: float = 30.0
    settle_seconds: float = 5.0
    max_body: int = MAX_BODY
    """The largest accepted answer, in bytes."""


class Rehearsal(Struct, frozen=True, kw_only=True):
    """How an account of a type is rehearsed on the built-in emulator (`--emulate`)."""

    readings: Mapping[str, str] = {}
    """How the emulator reads the provider's page, where that differs from its default."""
    options: Mapping[str, JsonValue] = {}
    """What replaces the account's options."""
    url_options: tuple[str, ...] = ()
    """The options that name further hosts: they get the emulator's URL, too."""


class Provider(ABC):
    """One account at one provider type."""

    type: ClassVar[str]
    """The word for it in a manifest's `spec.type`."""
    title: ClassVar[str]
    """The provider's name, for people."""
    defaults: ClassVar[ProviderDefaults]
    required_credentials: ClassVar[tuple[str, ...]]
    optional_credentials: ClassVar[tuple[str, ...]] = ()
    kinds: ClassVar[Mapping[str, Kind]]
    handlers: ClassVar[Mapping[str, str]]
    """The handler of each kind, `module:Class` below the provider's package."""
    messages: ClassVar[str] = ""
    """The `Messenger`, `module:Class` below the provider's package; none by default."""
    call_check: ClassVar[str] = "verify the provider's signature instead"
    """For people: how to check a webhook call, better than by a secret in its URL."""
    refused_hosts: ClassVar[str] = ""
    """For people: which hosts of webhooks the provider is known to refuse."""
    rehearsal: ClassVar[Rehearsal] = Rehearsal()
    callbacks: ClassVar[Callbacks | None] = None
    """How it signs webhook calls; `None` where its documentation does not say."""

    def __init__(
        self, account: Account, credentials: Mapping[str, Secret], http: HttpClient
    ) -> None:
        """Keep the account, its credentials and the client to reach it with."""
        self.account = account
        self.credentials = credentials
        self.http = http
        self._client = self.connect()
        self._handlers: dict[str, Handler[Any]] = {}

    @property
    def base_url(self) -> str:
        """Return where the account is reached."""
        return self.http.settings.base_url

    @property
    def concurrency(self) -> int:
        """Return how many requests may be under way at once."""
        return self.http.settings.concurrency

    @property
    def requests_per_second(self) -> float:
        """Return how many requests may be sent in a second."""
        return self.http.settings.requests_per_second

    @property
    def requests(self) -> int:
        """Return how many requests were sent so far."""
        return self.http.requests

    async def send(self, step: Step, *, permit: Permit | None = None) -> JsonValue:
        """Send a step's request and return the parsed answer.

        Raises as `HttpClient.write`, and what `permit` raises, which is asked before it leaves.
        """
        request = step.request
        with permitted_by(permit):
            return await self.write(request if isinstance(request, Request) else request(""))

    async def write(self, request: Request) -> JsonValue:
        """Send a request that changes something; for subclasses that judge answers by it."""
        return await self.http.write(request)

    def expect(self, count: int) -> None:
        """Announce how many more requests are coming."""
        self.http.expect(count)

    async def close(self) -> None:
        """Close all connections."""
        await self.http.close()

    @property
    def settle_seconds(self) -> float:
        """Return how long a create with an unknown outcome is given to appear."""
        chosen = self.account.limits.settle_seconds
        return self.defaults.settle_seconds if chosen is None else chosen

    @staticmethod
    @abstractmethod
    def classify(status: int, body: JsonValue) -> Verdict:
        """Return what an answer means: only known refusals count, anything odd is unknown."""

    @classmethod
    def dialect(cls) -> Dialect:
        """Return how answers are read; overridden if that takes more than `classify`."""
        return Dialect(classify=cls.classify, pause=pause)

    @classmethod
    def headers(cls, credentials: Mapping[str, Secret]) -> Mapping[str, Secret | str]:  # noqa: ARG003
        """Return the headers that every request carries, such as an API key or a content type."""
        return {}

    @abstractmethod
    def account_identity(self) -> str:
        """Return a text that is the same for the same remote account.

        May hold secrets: only its keyed digest is kept.
        """

    def is_same_account(self, other: Provider) -> bool:
        """Tell whether another provider name stands for the same remote account."""

        def told(provider: Provider) -> tuple[str, ...]:
            keys = (provider.credentials[name].reveal() for name in self.required_credentials)
            return (normal_base_url(provider.account.base_url or ""), *keys)

        return self.type == other.type and told(self) == told(other)

    def connect(self) -> Any:
        """Return the client that handlers get, which knows this API's requests and answers."""
        return self.http

    def handler(self, kind: str) -> Handler[Any]:
        """Return the handler of a kind, imported when its first object turns up."""
        if kind not in self._handlers:
            made: type[Handler[Any]] = self._resolved(self.handlers[kind])
            self._handlers[kind] = made(self.kinds[kind], self.account, self._client)
        return self._handlers[kind]

    def _resolved(self, name: str) -> Any:
        """Return a class by its name below the provider's package, importing its module."""
        package = sys.modules[type(self).__module__].__package__
        return resolve_name(f"{package}.{name}")

    async def prepare(self, scope: Scope) -> None:  # noqa: B027 -- for subclasses
        """Read what all kinds need; raises `ProviderError` if none can be read without it."""

    async def observe(self, scope: Scope) -> Observation:
        """Read the scope's collections in parallel; one that cannot be read says so."""
        before = self.http.requests
        seen = await self._observe(scope)
        return Observation(
            provider=self.account.name,
            collections={each.collection.kind: each.collection for each in seen},
            findings=tuple(finding for each in seen for finding in each.findings),
            requests=self.http.requests - before,
            latency=self.http.latency,
        )

    async def _observe(self, scope: Scope) -> list[Seen]:
        kinds = [kind for kind in self.kinds if kind in scope.kinds]
        try:
            await self.prepare(scope)
        except ProviderError as error:
            return [unread(kind, error) for kind in kinds]
        return await asyncio.gather(*(self._observe_kind(kind, scope) for kind in kinds))

    async def _observe_kind(self, kind: str, scope: Scope) -> Seen:
        try:
            return await self.handler(kind).observe(scope)
        except ProviderError as error:
            return unread(kind, error)

    def hand_over(self, scope: Scope) -> HandOvers:
        """Find the parts that addresses hand over to each other, for every kind with `claims`."""
        found = [
            self.handler(kind.name).hand_over(scope)
            for kind in self.kinds.values()
            if kind.claims is not None
        ]
        return HandOvers(
            parts=tuple(part for each in found for part in each.parts),
            rows={address: row for each in found for address, row in each.rows.items()},
        )

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Create an object: `Handler.create`, and so on for the methods below."""
        return await self.handler(task.address.kind).create(task, writer)

    async def update(self, task: Task, writer: Writer) -> Applied:
        return await self.handler(task.address.kind).update(task, writer)

    async def delete(self, task: Task, writer: Writer) -> None:
        await self.handler(task.address.kind).delete(task, writer)

    async def exists(self, row: OwnedObject) -> bool:
        return await self.handler(row.address.kind).exists(row)

    def cost(self, task: Task, verb: Verb) -> int:
        return self.handler(task.address.kind).cost(task, verb)

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:
        return self.handler(task.address.kind).notes(task, verb)

    def create_first(self, kind: Kind, live: LiveObject | None) -> bool:
        return self.handler(kind.name).create_first(live)

    async def recover_secrets(self, live: LiveObject, fields: Fields) -> Mapping[str, Secret]:
        return await self.handler(live.kind).recover_secrets(live, fields)

    def unmanageable(self, live: LiveObject) -> str:
        return self.handler(live.kind).unmanageable(live)

    def unreadable(self, live: LiveObject) -> Mapping[str, str]:
        return self.handler(live.kind).unreadable(live)

    async def usage(self, live: LiveObject) -> Usage | None:
        with aside():
            return await self.handler(live.kind).usage(live)

    async def examine(self, subject: Subject) -> tuple[Proof, ...]:
        return await self.handler(subject.owned.address.kind).examine(subject)

    async def look_at_dns(self, row: OwnedObject) -> DnsAnswer:
        return await self.handler(row.address.kind).look_at_dns(row)

    def messenger(self) -> Messenger[Any] | None:
        """Return the messenger of this account; `None` if it cannot send messages."""
        name = self.messages_of_account()
        if not name:
            return None
        made: type[Messenger[Any]] = self._resolved(name)
        return made(self.account, self.credentials, self._client)

    def messages_of_account(self) -> str:
        """Return the messenger's class, written as `messages`; options may choose it."""
        return self.messages

    def twins(
        self, desired: Fields, collection: Collection, owned_ids: frozenset[str]
    ) -> list[LiveObject]:
        return self.handler(collection.kind).twins(desired, collection, owned_ids)

    def candidates(self, intent: CreateIntent, collection: Collection) -> list[LiveObject]:
        return self.handler(intent.address.kind).candidates(intent, collection)
