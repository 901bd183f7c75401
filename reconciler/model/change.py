"""One change of a plan: what would be done to one resource, and why."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from reconciler.model.address import Address
from reconciler.model.live import LiveObject
from reconciler.model.numbers import NumberSet
from reconciler.model.origin import Origin
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import DEFAULT_LIFECYCLE, Lifecycle
from reconciler.model.values import Fields, JsonValue


class Action(StrEnum):
    """What happens to a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    ADOPT = "adopt"
    """Take an existing live object into state; with `fields`, also make it equal."""
    FORGET = "forget"
    """Drop it from state and leave the live object alone."""
    NONE = "none"


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
    """One side cannot be known: the provider does not show it, or state keeps a digest alone. That
    side is `None`."""
    pending: bool = False
    """The value after is known only once another resource exists."""
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


class Change(Struct, frozen=True, kw_only=True):
    """What would be done to one resource. Complete: applying it needs no other source."""

    address: Address
    action: Action
    reason: str = ""
    """One word or sentence: `manifest`, `drift`, `removed`, `missing`, `replaced category`, …"""
    depends_on: tuple[Address, ...] = ()
    """The addresses of this plan that must be done before."""
    references: tuple[Address, ...] = ()
    """What the desired object refers to, changed or not."""
    origin: Origin | None = None
    fields: tuple[FieldChange, ...] = ()
    members: MemberChange | None = None
    notes: tuple[str, ...] = ()
    """What a person should know, such as "removes and re-adds the uid"."""
    desired: Fields = field(default_factory=dict)
    """The desired fields, complete and canonical; references may still be `{"ref": …}`."""
    managed: frozenset[str] = frozenset()
    """The fields that are managed from now on: those the manifest mentions, and the identity."""
    resets: frozenset[str] = frozenset()
    """Fields that are managed no more and go back to the provider's documented default."""
    key: str | None = None
    """The natural identity the object has or will have."""
    live: LiveObject | None = None
    owned: OwnedObject | None = None
    lifecycle: Lifecycle = DEFAULT_LIFECYCLE
    labels: Mapping[str, str] = field(default_factory=dict)
    manifest: str = ""
    """As `Resource.manifest`: what state remembers, with the labels, of where it came from."""
    create_first: bool = False
    """For `replace`: the new object is created before the old one is deleted."""
