"""What became of a change, in words."""

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
"""What was done, by action."""

TO_DO: Mapping[str, str] = {"handOver": "hand over"}
"""What is to be done, where that is not the action's name."""

NOT_DONE = {
    Status.FAILED: "failed",
    Status.UNKNOWN: "outcome unknown",
    Status.STALE: "refused, as the plan is stale",
    Status.SKIPPED: "skipped",
    Status.WAITING: "waiting",
}
"""Why it was not done."""
