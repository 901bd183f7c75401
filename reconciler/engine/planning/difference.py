"""How a resource and what is live differ, before it is decided what is to be done about it."""

from __future__ import annotations

from msgspec import Struct

from reconciler.model.address import Address
from reconciler.model.change import Desired, FieldChange, MemberChange
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject


class Difference(Struct, frozen=True, kw_only=True):
    """What is desired of one resource, and how that differs from what is live."""

    address: Address
    desired: Desired
    fields: tuple[FieldChange, ...]
    members: MemberChange | None
    """For set kinds: who joins and who leaves."""
    notes: tuple[str, ...] = ()

    @property
    def moves_members(self) -> bool:
        """Tell whether anybody joins or leaves."""
        return self.members is not None and not self.members.is_empty


class Unchanged(Struct, frozen=True, kw_only=True):
    """An owned object that is as desired: at most its row is to be brought up to date."""

    desired: Desired
    live: LiveObject
    owned: OwnedObject
