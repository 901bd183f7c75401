"""Refuses plans that would do what nobody agreed to."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from reconciler.engine.diff.members import is_exclusive
from reconciler.engine.workspace import Workspace
from reconciler.errors import PlanRefused
from reconciler.model.change import Delete, Forget, MemberChange, Write
from reconciler.model.members import Members
from reconciler.model.plan import Plan
from reconciler.model.refusal import stopped_by

SHARE = 0.2
"""The share of a kind's objects, or of a set's members that we added, that may go unsaid."""
MEMBERS = 10
"""So many members may go unsaid, whatever the share."""


def check(plan: Plan, workspace: Workspace, *, allow_deletes: int | None) -> None:
    """Raise `PlanRefused`, with every reason, when a plan needs a flag.

    Deleting more than one object and more than 20 % of what state owns of a kind, removing more
    than ten members and more than 20 % of those that we added to a set, and removing any from an
    exclusive set need `--allow-deletes N`. N is at least the number of all objects that the plan
    deletes, where those of one kind are too many, and of the members.
    """
    if plan.refused:
        message = "this plan cannot be applied as it is, so nothing was changed"
        raise PlanRefused(message, details=[f"{a}: {plan.blocked[a]}" for a in plan.refused])
    if plan.errors:
        raise stopped_by(plan.errors)
    toll = _toll(plan, workspace)
    if toll.number > (allow_deletes or 0):
        message = f"this plan {toll.words()}, which needs --allow-deletes {toll.number}"
        hint = "Look at the plan; if all of that is meant, add it to the command."
        raise PlanRefused(message, details=toll.reasons, hint=hint)


class _Toll(Struct, frozen=True, kw_only=True):
    """What a plan takes away that needs a flag."""

    objects: int
    """All that the plan deletes, once one kind has too many; the plan's summary has this number."""
    members: Counter[Members]
    """How many of which kind of members."""
    reasons: list[str]

    @property
    def number(self) -> int:
        return self.objects + self.members.total()

    def words(self) -> str:
        parts = []
        if self.objects:
            parts.append(f"deletes {self.objects:,} object{'s' if self.objects > 1 else ''}")
        if self.members:
            counts = [kind.count(number) for kind, number in self.members.items()]
            parts.append(f"removes {' and '.join(counts)}")
        return " and ".join(parts)


def _toll(plan: Plan, workspace: Workspace) -> _Toll:
    owned = Counter((a.provider, a.kind) for a in workspace.store.objects())
    deleted = Counter(c.address[:2] for c in plan.changes if isinstance(c, Delete))
    many = [(p, n) for p, n in sorted(deleted.items()) if n > max(1, SHARE * owned[p])]
    reasons = [f"{p[0]}: {n} of {owned[p]} {p[1]} would be deleted" for p, n in many]
    members: Counter[Members] = Counter()
    for change in plan.changes:
        if isinstance(change, Forget) or change.members is None:
            continue
        written = workspace.kind(change.address).members
        if written is not None and _loses_many(change, change.members, workspace):
            count = len(change.members.remove)
            members[written] += count
            why = (
                f" ({written.mode} {written.exclusive})" if is_exclusive(workspace, change) else ""
            )
            reasons.append(f"{change.address}: {written.count(count)} would be removed{why}")
    return _Toll(objects=deleted.total() if many else 0, members=members, reasons=reasons)


def _loses_many(change: Write, members: MemberChange, workspace: Workspace) -> bool:
    """Tell whether a change takes more members out of a set than goes without saying."""
    count = len(members.remove)
    if count and is_exclusive(workspace, change):
        return True
    return count > max(MEMBERS, SHARE * len(workspace.store.members(change.address)))
