"""Finds the live object of a desired resource."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NoReturn

from msgspec import Struct

from reconciler.engine.blocked import Blocked, not_read, refuse_unknown
from reconciler.engine.live.absence import Absence
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.planning.differing import Differ
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import Desired
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Resource


class Ours(Struct, frozen=True, kw_only=True):
    """The live object that state says is ours."""

    live: LiveObject
    row: OwnedObject


class Unmanaged(Struct, frozen=True, kw_only=True):
    """An object with the desired identity that this address does not own."""

    live: LiveObject
    lost: OwnedObject | None
    """The row of an object that was ours and is gone."""


class Nothing(Struct, frozen=True, kw_only=True):
    """No such object."""

    lost: OwnedObject | None
    """As `Unmanaged.lost`."""


Match = Ours | Unmanaged | Nothing


class Matcher:
    """Matches by what state owns, else by identity."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        index: LiveIndex,
        absence: Absence,
        differ: Differ,
        owners: Mapping[tuple[str, str, str], Address],
    ) -> None:
        """Match within what was read and what state owns."""
        self.workspace = workspace
        self.index = index
        self.absence = absence
        self.differ = differ
        self.owners = owners
        """`(provider, kind, id)` to the address that owns it, also outside what is planned."""

    def match(self, resource: Resource, desired: Desired, owned: OwnedObject | None) -> Match:
        """Find the live object; raises `Blocked` where it is not certain which one it is."""
        address = resource.address
        collection = self.index.collection(address)
        if not collection.complete:
            raise not_read(address, collection.error)
        refuse_unknown(self.absence.doubt_empty(address))
        if owned and (live := self.index.owned(address, owned.remote_id)):
            return Ours(live=live, row=owned)
        found = [*self._unowned(address, self.index.named(address, desired.key))]
        if len(found) > 1:
            self._refuse_rivals(address, desired, found)
        return Unmanaged(live=found[0], lost=owned) if found else Nothing(lost=owned)

    def _refuse_rivals(
        self, address: Address, desired: Desired, rivals: Sequence[LiveObject]
    ) -> NoReturn:
        ids = ", ".join(live.id for live in rivals)
        reason = (
            f"several live objects are {rivals[0].name or desired.key} (ids {ids}); "
            "delete or rename all but one, or choose: "
            f"reconciler state resolve {address} --adopt {rivals[0].id}"
        )
        found = self.differ.candidates(address, desired, rivals)
        raise Blocked(reason, candidates=found)

    def _unowned(self, address: Address, found: Iterable[LiveObject]) -> Iterator[LiveObject]:
        """Leave out objects of other addresses: they have this identity until they are renamed."""
        for live in found:
            owner = self.owners.get((address.provider, address.kind, live.id), address)
            if owner == address or live.address is not None:
                yield live
            elif owner not in self.workspace.configuration.resources:
                reason = (
                    f"the live object with this identity is {owner} in state (id {live.id}); if "
                    f"that was renamed: lifecycle: {{movedFrom: {owner.name}}} in this manifest"
                )
                raise Blocked(reason)
