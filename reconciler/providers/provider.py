"""What a provider must be, so that the engine needs to know nothing about any of them.

A provider type is a package under `reconciler.providers` whose `__init__` sets `PROVIDER` to a
subclass of `Provider`. It declares its kinds as data (`Kind`, `Field`) and implements four verbs:
`observe`, `create`, `update`, `delete`. Reads go through its HTTP client directly; every request
that changes something goes through the `Writer` it is handed, which makes the intent durable
before the request leaves and the answer durable before anything else looks at it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from msgspec import Struct

from reconciler.http.client import HttpClient
from reconciler.http.verdict import Dialect, Verdict
from reconciler.model.base_url import normal_base_url
from reconciler.model.journal import CreationClass, Intent, Verb
from reconciler.model.live import Collection, LiveObject, Observation
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Account
from reconciler.model.secret import Secret
from reconciler.model.values import Fields, JsonValue
from reconciler.providers.callbacks import Callbacks
from reconciler.providers.kind import Kind, ReplaceOrder
from reconciler.providers.task import Applied, HandOvers, Scope, Step, Task, Writer


class ProviderDefaults(Struct, frozen=True, kw_only=True):
    """A provider type's defaults for what a manifest leaves out."""

    base_url: str | None
    concurrency: int = 8
    requests_per_second: float = 50.0
    timeout_seconds: float = 30.0
    settle_seconds: float = 5.0
    max_body: int = 10 * 1024 * 1024
    """Bytes of the largest answer that may come."""


class Provider(ABC):
    """One account at one provider type."""

    type: ClassVar[str]
    """As in a manifest's `spec.type`."""
    title: ClassVar[str]
    """The provider's name, for people."""
    defaults: ClassVar[ProviderDefaults]
    required_credentials: ClassVar[tuple[str, ...]]
    optional_credentials: ClassVar[tuple[str, ...]] = ()
    kinds: ClassVar[Mapping[str, Kind]]
    callbacks: ClassVar[Callbacks | None] = None
    """How it signs webhook calls; `None` where its documentation does not say."""

    def __init__(
        self, account: Account, credentials: Mapping[str, Secret], http: HttpClient
    ) -> None:
        """Keep the account, its credentials and the client to reach it with."""
        self.account = account
        self.credentials = credentials
        self.http = http

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
        """Return how fast the account may be asked."""
        return self.http.settings.requests_per_second

    @property
    def requests(self) -> int:
        """Return how many requests were sent so far."""
        return self.http.requests

    async def send(self, step: Step) -> JsonValue:
        """Send a step's request and return the parsed answer; raises as `HttpClient.write`."""
        return await self.http.write(step.request_with(""))

    def expect(self, count: int) -> None:
        """Say that so many more requests are coming."""
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
        """Say what an answer means: an allow-list of refusals, everything odd is unknown."""

    @classmethod
    def dialect(cls) -> Dialect:
        """Return how answers are read; more than `classify` where the provider is odd."""
        return Dialect(classify=cls.classify)

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

    @abstractmethod
    async def observe(self, scope: Scope) -> Observation:
        """Read the scope's collections, in bulk and in parallel.

        Must: list whole collections with the largest page; mark a collection incomplete rather
        than return part of it; raise nothing for a failed collection. Must not: change anything.
        May: add findings (an unregistered sender, unverified DNS).
        """

    def hand_over(self, scope: Scope) -> HandOvers:  # noqa: ARG002 -- for subclasses
        """Find live parts that one address gives up and another takes, by manifests and state.

        For kinds with `claims` whose API would refuse to make the part again, or make it twice, or
        where a part between two owners would be taken for unmanaged.
        Reads nothing: `scope` holds, of such kinds, what may change, and all rows of other kinds.
        """
        return HandOvers()

    @abstractmethod
    async def create(self, task: Task, writer: Writer) -> Applied:
        """Create what `task.desired` says, in one or several steps."""

    @abstractmethod
    async def update(self, task: Task, writer: Writer) -> Applied:
        """Bring `task.changed` in line; fields outside `task.managed` keep their live value."""

    @abstractmethod
    async def delete(self, task: Task, writer: Writer) -> None:
        """Delete `task.owned` (of which `task.live` was just seen). Already gone is success."""

    def cost(self, task: Task, verb: Verb) -> int:  # noqa: ARG002 -- for subclasses
        """Return how many requests carrying out the task will take."""
        return 1

    def create_first(self, kind: Kind, live: LiveObject | None) -> bool:  # noqa: ARG002 -- for subclasses
        """Tell whether a replacement may be created before the old object is deleted."""
        return kind.replace is ReplaceOrder.CREATE_FIRST

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:  # noqa: ARG002 -- for subclasses
        """Return what a person should know before this is done, one sentence each."""
        return ()

    async def recover_secrets(self, live: LiveObject, fields: Fields) -> Mapping[str, Secret]:  # noqa: ARG002
        """Return the secrets that an ordinary read still gives, named `<sink field>.<part>`."""
        return {}

    async def exists(self, row: OwnedObject) -> bool:  # noqa: ARG002 -- for subclasses
        """Read one object alone that lists lack, of kinds that say `read_alone`.

        Raises `ProviderError` when that could not be found out.
        """
        return False

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

    def candidates(self, intent: Intent, collection: Collection) -> list[LiveObject]:
        """Return the live objects that an unknown create may have made, by its creation class."""
        rows = collection.parts if collection.parts is not None else collection.objects
        if intent.creation in {CreationClass.NATURAL_KEY, CreationClass.SET_MEMBER}:
            return [row for row in rows if row.key is not None and row.key == intent.key]
        if intent.marker:
            return [row for row in rows if row.extra.get("marker") == intent.marker]
        known = set(intent.pre_ids or ())
        return [
            row
            for row in rows
            if row.id not in known and (intent.key is None or row.key in {None, intent.key})
        ]
