"""The rows of state of imported objects, and a view of state that has them already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from reconciler.engine.diff.rows import row_after
from reconciler.engine.graph import resource_order
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.planning.desired import Identities, desired_of
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.state.base import StateStore


def rows_of(
    workspace: Workspace, found: Mapping[Address, LiveObject]
) -> dict[Address, OwnedObject]:
    """Return a row for each of these objects, from its manifest in this workspace."""
    known = _owned_identities(workspace)
    for address, live in found.items():
        known.bind(address, live.id)
        known.keys[address] = live.key
    return {address: _row(workspace, address, live, known) for address, live in found.items()}


def keys_of(workspace: Workspace, index: LiveIndex) -> dict[Address, str | None]:
    """Return the natural key of every resource of the manifests; `None` if it is not known yet."""
    known = _owned_identities(workspace)
    known.live_key = index.key_of
    resources, rows = workspace.configuration.resources, workspace.store.objects()
    keys: dict[Address, str | None] = {}
    for address in resource_order(resources):
        desired = desired_of(workspace, resources[address], rows.get(address), known)
        keys[address] = known.keys[address] = desired.key
    return keys


def _owned_identities(workspace: Workspace) -> Identities:
    known = Identities()
    for address, row in workspace.store.objects().items():
        known.bind(address, row.remote_id)
        known.keys[address] = row.key
    return known


def _row(
    workspace: Workspace, address: Address, live: LiveObject, known: Identities
) -> OwnedObject:
    resource = workspace.configuration.resources[address]
    return row_after(
        address,
        desired_of(workspace, resource, None, known),
        kind=workspace.kind(address),
        before=None,
        remote_id=live.id,
        extra=live.extra if live.review is None else live.review.on(dict(live.extra)),
        digest=workspace.store.digest,
    )


class _WithRows:
    """A store with further rows; everything else is as in the store."""

    def __init__(self, store: StateStore, rows: Mapping[Address, OwnedObject]) -> None:
        self._store, self._rows = store, rows

    def objects(self) -> dict[Address, OwnedObject]:
        """Return the rows of the store and the further ones."""
        return {**self._store.objects(), **self._rows}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def with_rows(store: StateStore, rows: Mapping[Address, OwnedObject]) -> StateStore:
    """Return a view of a store with further rows; nothing may be written to it."""
    return cast("StateStore", _WithRows(store, rows)) if rows else store
