"""Parts of live objects that one resource hands over to another.

As with a renamed resource, state follows and nothing is sent. All rows concerned are written in one
transaction before anything else is done, so a part has exactly one owner at every moment.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from reconciler.engine.live.observer import Selection, scopes
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address, CollectionKey
from reconciler.model.owned import OwnedObject
from reconciler.model.plan import HandOver
from reconciler.model.resource import Resource
from reconciler.providers.task import HandOvers


class AllHandOvers(Struct, frozen=True, kw_only=True):
    """What is handed over in a plan, at all accounts."""

    parts: tuple[HandOver, ...] = ()
    rows: Mapping[Address, OwnedObject] = field(default_factory=dict)
    """The rows that change, and new ones."""
    emptied: tuple[Address, ...] = ()
    """Addresses whose rows are removed, because no part is left."""

    def applied_to(self, rows: Mapping[Address, OwnedObject]) -> dict[Address, OwnedObject]:
        """Return rows as they are after the hand-overs."""
        kept = {address: row for address, row in rows.items() if address not in self.emptied}
        return kept | dict(self.rows)


def find_hand_overs(
    workspace: Workspace,
    desired: Mapping[Address, Resource],
    rows: Mapping[Address, OwnedObject],
    *,
    frozen: frozenset[Address],
) -> AllHandOvers:
    """Find what is handed over, by manifests and state alone.

    Args:
        workspace: Configuration, accounts and state.
        desired: The resources that the plan is about.
        rows: All rows of state.
        frozen: Rows that the plan is not about and must not change.
    """
    collections = _with_parts(workspace)
    if not any(address[:2] in collections for address in rows):
        return AllHandOvers()
    selection = Selection(
        desired={a: resource for a, resource in desired.items() if a[:2] in collections},
        owned={a: row for a, row in rows.items() if a[:2] not in collections or a not in frozen},
    )
    found: list[HandOvers] = [
        workspace.providers[name].hand_over(scope)
        for name, scope in scopes(workspace, selection).items()
    ]
    after = {address: row for each in found for address, row in each.rows.items()}
    return AllHandOvers(
        parts=tuple(part for each in found for part in each.parts),
        rows={address: row for address, row in after.items() if row is not None},
        emptied=tuple(address for address, row in after.items() if row is None),
    )


def _with_parts(workspace: Workspace) -> frozenset[CollectionKey]:
    """Return the `(provider, kind)` collections of which one resource claims several parts."""
    return frozenset(
        (name, kind.name)
        for name, provider in workspace.providers.items()
        for kind in provider.kinds.values()
        if kind.claims is not None
    )
