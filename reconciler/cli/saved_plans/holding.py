"""Compares the plan that `apply --plan` makes and carries out with the saved one."""

from __future__ import annotations

from reconciler.cli.saved_plans.checking import AGAIN, epoch_seconds
from reconciler.cli.settings import Settings
from reconciler.engine.saving.holding import limited, plan_lines
from reconciler.engine.saving.manifests import Keys
from reconciler.engine.workspace import Workspace
from reconciler.errors import PlanStale
from reconciler.model.plan import Plan
from reconciler.model.saved_plan import Binding, SavedPlan
from reconciler.render.json import plan_document
from reconciler.render.plans.saved_plans import shortened
from reconciler.state.base import PlanUse


def use_of(binding: Binding) -> PlanUse:
    """Return what the state records about the use of a saved plan."""
    return PlanUse(
        nonce=binding.nonce,
        expires_at=epoch_seconds(binding.expires_at),
        contents=binding.state_digest or "",
    )


def check_same(settings: Settings, workspace: Workspace, saved: SavedPlan, plan: Plan) -> None:
    """Raise `PlanStale` where the new plan differs from the saved one."""
    document = plan_document(plan)
    current = shortened(settings.out.masked(document))
    keys = Keys.of(workspace.store, saved.binding.lineage)
    lines = plan_lines(saved, keys, document, current)
    if lines:
        raise PlanStale(
            "this plan is out of date: nothing was changed", details=limited(lines), hint=AGAIN
        )
