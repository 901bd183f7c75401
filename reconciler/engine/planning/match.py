"""Finds the live object that a desired resource is, or may be."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from reconciler.engine.blocked import Blocked, not_read
from reconciler.engine.live.absence import Absence
from reconciler.engine.live.index import LiveIndex, Match
from reconciler.engine.planning.differing import Differ
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import Desired
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Resource


class Matcher(Struct, frozen=True, kw_only=True):
    """Matches by what state owns, else by identity."""

    workspace: Workspace
    index: LiveIndex
    absence: Absence
    differ: Differ
    owners: Mapping[tuple[str, str, str], Address]
    """`(provider, kind, id)` to the address that owns it, also outside what is planned."""

    def match(self, resource: Resource, desired: Desired, owned: OwnedObject | None) -> Match:
        """Return the live object, or none; raises `Blocked` where that is not known."""
        address = resource.address
        collection = self.index.collection(address)
        if not collection.complete:
            raise not_read(address, collection.error)
        self.absence.no_outage(address)
        match = self.index.find(address, owned, desired.key)
        if not match.ours:
            match = self._without_owned(address, match)
        if match.rivals:
            self._refuse_rivals(address, desired, match)
        return match

    def _refuse_rivals(self, address: Address, desired: Desired, match: Match) -> None:
        ids = ", ".join(live.id for live in match.rivals)
        reason = (
            f"several live objects are {match.rivals[0].name or desired.key} (ids {ids}); "
            "delete or rename all but one, or choose: "
            f"reconciler state resolve {address} --adopt {match.rivals[0].id}"
        )
        found = self.differ.candidates(address, desired, match.rivals)
        raise Blocked(reason, candidates=found)

    def _without_owned(self, address: Address, match: Match) -> Match:
        """Leave out what other addresses own: it has this identity only until it is renamed."""
        found = (*match.rivals, *([match.live] if match.live else []))
        free = []
        for live in found:
            owner = self.owners.get((address.provider, address.kind, live.id), address)
            if owner == address or live.address is not None:
                free.append(live)
            elif owner not in self.workspace.configuration.resources:
                reason = (
                    f"the live object with this identity is {owner} in state (id {live.id}); if "
                    f"that was renamed: lifecycle: {{movedFrom: {owner.name}}} in this manifest"
                )
                raise Blocked(reason)
        if len(free) > 1:
            return Match(rivals=tuple(free))
        return Match(live=free[0]) if free else Match()
