"""The results of changes in words."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.change import Action
from reconciler.model.result import Status

DONE: Mapping[str, str] = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.REPLACE: "replaced",
    Action.DELETE: "deleted",
    Action.ADOPT: "adopted",
    Action.FORGET: "forgotten",
    "rename": "renamed",
    "handOver": "handed over",
}
"""The word for a change that was done, by action."""

TO_DO: Mapping[str, str] = {"handOver": "hand over"}
"""The word for a change to be done, where that is not the action's name."""

NOT_DONE = {
    Status.FAILED: "failed",
    Status.UNKNOWN: "outcome unknown",
    Status.STALE: "refused, as the plan is stale",
    Status.SKIPPED: "skipped",
    Status.WAITING: "waiting",
}
"""The words for a change that was not done, by status."""
