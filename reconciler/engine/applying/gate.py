"""Refuses plans that would do what nobody agreed to."""

from __future__ import annotations

from collections import Counter

from reconciler.engine.diff.members import EXCLUSIVE
from reconciler.engine.workspace import Workspace
from reconciler.errors import PlanRefused
from reconciler.model.change import Action
from reconciler.model.finding import Severity
from reconciler.model.plan import Plan

SHARE = 0.2
"""The share of a kind's objects that may be deleted without saying so."""


def check(plan: Plan, workspace: Workspace, *, allow_deletes: int | None) -> None:
    """Raise `PlanRefused`, with every reason, when a plan needs a word on the command line.

    Deleting more than one object and more than 20 % of what state owns of a kind, and removing
    members from an exclusive set, need `--allow-deletes N` with N at least the number.
    """
    if plan.refused:
        message = "this plan cannot be applied as it is, so nothing was changed"
        raise PlanRefused(message, details=[f"{a}: {plan.blocked[a]}" for a in plan.refused])
    errors = [
        f"{finding.address}: {finding.message}" if finding.address else finding.message
        for finding in plan.findings
        if finding.severity is Severity.ERROR
    ]
    if errors:
        message = "a finding of severity error stops this plan"
        raise PlanRefused(message, details=errors)
    reasons, number = _braked(plan, workspace)
    if number > (allow_deletes or 0):
        message = f"this plan deletes {number} and nobody said so"
        hint = f"If that is meant: --allow-deletes {number}"
        raise PlanRefused(message, details=reasons, hint=hint)


def _braked(plan: Plan, workspace: Workspace) -> tuple[list[str], int]:
    owned = Counter((a.provider, a.kind) for a in workspace.store.objects())
    deleted: Counter[tuple[str, str]] = Counter()
    reasons: list[str] = []
    number = 0
    for change in plan.changes:
        if change.action is Action.DELETE:
            deleted[(change.address.provider, change.address.kind)] += 1
        elif change.members and change.members.remove and change.desired.get("mode") == EXCLUSIVE:
            count = len(change.members.remove)
            number += count
            reasons.append(f"{change.address}: {count} numbers would be removed (mode exclusive)")
    for place, count in sorted(deleted.items()):
        if count > max(1, SHARE * owned[place]):
            number += count
            reasons.append(f"{place[0]}: {count} of {owned[place]} {place[1]} would be deleted")
    return reasons, number
