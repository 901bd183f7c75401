"""Sees to it that a saved plan is applied only once, and to the state that it was made with."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from reconciler.errors import PlanExpired, PlanStale
from reconciler.model.moment import moment_text
from reconciler.model.saved_plan import SKEW
from reconciler.state.base import PlanUse, UsedPlan, refuse_used
from reconciler.state.database.rows import found, row_of
from reconciler.state.database.tables import (
    ACCOUNTS,
    ACKNOWLEDGED,
    MEMBERS,
    OBJECTS,
    PENDING,
    USED_PLANS,
    WATCHES,
    UsedPlanRow,
)
from reconciler.state.database.tally import Tally

if TYPE_CHECKING:
    from reconciler.state.database.commit import Transaction

KEPT = 7 * 24 * 3600.0
"""Seconds after a plan's expiry for which its use is remembered."""
_COMPARED = (OBJECTS, MEMBERS, ACKNOWLEDGED, PENDING, WATCHES, ACCOUNTS)
"""The tables that a plan depends on."""
_AGAIN = "Make a new plan: `reconciler plan --out FILE`."


def contents(tally: Tally) -> str:
    """Return a digest of everything a plan depends on."""
    sums = {table.name: tally.sums.get(table.name, (0, 0)) for table in _COMPARED}
    text = json.dumps([tally.lineage, tally.serial, sums], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def use(transaction: Transaction, plan: PlanUse, *, now: float) -> None:
    """Check, in the transaction that opens the run, that the run may apply a plan.

    Raises:
        PlanUsed: It was applied before.
        PlanExpired: It is too old, by the store's clock (`now`).
        PlanStale: The state is not the one that it was made with.
    """
    row = row_of(transaction.db, USED_PLANS, plan.nonce)
    refuse_used(used_plan(row))
    if now > plan.expires_at + SKEW:
        raise PlanExpired(
            f"this plan could be applied until {moment_text(plan.expires_at)}", hint=_AGAIN
        )
    tally = transaction.tally
    if plan.contents != contents(tally) and (plan.contents or tally.epoch):
        raise PlanStale(
            "this plan is out of date: nothing was changed",
            details=["state was changed a moment ago, by another run"],
            hint=_AGAIN,
        )


def remember(transaction: Transaction, plan: PlanUse, actor: str) -> None:
    """Store that a plan is applied now; remove plans that expired long ago."""
    for row in found(transaction.db, USED_PLANS.all):
        if row.until < transaction.now:
            transaction.remove(USED_PLANS, row.nonce)
    epoch, until = transaction.tally.epoch, plan.expires_at + KEPT
    transaction.insert(USED_PLANS, UsedPlanRow(plan.nonce, epoch, actor, transaction.now, until))


def used_plan(row: UsedPlanRow | None) -> UsedPlan | None:
    """Return the value of a row."""
    return None if row is None else UsedPlan(epoch=row.epoch, actor=row.actor, at=row.at)
