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
"""In `Watch.pre_ids`: no object that exists now is a twin."""


class Verb(StrEnum):
    """What a write does."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class CreationClass(StrEnum):
    """How a created object can be recognised when the answer to its create was lost."""

    NATURAL_KEY = "A"
    """The client chooses a key, by which the object can be looked for."""
    MARKED = "B"
    """A server id, and a readable text that can carry our marker."""
    SERVER_ID = "C"
    """Only a server id: the object can be told only by being new in the collection."""
    SET_MEMBER = "D"
    """A member of a set: adding and removing are idempotent."""
    SECRET_ONCE = "F"  # noqa: S105 -- no password, a class
    """As C, and the answer carried a secret that is shown once."""


ANONYMOUS = frozenset({CreationClass.SERVER_ID, CreationClass.SECRET_ONCE})
"""Classes whose objects only the server's id tells apart, unless they carry a marker."""


class _Intent(Struct, frozen=True, kw_only=True):
    """The fields of every intent. It is stored durably before the request leaves."""

    verb: ClassVar[Verb]
    op_id: str
    """UUIDv7 text; sorts by time of creation."""
    address: Address
    step: str
    """Which write of a change it is, for example `create` or `event open`."""
    creation: CreationClass
    account: str
    """The fingerprint of the account that the write goes to."""
    key: str | None = None
    """The natural identity the object has, or will have."""
    applied: Fields = field(default_factory=dict)
    """The fields that are applied once this step is done, write-only ones as digests."""
    sinks: Mapping[str, JsonValue] = field(default_factory=dict)
    """The places of the object's secrets, by field. Kept after closing: they show what is ours."""
    lifecycle: Mapping[str, JsonValue] = field(default_factory=dict)
    """`protect`, `onRemove`, `dependsOn`, `labels`, `manifest`: recovery writes a full row."""
    epoch: int = 0


class CreateIntent(_Intent, frozen=True, kw_only=True):
    """A write that creates an object, or one of its parts."""

    verb = Verb.CREATE
    marker: str = ""
    """`[mp:<10 base32>]`, if the request carries one."""
    pre_ids: tuple[str, ...] = ()
    """The ids seen in the collection just before, under the lock, if they are needed."""
    target: str | None = None
    """The remote id of the object that the new one replaces."""
    gone: bool = False
    """The object of `target` is gone already, so that it is not to be deleted."""


class UpdateIntent(_Intent, frozen=True, kw_only=True):
    """A write that changes an object."""

    verb = Verb.UPDATE
    in_doubt: Mapping[str, JsonValue] = field(default_factory=dict)
    """Merged into the `extra` of the row if no answer came."""
    makes: bool = False
    """It makes something that lists may be slow to show, as a create does."""


class DeleteIntent(_Intent, frozen=True, kw_only=True):
    """A write that deletes an object, or its last part."""

    verb = Verb.DELETE
    in_doubt: Mapping[str, JsonValue] = field(default_factory=dict)
    """As `UpdateIntent.in_doubt`."""
    target: str | None = None
    """The remote id of the object to delete."""


Intent = CreateIntent | UpdateIntent | DeleteIntent
"""A write, stored before it is sent."""


class Response(Struct, frozen=True, kw_only=True):
    """The first thing written after an answer arrived."""

    server_id: str | None = None
    extra: Mapping[str, JsonValue] = field(default_factory=dict)
    """Merged into the `extra` of the row, maps by key."""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    """Secrets in the answer, named `<sink field>.<part>`; sealed before they are stored."""


class IntentStatus(StrEnum):
    """How far an intent has come."""

    OPEN = "open"
    """Stored, perhaps sent; there is no answer."""
    RESPONDED = "responded"
    """The answer is stored, but state has not taken it over yet."""
    CLOSED = "closed"


class JournalEntry(Struct, frozen=True, kw_only=True):
    """An intent with what became of it."""

    intent: Intent
    status: IntentStatus
    response: Response | None = None
    outcome: str = ""
    """For a closed intent: done, rejected, not-sent, recovered-…, forgotten, …"""
    started_at: float = 0.0
    """Wall clock, seconds; a hint for people, never compared."""


class Watch(Struct, frozen=True, kw_only=True):
    """An address that had a create in doubt, or lost its object: later plans look for a twin."""

    address: Address
    op_id: str
    """The create in doubt; empty if there was none."""
    key: str | None = None
    marker: str = ""
    pre_ids: tuple[str, ...] = ()
    """Ids that are no twins; `(ANY_ID,)` after a person said that no existing object is one."""
    gone_ids: tuple[str, ...] = ()
    """Ids of owned objects that counted as gone: if one is listed again, it is a twin of the object
    made in its place, or unmanaged."""
    clean_since: float = 0.0
    """Wall clock of the first run that saw no twin; seven days later the watch ends."""
