"""What the engine gives to a provider and gets back: what to read, what to do, and the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.errors import NotSent, Rejected
from reconciler.http.request import Request
from reconciler.model.address import Address
from reconciler.model.change import MemberChange
from reconciler.model.journal import CreationClass, Verb
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.plan import HandOver
from reconciler.model.resource import Resource
from reconciler.model.secret import Secret
from reconciler.model.values import Fields, JsonValue

Progress = Callable[[str, int, int], None]
"""`(what, done, total)`; a total of 0 is unknown."""


def no_progress(_what: str, _done: int, _total: int) -> None:
    """Report to nobody."""


class Scope(Struct, frozen=True, kw_only=True):
    """What to read at one account."""

    kinds: frozenset[str]
    """The collections to read, each in full."""
    desired: Mapping[str, Sequence[Resource]] = field(default_factory=dict)
    """By kind, with canonical specs: for kinds that cannot be listed, or are grouped by claims."""
    owned: Mapping[str, Sequence[OwnedObject]] = field(default_factory=dict)
    progress: Progress = no_progress
    whole: bool = False
    """Also read what neither `desired` nor `owned` refers to, to find unmanaged objects."""
    probe: bool = False
    """After a create with unknown outcome: also ask for desired objects that no list shows."""


class HandOvers(Struct, frozen=True, kw_only=True):
    """The parts of one account that addresses hand over to each other, in state alone."""

    parts: tuple[HandOver, ...] = ()
    rows: Mapping[Address, OwnedObject | None] = field(default_factory=dict)
    """The rows of all addresses involved, as they are afterwards; `None` for one that is gone."""


def _no_files(path: str) -> bytes:
    raise FileNotFoundError(path)


class Task(Struct, frozen=True, kw_only=True):
    """One change, ready to be carried out: every reference has become an id."""

    address: Address
    desired: Fields
    """Canonical desired fields. On create, `create_defaults` are filled in. Empty for a delete."""
    managed: frozenset[str] = frozenset()
    """The fields the manifest manages; others keep their live value."""
    changed: frozenset[str] = frozenset()
    """The fields that differ (update)."""
    live: LiveObject | None = None
    owned: OwnedObject | None = None
    members: MemberChange | None = None
    left: Mapping[str, JsonValue] = field(default_factory=dict)
    """For creates: the kind's `carried` parts of the `extra` of the object that is replaced. Its
    unmanaged fields are in `desired` already."""
    key: str | None = None
    """The natural identity that the object has or will have, as the plan knows it."""
    beside: bool = False
    """For creates: the object that is replaced stays for a while, with the same key."""
    read_file: Callable[[str], bytes] = _no_files
    """Reads a file that a manifest names, by its path in the manifest."""

    @property
    def live_id(self) -> str:
        """Return the remote id for an update: that of the object just read, else of the row."""
        return self.live.id if self.live is not None else self.owned_id

    @property
    def owned_id(self) -> str:
        """Return the remote id for a delete: that of the row, else of the object just read.

        Raises:
            NotSent: There is neither.
        """
        if self.owned is not None:
            return self.owned.remote_id
        if self.live is not None:
            return self.live.id
        raise NotSent(f"nothing is known of the live object of {self.address}")

    @property
    def extra(self) -> Mapping[str, JsonValue]:
        """Return the object's `extra`, of its row or else as just read."""
        seen = self.owned or self.live
        return seen.extra if seen is not None else {}

    def value(self, name: str) -> JsonValue:
        """Return the value to give a field: the desired one if managed, else the live one."""
        live = {} if self.live is None else self.live.fields
        if name in self.desired and (name in self.managed or name not in live):
            return self.desired[name]
        return live.get(name)

    def held(self) -> dict[str, JsonValue]:
        """Return the managed fields as they are once the change is complete."""
        return {name: self.desired[name] for name in sorted(self.managed & self.desired.keys())}


class Reply(Struct, frozen=True, kw_only=True):
    """What the answer to a write contains, as read by the provider's code."""

    id: str | None = None
    """The server's id of what was created."""
    extra: Mapping[str, JsonValue] = field(default_factory=dict)
    """Merged into the owned object's `extra`, maps key by key; a `None` value removes its key."""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    """Secrets shown in the answer, named `<sink field>.<part>`, such as `deliverTo.password`."""
    body: JsonValue = None
    """The parsed answer, for the caller's own use; never stored."""


def _only_body(body: JsonValue) -> Reply:
    return Reply(body=body)


class _Step(Struct, frozen=True, kw_only=True):
    """The common fields of all steps: a step is one request that changes something."""

    name: str
    """A name for people: `create`, `set options`, `add numbers 11-20`."""
    read: Callable[[JsonValue], Reply] = _only_body
    """Reads the answer's parsed body. If it raises `ValueError`, `TypeError`, `LookupError` or
    `AttributeError` for a 2xx answer, that is not understood, so the outcome is unknown."""
    applied: Fields = field(default_factory=dict)
    """The fields that are set once this step is done, in case the run dies right after it."""


class Batch(Struct, frozen=True, kw_only=True):
    """How a create is sent in one request with others of its kind."""

    item: JsonValue
    """The item in that request."""
    together: Callable[[Sequence[JsonValue]], Request]
    """Makes one request of several items; for one item, it is the step's own. An item may have been
    created already by an earlier attempt whose answer was lost; then it must not be made twice."""
    concerns_all: Callable[[Rejected], bool]
    """Tells whether every request like a refused one will be refused, whatever its items."""


class CreateStep(_Step, frozen=True, kw_only=True):
    """A request that makes an object, or one part of it that can be recognised."""

    verb: ClassVar[Verb] = Verb.CREATE
    request: Request | Callable[[str], Request]
    """The request, or (classes B and F) a function from the marker to the request."""
    creation: CreationClass | None = None
    """How to recognise what it makes; by default that of the kind."""
    key: str | None = None
    """The natural key of what is created, as the collection has it."""
    pre_ids: tuple[str, ...] | None = None
    """For classes C and F: the ids in the collection, listed just now."""
    idempotent: bool = False
    """Sending it twice does no more than once, so it may be repeated after an unknown outcome."""
    batch: Batch | None = None
    """For kinds with a `batch`: how to send it together with others."""

    @property
    def takes_marker(self) -> bool:
        """Tell whether the request can carry a marker."""
        return not isinstance(self.request, Request)

    def marked(self, marker: str) -> CreateStep:
        """Return the step with its request made for a marker, the same for every attempt."""
        if isinstance(self.request, Request):
            return self
        return replace(self, request=self.request(marker))


class UpdateStep(_Step, frozen=True, kw_only=True):
    """A request that changes an existing object, its members, or one of several parts."""

    verb: ClassVar[Verb] = Verb.UPDATE
    request: Request
    key: str | None = None
    """The natural key of the object, while no row of state names it yet."""
    in_doubt: Mapping[str, JsonValue] = field(default_factory=dict)
    """Merged into the owned object's `extra` if the answer never comes, so that the next run can
    repair what the request may have done to other objects."""
    removes: bool = False
    """It removes the object, which a later step makes again. The object's unmanaged fields are
    remembered as `left`; the later step's reply takes that out of `extra`."""
    makes: bool = False
    """It makes something new, members or the object again, which lists may be slow to show: it is
    waited for before it counts as absent."""
    idempotent: bool = False
    """As in `CreateStep`."""

    def creating(self, creation: CreationClass) -> CreateStep:
        """Return the same request as a step that makes the object."""
        return CreateStep(
            name=self.name,
            request=self.request,
            read=self.read,
            applied=self.applied,
            creation=creation,
            key=self.key,
            idempotent=self.idempotent,
        )

    def deleting(self) -> DeleteStep:
        """Return the same request as a step that removes the last part of the object."""
        return DeleteStep(
            name=self.name, request=self.request, read=self.read, applied=self.applied
        )


class DeleteStep(_Step, frozen=True, kw_only=True):
    """The request that removes the object, or its last part. It may be sent again."""

    verb: ClassVar[Verb] = Verb.DELETE
    idempotent: ClassVar[bool] = True
    request: Request


Step = CreateStep | UpdateStep | DeleteStep
"""One request that changes something."""


class Writer(Protocol):
    """The only way in which provider code changes anything. The applier makes one per change."""

    async def write(self, step: Step) -> Reply:
        """Record the step in the journal, send it, record the answer and return it.

        Raises `NotSent` or `Rejected` when certainly nothing happened and `OutcomeUnknown` when
        that is not certain. Provider code lets these pass, unless the documentation names another
        way to find out, such as reading again after a DELETE's 500.
        """

    async def acknowledge(self, numbers: Sequence[str]) -> None:
        """Remember durably that these members were added by us (block lists)."""


class Applied(Struct, frozen=True, kw_only=True):
    """The object after a change: becomes the state row."""

    id: str
    extra: Mapping[str, JsonValue] = field(default_factory=dict)
    """The complete new `extra`."""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    """Secrets that an ordinary read shows (a webhook's signing key), named `<sink field>.<part>`.
    Secrets in replies to steps are delivered without being repeated here."""
    notes: tuple[str, ...] = ()
    """For people, such as "DNS is not published yet"."""
