"""Whether the live object with a remembered id is still the one that state means."""

from __future__ import annotations

from reconciler.engine.blocked import Blocked
from reconciler.engine.diff.fields import swapped
from reconciler.engine.workspace import Workspace
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject


def refuse_swapped(workspace: Workspace, row: OwnedObject, live: LiveObject | None) -> None:
    """Raise `Blocked` for an object that must be neither deleted nor replaced as ours."""
    if live is None:
        return
    kind, digest = workspace.kind(row.address), workspace.store.digest
    name = swapped(kind, row.applied, live.fields, digest)
    if name is not None:
        reason = (
            f"the live object {row.remote_id} is not the one that was applied: its {name} is "
            "another; put that back by hand, or if it is not ours: "
            f"reconciler state rm {row.address}"
        )
        raise Blocked(reason)
