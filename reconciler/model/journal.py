"""The record that makes writes crash-safe: intents, responses and watches."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct, field

from reconciler.model.address import Address
from reconciler.model.secret import Secret
from reconciler.model.values import Fields, JsonValue

ANY_ID = "*"
"""In `Watch.pre_ids`: whatever exists now is not ours."""


class Verb(StrEnum):
    """What a write does."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class CreationClass(StrEnum):
    """How a created object can be recognised when the answer to its create was lost."""

    NATURAL_KEY = "A"
    """The client picks the key: look for it."""
    MARKED = "B"
    """A server id, and a readable text that can carry our marker."""
    SERVER_ID = "C"
    """A server id and nothing that tells it apart: only a new id in the collection does."""
    SET_MEMBER = "D"
    """A member of a set: adding and removing are idempotent."""
    SECRET_ONCE = "F"  # noqa: S105 -- no password, a class
    """As C, and the answer carried a secret that is shown once."""


ANONYMOUS = frozenset({CreationClass.SERVER_ID, CreationClass.SECRET_ONCE})
"""Classes whose objects only the server's id tells apart."""


class _Intent(Struct, frozen=True, kw_only=True):
    """Written durably before a request that changes something leaves: what every one has."""

    verb: ClassVar[Verb]
    op_id: str
    """UUIDv7 text; sorts by time of creation."""
    address: Address
    step: str
    """Which write of a change with several, for example `create` or `event open`."""
    creation: CreationClass
    account: str
    """The fingerprint of the account it goes to."""
    key: str | None = None
    """The natural identity the object has, or will have."""
    applied: Fields = field(default_factory=dict)
    """The fields that hold once this step is done, write-only ones as digests."""
    sinks: Mapping[str, JsonValue] = field(default_factory=dict)
    """Where secrets of the object go, by field. Kept when it is closed: such places are ours."""
    lifecycle: Mapping[str, JsonValue] = field(default_factory=dict)
    """`protect`, `onRemove`, `dependsOn`, `labels`, `manifest`: recovery writes a full row."""
    epoch: int = 0


class CreateIntent(_Intent, frozen=True, kw_only=True):
    """Something is to be made."""

    verb = Verb.CREATE
    marker: str = ""
    """`[mp:<10 base32>]` for class B."""
    pre_ids: tuple[str, ...] = ()
    """The ids seen in the collection just before, under the lock, where they are needed."""
    target: str | None = None
    """The remote id that it takes over from."""
    gone: bool = False
    """Nothing of what `target` names was left, so nothing of it is to be deleted."""


class UpdateIntent(_Intent, frozen=True, kw_only=True):
    """What is there is to be changed."""

    verb = Verb.UPDATE
    in_doubt: Mapping[str, JsonValue] = field(default_factory=dict)
    """Merged into the owned object's `extra` where no answer came."""
    makes: bool = False
    """What it makes may be slow to show, as what a create makes."""


class DeleteIntent(_Intent, frozen=True, kw_only=True):
    """The last of an object is to go."""

    verb = Verb.DELETE
    in_doubt: Mapping[str, JsonValue] = field(default_factory=dict)
    """As of an update."""
    target: str | None = None
    """The remote id of what goes."""


Intent = CreateIntent | UpdateIntent | DeleteIntent
"""A write, remembered before it is sent."""


class Response(Struct, frozen=True, kw_only=True):
    """The first thing written after an answer arrived."""

    server_id: str | None = None
    extra: Mapping[str, JsonValue] = field(default_factory=dict)
    """Merged into the owned object's `extra`, maps by key."""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    """Sealed before they are stored."""


class IntentStatus(StrEnum):
    """How far an intent has come."""

    OPEN = "open"
    """Durable, perhaps sent; nothing came back."""
    RESPONDED = "responded"
    """The answer is stored; state has not taken it over yet."""
    CLOSED = "closed"


class JournalEntry(Struct, frozen=True, kw_only=True):
    """An intent with what became of it."""

    intent: Intent
    status: IntentStatus
    response: Response | None = None
    outcome: str = ""
    """For a closed one: done, rejected, not-sent, recovered-…, forgotten."""
    started_at: float = 0.0
    """Wall clock, seconds; a hint for people, never compared."""


class Watch(Struct, frozen=True, kw_only=True):
    """An address that had an unknown create, or lost its object: later plans look for a twin."""

    address: Address
    op_id: str
    """The unknown create; empty where there was none."""
    key: str | None = None
    marker: str = ""
    pre_ids: tuple[str, ...] = ()
    """Ids that are no twins; `(ANY_ID,)` after a person said that none is."""
    gone_ids: tuple[str, ...] = ()
    """Ids that were owned and missing from lists: listed again, they are twins of what was made
    in their place, or nobody's."""
    clean_since: float = 0.0
    """Wall clock of the first plan that saw no twin; ends after seven days."""
