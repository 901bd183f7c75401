"""What a provider must be, so that the engine needs to know nothing about any of them.

A provider type is a package under `reconciler.providers` whose `__init__` sets `PROVIDER` to a
subclass of `Provider`. It declares its kinds as data (`Kind`, `Field`) and implements four verbs:
`observe`, `create`, `update`, `delete`. Reads go through its HTTP client directly; every request
that changes something goes through the `Writer` it is handed, which makes the intent durable
before the request leaves and the answer durable before anything else looks at it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol

from reconciler.model.change import MemberChange
from reconciler.model.journal import CreationClass, Intent, Verb
from reconciler.model.live import Collection, LiveObject, Observation
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Account, Resource
from reconciler.model.secret import Secret
from reconciler.model.values import Fields, JsonValue

if TYPE_CHECKING:
    from reconciler.model.address import Address
    from reconciler.providers.http import HttpClient, Request


class Capability(StrEnum):
    """What a kind's API can do. What a kind does not list, it cannot."""

    LIST = "list"
    """Live objects can be listed completely, so unmanaged ones are found and absence is certain."""
    UPDATE = "update"
    """At least one field can be changed in place."""
    ADOPT = "adopt"
    """An existing live object can be recognised and taken into state."""
    IMPORT = "import"
    """A manifest can be written from a live object."""


class ReplaceOrder(StrEnum):
    """What comes first when an object must be replaced."""

    DELETE_FIRST = "delete-first"
    """The identity clashes: two cannot exist."""
    CREATE_FIRST = "create-first"
    """The provider allows two for a while, so there is no gap."""


class NoDefault:
    """The type of `NO_DEFAULT`."""


NO_DEFAULT = NoDefault()
"""The provider documents no default: a field removed from the manifest keeps its live value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """How one spec field behaves. What it may hold is in the kind's JSON Schema."""

    name: str
    identity: bool = False
    """Part of the natural key; always managed, also where the manifest leaves it to its default."""
    immutable: bool = False
    """A change replaces the object."""
    write_only: bool = False
    """May be unreadable: then the keyed digest of the last applied value decides."""
    local: bool = False
    """Ours alone, such as a sink or `rotation`: never sent, compared with what was last applied."""
    unordered: bool = False
    """A list that is a set."""
    text: bool = False
    """Line endings, and null against "", make no difference."""
    personal: bool = False
    """Personal data such as phone numbers: masked in output."""
    members: bool = False
    """Feeds the member set (a block list's numbers): compared as members, not as a field."""
    file_content: bool = False
    """A list of paths of files whose content is sent: compared as `[{"path": …, "sha256": …}]`."""
    reference: str = ""
    """The kind that the field's value, or each of its items, points at."""
    default: JsonValue | NoDefault = NO_DEFAULT
    """The provider's documented default, to which a removed field goes back."""


ParentKey = Callable[[JsonValue], "str | None"]
"""Gives the natural key of the object that a reference value points at; `None` when unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What the engine needs to know about one kind."""

    name: str
    fields: tuple[Field, ...]
    creation: CreationClass
    capabilities: frozenset[Capability] = frozenset()
    replace: ReplaceOrder = ReplaceOrder.DELETE_FIRST
    canonical: Callable[[Fields, str], dict[str, JsonValue]]
    """`(spec, metadata.name)` to canonical fields: identity defaults filled in, numbers, domains
    and such in the form that live fields have. Pure; references and unmentioned fields stay."""
    create_defaults: Callable[[Fields, str], dict[str, JsonValue]] = lambda _fields, _name: {}
    """`(canonical fields, metadata.name)` to what a create sends for unmentioned fields."""
    identity: Callable[[Fields, ParentKey], str | None] = lambda _fields, _parent: None
    """Canonical fields to the natural key, comparable with `LiveObject.key`; `None` where only the
    server's id tells objects apart, or while a parent's key is unknown."""
    claims: Callable[[Fields, ParentKey], tuple[str, ...]] | None = None
    """The natural keys or slots one resource occupies, for finding clashes offline; by default the
    identity alone."""
    sinks: tuple[str, ...] = ()
    """The fields that name a sink. A secret `<field>.<part>` of a reply is delivered there."""
    twin_check: bool = False
    """A live object that nobody owns and that could be this one stops a create (C and F)."""

    def field(self, name: str) -> Field:
        """Return the declaration of a field; raises `KeyError` for an unknown one."""
        for declared in self.fields:
            if declared.name == name:
                return declared
        raise KeyError(name)


Progress = Callable[[str, int, int], None]
"""`(what, done, total)`; a total of 0 is unknown."""


def no_progress(_what: str, _done: int, _total: int) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What to read at one account."""

    kinds: frozenset[str]
    """Read these collections whole, and no others."""
    desired: Mapping[str, Sequence[Resource]] = field(default_factory=dict)
    """By kind, with canonical specs: for kinds that cannot be listed, or are grouped by claims."""
    owned: Mapping[str, Sequence[OwnedObject]] = field(default_factory=dict)
    progress: Progress = no_progress
    whole: bool = False
    """Also read what neither `desired` nor `owned` refers to, to find unmanaged objects."""
    probe: bool = False
    """Settle an unknown create: also ask about desired objects whose existence cannot be listed."""


def _no_files(path: str) -> bytes:
    raise FileNotFoundError(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One change, ready to be carried out: every reference is an id by now."""

    address: Address
    desired: Fields
    """Canonical wanted fields. On create, `create_defaults` are filled in. Empty for a delete."""
    managed: frozenset[str] = frozenset()
    """The fields the manifest manages; others keep their live value."""
    changed: frozenset[str] = frozenset()
    """The fields that differ (update)."""
    live: LiveObject | None = None
    owned: OwnedObject | None = None
    members: MemberChange | None = None
    key: str | None = None
    """The natural identity that the object has or will have, as the plan knows it."""
    read_file: Callable[[str], bytes] = _no_files
    """Reads a file that a manifest names, by its path in the manifest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one write's answer tells, read by the provider's own code."""

    id: str | None = None
    """The server's id of what was created."""
    extra: Mapping[str, JsonValue] = field(default_factory=dict)
    """To be merged into the owned object's `extra`, maps by key; a `None` value removes its key."""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    """Secrets shown in the answer, named `<sink field>.<part>`, such as `deliverTo.password`."""
    body: JsonValue = None
    """The parsed answer, for the caller's own use; never stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request that changes something."""

    name: str
    """What a person calls it: `create`, `set options`, `add numbers 11-20`."""
    verb: Verb
    request: Request | Callable[[str], Request]
    """The request, or (class B) a function from the marker to the request."""
    read: Callable[[JsonValue], Reply] = lambda body: Reply(body=body)
    """Reads the answer's parsed body. Raising `ValueError`, `TypeError`, `LookupError` or
    `AttributeError` for a 2xx answer means: it cannot be understood, the outcome is unknown."""
    creation: CreationClass | None = None
    """For creates: how to recognise the object; by default the kind's."""
    key: str | None = None
    """For creates: the natural key of what is created, as the collection has it."""
    pre_ids: tuple[str, ...] | None = None
    """For classes C and F: the ids in the collection, listed just now."""
    applied: Fields = field(default_factory=dict)
    """The fields that hold once this step is done, in case the run dies right after it."""
    idempotent: bool = False
    """Sending it twice does no more than once, so it may be repeated after an unknown outcome."""


class Writer(Protocol):
    """How provider code changes anything. Made by the applier, one per change."""

    async def write(self, step: Step) -> Reply:
        """Journal, send, journal the answer, return it.

        Raises `NotSent` or `Rejected` when certainly nothing happened and `OutcomeUnknown` when
        that is not certain; provider code lets these pass unless its documentation names another
        way to find out (reading again after a DELETE's 500, for instance).
        """

    async def acknowledge(self, numbers: Sequence[str]) -> None:
        """Remember durably that these members were added by us (block lists)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What holds after a change: becomes the state row."""

    id: str
    extra: Mapping[str, JsonValue] = field(default_factory=dict)
    """The complete new `extra`."""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    """Secrets that an ordinary read gives (a webhook's signing key), named `<sink field>.<part>`.
    Secrets out of step replies are delivered without being repeated here."""
    notes: tuple[str, ...] = ()
    """For people, such as "DNS is not published yet"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDefaults:
    """A provider type's defaults for what a manifest leaves out."""

    base_url: str | None
    concurrency: int = 8
    requests_per_second: float = 50.0
    timeout_seconds: float = 30.0
    settle_seconds: float = 30.0
    max_body: int = 10 * 1024 * 1024
    """Bytes of the largest answer that may come."""
    lenient_json: bool = False
    """Its answers may hold commas before a closing bracket."""


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

    def __init__(
        self, account: Account, credentials: Mapping[str, Secret], http: HttpClient
    ) -> None:
        """Keep the account, its credentials and the client to reach it with."""
        self.account = account
        self.credentials = credentials
        self.http = http

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
    def headers(cls, credentials: Mapping[str, Secret]) -> Mapping[str, Secret | str]:  # noqa: ARG003
        """Return the headers that every request carries, such as an API key or a content type."""
        return {}

    @abstractmethod
    def account_identity(self) -> str:
        """Return a text that is the same for the same remote account.

        May hold secrets: only its keyed digest is kept.
        """

    @abstractmethod
    async def observe(self, scope: Scope) -> Observation:
        """Read the scope's collections, in bulk and in parallel.

        Must: list whole collections with the largest page; mark a collection incomplete rather
        than return part of it; raise nothing for a failed collection. Must not: change anything.
        May: add findings (an unregistered sender, unverified DNS).
        """

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

    def twins(
        self, desired: Fields, collection: Collection, owned_ids: frozenset[str]
    ) -> list[LiveObject]:
        """Return live objects that nobody owns and that could be the one about to be created."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an answer that arrived whole means."""

    outcome: VerdictKind
    message: str = ""
    """The provider's own words, for people; no secret in it."""
    code: str = ""
    """The provider's own error code."""
    retry_after: float | None = None
    """Seconds to wait, where the answer asks for it (a 429 in any form)."""


class VerdictKind(StrEnum):
    """The meanings of an answer."""

    DONE = "done"
    REJECTED = "rejected"
    """Certainly nothing happened, and asking again will not help."""
    RATE_LIMITED = "rate-limited"
    """Certainly nothing happened; ask again after a wait."""
    ABSENT = "absent"
    """What was asked for does not exist (a read's 404, in whatever form)."""
    UNKNOWN = "unknown"
