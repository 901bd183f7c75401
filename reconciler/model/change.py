"""One change of a plan: what would be done to one resource, and why.

| change | live before | what is done |
|---|---|---|
| `Create` | nothing, or a set that exists | an object, or the first members of the set, are made |
| `Adopt` | an unmanaged object | state takes it over, and it is made as desired |
| `Update` | our object | it is changed in place |
| `Replace` | our object | another is made in its place |
| `Delete` | our object | it is deleted |
| `Forget` | perhaps our object | state drops it, and it is left alone |

If nothing differs there is no change.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, TypeGuard

from msgspec import Struct, field

from reconciler.model.address import Address
from reconciler.model.live import LiveObject
from reconciler.model.numbers import NumberSet
from reconciler.model.origin import Origin
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import DEFAULT_LIFECYCLE, Lifecycle
from reconciler.model.usage import Usage
from reconciler.model.values import Fields, JsonValue


class Action(StrEnum):
    """The word for what happens to a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    ADOPT = "adopt"
    FORGET = "forget"


class Cause(StrEnum):
    """Why a field differs."""

    MANIFEST = "manifest"
    """Live equals what was last applied: the manifest changed."""
    DRIFT = "drift"
    """Desired equals what was last applied: somebody changed the live object."""
    BOTH = "both"
    UNVERIFIABLE = "unverifiable"
    """The field cannot be read back."""


class FieldChange(Struct, frozen=True, kw_only=True):
    """One field that would change."""

    path: str
    """Dotted, for example `body` or `deliverTo.file`."""
    before: JsonValue = None
    after: JsonValue = None
    cause: Cause = Cause.MANIFEST
    sensitive: bool = False
    """Never shown: `before` and `after` are `None`."""
    unknown: bool = False
    """One side is not known, because the provider does not show it or state keeps only a digest.
    That side is `None`."""
    pending: bool = False
    """The value after is not known before another resource exists."""
    replaces: bool = False
    """The field is immutable, so this change replaces the object."""


class MemberChange(Struct, frozen=True, kw_only=True):
    """Members added to and removed from a set such as a block list."""

    add: NumberSet
    remove: NumberSet

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is added or removed."""
        return not self.add and not self.remove


class Whole(Struct, frozen=True, kw_only=True):
    """All managed fields of a live object, as people may see them.

    A secret is `None` on both sides; a field that cannot be read is missing in `before`.
    """

    before: Fields = field(default_factory=dict)
    after: Fields = field(default_factory=dict)
    sensitive: tuple[str, ...] = ()
    """The fields that are secrets."""


class Desired(Struct, frozen=True, kw_only=True):
    """What manifests say of one resource, ready to be compared and sent."""

    fields: Fields = field(default_factory=dict)
    """The desired fields, complete and canonical; references may still be `{"ref": …}`."""
    managed: frozenset[str] = frozenset()
    """The fields that are managed from now on: those the manifest mentions, and the identity."""
    resets: frozenset[str] = frozenset()
    """Fields that are no longer managed and go back to the provider's documented default."""
    key: str | None = None
    """The natural identity the object has or will have."""
    references: tuple[Address, ...] = ()
    """The resources that it refers to, changed or not."""
    lifecycle: Lifecycle = DEFAULT_LIFECYCLE
    labels: Mapping[str, str] = field(default_factory=dict)
    manifest: str = ""
    """As `Resource.manifest`; state remembers it, like the labels."""
    origin: Origin | None = None
    """Where its manifest begins; `None` if it is in no file."""

    @property
    def touched(self) -> frozenset[str]:
        """The fields that the change brings to their desired values."""
        return self.managed | self.resets


class _Head(Struct, frozen=True, kw_only=True, tag_field="action", tag=str.lower):
    """The fields of every change."""

    action: ClassVar[Action]
    address: Address
    reason: str = ""
    """One word or sentence: `manifest`, `drift`, `removed`, `missing`, `replaced category`, …"""
    depends_on: tuple[Address, ...] = ()
    """The addresses of this plan whose changes must be done before."""
    notes: tuple[str, ...] = ()
    """What a person should know, such as "removes and re-adds the uid"."""
    waits: str = ""
    """Which review it waits for: nothing of it is sent before that review has ended."""


class _Making(_Head, frozen=True, kw_only=True):
    """The fields of every change that makes an object as manifests say."""

    desired: Desired = Desired()
    fields: tuple[FieldChange, ...] = ()
    members: MemberChange | None = None
    """For set kinds: the members to add and to remove."""
    whole: Whole = Whole()
    """For an object that is live already; for a new one, `fields` have everything."""


class Create(_Making, frozen=True, kw_only=True):
    """Make an object, or the first members of a set that exists already."""

    action = Action.CREATE
    live: LiveObject | None = None
    """The existing set, to which members are added."""
    owned: OwnedObject | None = None
    """The row of the object that was there and is gone."""


class Adopt(_Making, frozen=True, kw_only=True):
    """Take an existing live object into state; with `fields`, also make it equal."""

    action = Action.ADOPT
    live: LiveObject


class Update(_Making, frozen=True, kw_only=True):
    """Change an object in place."""

    action = Action.UPDATE
    live: LiveObject
    owned: OwnedObject
    beside: bool = False
    """It succeeds an older object, which stays in service until this one is approved."""


class Replace(_Making, frozen=True, kw_only=True):
    """Make another object in the place of one that cannot be changed."""

    action = Action.REPLACE
    live: LiveObject
    owned: OwnedObject
    create_first: bool = False
    """The new object is created before the old one is deleted."""
    beside: bool = False
    """The old object stays in service until a review has approved the new one."""
    usage: Usage | None = None
    """How the old object is used; `None` if that is not known."""


class Delete(_Head, frozen=True, kw_only=True):
    """Delete an object that no manifest has."""

    action = Action.DELETE
    fields: tuple[FieldChange, ...] = ()
    """Its main fields, for people to recognise it by, as values before."""
    members: MemberChange | None = None
    """For set kinds: the members to remove."""
    live: LiveObject | None
    """`None` if only deposed objects of it are left."""
    owned: OwnedObject
    usage: Usage | None = None
    """How it is used; `None` if that is not known."""


class Forget(_Head, frozen=True, kw_only=True):
    """Drop an object from state and leave it alone."""

    action = Action.FORGET
    owned: OwnedObject


Making = Create | Adopt | Update | Replace
"""A change that makes an object as manifests say."""

Write = Making | Delete
"""A change that may send something."""

Change = Write | Forget
"""What would be done to one resource; applying it needs no other information."""


def is_beside(change: Change) -> TypeGuard[Update | Replace]:
    """Tell whether a change keeps an older object in service until the new one is approved."""
    return isinstance(change, Update | Replace) and change.beside


def live_of(change: Change) -> LiveObject | None:
    """Return the live object that a change is about; `None` if there is none to be changed."""
    return None if isinstance(change, Forget) else change.live


def owned_by(change: Change) -> OwnedObject | None:
    """Return the row of a change's object, live or gone; `None` for a new one."""
    return None if isinstance(change, Adopt) else change.owned


def labels_of(change: Change) -> Mapping[str, str]:
    """Return the labels in the manifest, or those in the last manifest if there is none now."""
    return change.desired.labels if isinstance(change, Making) else change.owned.labels


def is_protected(change: Change) -> bool:
    """Tell whether the manifest, or the last manifest if there is none now, protects the object."""
    if isinstance(change, Making):
        return change.desired.lifecycle.protect
    return change.owned.protect


def key_of(change: Change) -> str | None:
    """Return the natural identity of the object of a change; `None` if it only has an id."""
    return change.desired.key if isinstance(change, Making) else change.owned.key


def whole_of(change: Change) -> tuple[Fields | None, Fields | None]:
    """Return the managed fields before and after, secrets as `None`.

    A side is `None` if there is no object; both are for an object that is forgotten and stays.
    """
    match change:
        case Create():
            return None, {each.path: each.after for each in change.fields}
        case Delete():
            managed = change.owned.applied
            return {e.path: e.before for e in change.fields if e.path in managed}, None
        case Forget():
            return None, None
        case _:
            return change.whole.before, change.whole.after


def origin_of(change: Change) -> Origin | None:
    """Return where the manifest of a change is; `None` if there is none."""
    return change.desired.origin if isinstance(change, Making) else None


def id_of(change: Change) -> str:
    """Return the provider's id of the object of a change; empty if there is none yet."""
    live, owned = live_of(change), owned_by(change)
    return live.id if live else owned.remote_id if owned else ""
