"""What the engine hands to a provider and gets back: what to read, what to do, what came of it."""

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
    """Read these collections whole, and no others."""
    desired: Mapping[str, Sequence[Resource]] = field(default_factory=dict)
    """By kind, with canonical specs: for kinds that cannot be listed, or are grouped by claims."""
    owned: Mapping[str, Sequence[OwnedObject]] = field(default_factory=dict)
    progress: Progress = no_progress
    whole: bool = False
    """Also read what neither `desired` nor `owned` refers to, to find unmanaged objects."""
    probe: bool = False
    """Settle an unknown create: also ask about desired objects whose existence cannot be listed."""


class HandOvers(Struct, frozen=True, kw_only=True):
    """What addresses hand over to each other of one account, in state alone."""

    parts: tuple[HandOver, ...] = ()
    rows: Mapping[Address, OwnedObject | None] = field(default_factory=dict)
    """The rows of all who give or take, as they are afterwards; `None`: nothing is left of it."""


def _no_files(path: str) -> bytes:
    raise FileNotFoundError(path)


class Task(Struct, frozen=True, kw_only=True):
    """One change, ready to be carried out: every reference is an id by now."""

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
    """For creates: the kind's `carried` parts of the `extra` of the object it takes the place of.
    The fields that nobody manages are in `desired` already."""
    key: str | None = None
    """The natural identity that the object has or will have, as the plan knows it."""
    beside: bool = False
    """For creates: the object whose place it takes stays for a while, under the same key."""
    read_file: Callable[[str], bytes] = _no_files
    """Reads a file that a manifest names, by its path in the manifest."""

    @property
    def live_id(self) -> str:
        """Return the remote id of what an update changes: of the object that was just seen."""
        return self.live.id if self.live is not None else self.owned_id

    @property
    def owned_id(self) -> str:
        """Return the remote id of what a delete takes away: of the object that state owns.

        Raises:
            NotSent: Neither state nor a list knows any.
        """
        if self.owned is not None:
            return self.owned.remote_id
        if self.live is not None:
            return self.live.id
        raise NotSent(f"nothing is known of the live object of {self.address}")

    @property
    def extra(self) -> Mapping[str, JsonValue]:
        """Return what is remembered of the object, else what was just seen of it."""
        seen = self.owned or self.live
        return seen.extra if seen is not None else {}

    def value(self, name: str) -> JsonValue:
        """Return what a field is to be: as desired where it is managed, else as it is live."""
        live = {} if self.live is None else self.live.fields
        if name in self.desired and (name in self.managed or name not in live):
            return self.desired[name]
        return live.get(name)

    def held(self) -> dict[str, JsonValue]:
        """Return the managed fields as they hold once everything desired is done."""
        return {name: self.desired[name] for name in sorted(self.managed & self.desired.keys())}


class Reply(Struct, frozen=True, kw_only=True):
    """What one write's answer tells, read by the provider's own code."""

    id: str | None = None
    """The server's id of what was created."""
    extra: Mapping[str, JsonValue] = field(default_factory=dict)
    """To be merged into the owned object's `extra`, maps by key; a `None` value removes its key."""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    """Secrets shown in the answer, named `<sink field>.<part>`, such as `deliverTo.password`."""
    body: JsonValue = None
    """The parsed answer, for the caller's own use; never stored."""


def _nothing_told(body: JsonValue) -> Reply:
    return Reply(body=body)


class _Step(Struct, frozen=True, kw_only=True):
    """What every request that changes something has."""

    name: str
    """What a person calls it: `create`, `set options`, `add numbers 11-20`."""
    read: Callable[[JsonValue], Reply] = _nothing_told
    """Reads the answer's parsed body. Raising `ValueError`, `TypeError`, `LookupError` or
    `AttributeError` for a 2xx answer means: it cannot be understood, the outcome is unknown."""
    applied: Fields = field(default_factory=dict)
    """The fields that hold once this step is done, in case the run dies right after it."""


class Batch(Struct, frozen=True, kw_only=True):
    """How a create goes out in one request with others of its kind."""

    item: JsonValue
    """What stands for it there."""
    together: Callable[[Sequence[JsonValue]], Request]
    """Makes one request of items; that of one is the step's own. What is in it may be there
    already, by an attempt that nobody heard of: it must do no more than once then."""
    concerns_all: Callable[[Rejected], bool]
    """Tells whether every request like a refused one will be refused, whatever is in it."""


class CreateStep(_Step, frozen=True, kw_only=True):
    """A request that makes an object, or one part of it that can be told from others."""

    verb: ClassVar[Verb] = Verb.CREATE
    request: Request | Callable[[str], Request]
    """The request, or (classes B and F) a function from the marker to the request."""
    creation: CreationClass | None = None
    """How to recognise what it makes; by default as the kind says."""
    key: str | None = None
    """The natural key of what is created, as the collection has it."""
    pre_ids: tuple[str, ...] | None = None
    """For classes C and F: the ids in the collection, listed just now."""
    idempotent: bool = False
    """Sending it twice does no more than once, so it may be repeated after an unknown outcome."""
    batch: Batch | None = None
    """For kinds with a `batch`: how others may come with it."""

    @property
    def takes_marker(self) -> bool:
        """Tell whether the request can carry a marker."""
        return not isinstance(self.request, Request)

    def marked(self, marker: str) -> CreateStep:
        """Return the step with a request that is made: from here on it is the same at each send."""
        if isinstance(self.request, Request):
            return self
        return replace(self, request=self.request(marker))


class UpdateStep(_Step, frozen=True, kw_only=True):
    """A request that changes an object that is there, its members, or one of several parts."""

    verb: ClassVar[Verb] = Verb.UPDATE
    request: Request
    key: str | None = None
    """The natural key of the object, while no row of state names it yet."""
    in_doubt: Mapping[str, JsonValue] = field(default_factory=dict)
    """Merged into the owned object's `extra` if the answer never comes, so that the next run looks
    after what the request may have done to others."""
    removes: bool = False
    """The object is gone after it, and made again by a later step. What nobody manages of it is
    remembered as `left`; the later step's reply takes that out of `extra`."""
    makes: bool = False
    """It makes what was not there, members or the object again, so that lists may be slow to show
    it. What is not listed soon after is waited for before it counts as absent."""
    idempotent: bool = False
    """As of a create."""

    def creating(self, creation: CreationClass) -> CreateStep:
        """Return the step of a request that makes the object as it would change it."""
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
        """Return the step of a request that takes the last of the object's parts away."""
        return DeleteStep(
            name=self.name, request=self.request, read=self.read, applied=self.applied
        )


class DeleteStep(_Step, frozen=True, kw_only=True):
    """The request after which nothing of the object is left. It may be sent again."""

    verb: ClassVar[Verb] = Verb.DELETE
    idempotent: ClassVar[bool] = True
    request: Request


Step = CreateStep | UpdateStep | DeleteStep
"""One request that changes something."""


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


class Applied(Struct, frozen=True, kw_only=True):
    """What holds after a change: becomes the state row."""

    id: str
    extra: Mapping[str, JsonValue] = field(default_factory=dict)
    """The complete new `extra`."""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    """Secrets that an ordinary read gives (a webhook's signing key), named `<sink field>.<part>`.
    Secrets out of step replies are delivered without being repeated here."""
    notes: tuple[str, ...] = ()
    """For people, such as "DNS is not published yet"."""
