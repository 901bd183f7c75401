"""Opens a run: checks the state before it, and does the transaction with its epoch and plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.errors import Overtaken
from reconciler.state.base import PlanUse
from reconciler.state.database import plan_use, writes
from reconciler.state.database.commit import Transaction
from reconciler.state.database.connection import TAIL, check_events, check_rows, read_tally
from reconciler.state.database.emergency import Emergency, fold_in
from reconciler.state.database.home import Home
from reconciler.state.database.rows import row_of
from reconciler.state.database.tables import RUNS
from reconciler.state.database.tally import Tally

if TYPE_CHECKING:
    from reconciler.state.database.protocol import Connection


def check_before_run(home: Home, db: Connection, now: float) -> Tally:
    """Check, at one moment, that no run lives and no row is damaged; return the tally.

    Raises:
        StateLocked: The last run has no end, and may still live.
        StateCorrupt: A row or an event is damaged.
    """
    if home.inline:
        return _tally_left(home, db, now)
    db.begin_reading()
    try:
        tally = _tally_left(home, db, now)
        check_rows(db, tally)
        check_events(db, tally, tail=TAIL)
    finally:
        db.rollback()
    return tally


def _tally_left(home: Home, db: Connection, now: float) -> Tally:
    """Return the tally that the last run left; raises `StateLocked` if that run may live."""
    tally = read_tally(db)
    row = row_of(db, RUNS, tally.epoch)
    if row is not None and row.ended_at is None:
        home.check_gone(row, tally.seen_at, now)
    return tally


class Opening(Struct, frozen=True, kw_only=True):
    """The work of the transaction that opens a run."""

    home: Home
    actor: str
    host: str
    command: str
    after: Tally
    """The tally that was read just before."""
    emergencies: list[Emergency]
    plan: PlanUse | None

    def __call__(self, transaction: Transaction) -> None:
        """Open the epoch, record the plan's use, and take over emergencies.

        Raises:
            Overtaken: Somebody has written to the state since `after` was read.
            PlanUsed: The plan was applied before.
            PlanExpired: The plan is too old.
            PlanStale: The plan was made with another state.
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
