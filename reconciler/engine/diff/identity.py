"""Refuses a live object that has the remembered id but is another object."""

from __future__ import annotations

from reconciler.engine.blocked import Blocked
from reconciler.engine.diff.fields import swapped_field
from reconciler.engine.workspace import Workspace
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject


def refuse_swapped(workspace: Workspace, row: OwnedObject, live: LiveObject | None) -> None:
    """Raise `Blocked` if a live object is not the one that was applied: it must not be deleted."""
    if live is None:
        return
    kind, digest = workspace.kind(row.address), workspace.store.digest
    name = swapped_field(kind, row.applied, live.fields, digest)
    if name is not None:
        reason = (
            f"the live object {row.remote_id} is not the one that was applied: its {name} is "
            "another; put that back by hand, or if it is not ours: "
            f"reconciler state rm {row.address}"
        )
        raise Blocked(reason)
