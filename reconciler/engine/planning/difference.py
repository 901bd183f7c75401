"""The difference between a resource and its live object; what to do is decided elsewhere."""

from __future__ import annotations

from msgspec import Struct

from reconciler.model.address import Address
from reconciler.model.change import Desired, FieldChange, MemberChange
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject


class Difference(Struct, frozen=True, kw_only=True):
    """The desired fields of one resource, and how the live object differs from them."""

    address: Address
    desired: Desired
    fields: tuple[FieldChange, ...]
    members: MemberChange | None
    """For set kinds: which members are added and removed."""
    notes: tuple[str, ...] = ()

    @property
    def moves_members(self) -> bool:
        """Tell whether members are added or removed."""
        return self.members is not None and not self.members.is_empty


class Unchanged(Struct, frozen=True, kw_only=True):
    """An owned object that is as desired: at most its row is to be brought up to date."""

    desired: Desired
    live: LiveObject
    owned: OwnedObject
