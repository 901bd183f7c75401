"""The transaction that opens a run: its epoch, what a crash left, and the plan that it applies."""

from __future__ import annotations

from msgspec import Struct

from reconciler.errors import Overtaken
from reconciler.state.base import PlanUse
from reconciler.state.database import plan_use, writes
from reconciler.state.database.commit import Transaction
from reconciler.state.database.home import Home
from reconciler.state.database.tally import Tally
from reconciler.state.files.emergency import Emergency, fold_in


class Opening(Struct, frozen=True, kw_only=True):
    """The work of it."""

    home: Home
    actor: str
    host: str
    command: str
    after: Tally
    """What was read of the state just before."""
    emergencies: list[Emergency]
    plan: PlanUse | None

    def __call__(self, transaction: Transaction) -> None:
        """Do it.

        Raises:
            Overtaken: Another run has begun meanwhile, or a newer version has migrated the tables.
            PlanUsed: The plan was applied before.
            PlanExpired: It is too old.
            PlanStale: It was made with another state.
        """
        seen = self.after.epoch, self.after.seq
        if (transaction.tally.epoch, transaction.tally.seq) != seen:
            raise Overtaken(
                f"another run has just begun to write to {self.home.place}",
                hint="Try again in a moment.",
            )
        if self.plan is not None:
            now = self.home.clock_reading(transaction.now)
            plan_use.use(transaction, self.plan, now=now)
        writes.begin(transaction, self.command, self.actor, self.host)
        if self.plan is not None:
            plan_use.remember(transaction, self.plan, self.actor)
        fold_in(transaction, self.emergencies)
