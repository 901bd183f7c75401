"""Carries out a creation: alone, or as the making half of a replacement."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from reconciler.engine.applying.ledger import Ledger
from reconciler.engine.applying.making import Answered, Job
from reconciler.engine.diff.fields import keep
from reconciler.engine.live.delivered import row_of
from reconciler.engine.settling.decision import Ask, Decision, Settled
from reconciler.engine.settling.recovery import Recovery, Sleep
from reconciler.engine.writing.writer import JournaledWriter
from reconciler.errors import OutcomeUnknown, SecretUntold
from reconciler.model.change import Create, MemberChange, Replace, is_beside
from reconciler.model.journal import Verb
from reconciler.model.numbers import NumberSet
from reconciler.model.owned import OwnedObject
from reconciler.model.untold import Untold
from reconciler.providers.carried_over import CarriedOver
from reconciler.providers.task import Applied, Task
from reconciler.state.base import Put

MADE_TWICE = (
    "the answer to its first create was lost and nothing of it shows, so it was made again; should "
    "the first one show later, plan and drift call it a possible duplicate"
)


class Undecidable(OutcomeUnknown):
    """The answer to a create was lost, and only a person can settle it."""


class Creation(Job):
    """One creation."""

    def __init__(
        self, ledger: Ledger, change: Create | Replace, answered: Answered, *, sleep: Sleep
    ) -> None:
        """Remember what it is to take the place of."""
        super().__init__(ledger, change, answered)
        self._taking_over = change
        self._sleep = sleep
        self._before = row_of(change).remote_id or None

    async def carry_out(self) -> tuple[str, ...]:
        """Create it, once more where the first one is proven not to be there; returns notes.

        Raises `Undecidable` where only a person can tell what came of it.
        """
        task = self._task()
        try:
            writer, applied = await self._send(task)
        except OutcomeUnknown as error:
            if not await self._settled_as_absent(error):
                self._refuse_unfinished(task, error)
                return ()
            writer, applied = await self._send(task)
            notes = await self.finish(task, writer, applied)
            return (*notes, MADE_TWICE) if self.address in self.ledger.markers else notes
        return await self.finish(task, writer, applied)

    def _task(self) -> Task:
        left = self._left()
        fields = self.fields()
        defaults = self.kind.create_defaults(fields, self.address.name)
        task = self.task({**defaults, **left.fields, **fields})
        change = self._taking_over
        joining = change.members
        live = None
        if isinstance(change, Replace) and change.members is not None:
            joining = MemberChange(add=change.members.add, remove=NumberSet())
        elif isinstance(change, Create) and joining is not None:
            live = change.live
        return replace(task, owned=None, live=live, members=joining, left=left.extra)

    def _left(self) -> CarriedOver:
        """Return the unmanaged fields of a replaced object, which the new one gets.

        After a run that got no further than its removal, state remembers it.
        """
        change = self._taking_over
        if isinstance(change, Replace) and change.members is None:
            return CarriedOver.seen(self.kind, change.live, change.desired.touched)
        return CarriedOver.remembered(row_of(change).extra)

    async def _send(self, task: Task) -> tuple[JournaledWriter, Applied]:
        writer = self.ledger.writer(
            self._taking_over, Verb.CREATE, self._before, members=task.members
        )
        try:
            return writer, await self.ledger.surely(writer, self.provider.create(task, writer))
        except SecretUntold as error:
            await self._remember_untold(error)
            raise

    async def _settled_as_absent(self, error: OutcomeUnknown) -> bool:
        """Settle a lost create; true when it may be tried again."""
        decision = await self._recovered()
        if isinstance(decision, Ask):
            raise Undecidable(decision.message, hint=decision.hint)
        if not isinstance(decision, Settled):
            raise OutcomeUnknown(decision.message or error.message, hint=decision.hint)
        if decision.watch is not None:
            self.ledger.markers[self.address] = decision.watch.marker
        if decision.row is not None:
            self.ledger.remember(decision.row)
        if decision.made:  # which the id need not show: one that manifests give is the old one's
            return False
        return decision.row is None or decision.row.remote_id == self._before

    async def _remember_untold(self, error: SecretUntold) -> None:
        """Own what was made, and that another would be no better."""
        decision = await self._recovered()
        if not isinstance(decision, Settled) or decision.row is None:
            return
        row = Untold(way_out=error.hint, options=self.provider.account.options).on(decision.row)
        await self.ledger.run.settle(Put(row=row))
        self.ledger.remember(row)

    async def _recovered(self) -> Decision:
        recovery = Recovery(workspace=self.ledger.workspace, run=self.ledger.run, sleep=self._sleep)
        gathering = self.ledger.gatherings.get(self.address)
        if gathering is not None:
            return await gathering.settled(self.address, recovery.several)
        return await recovery.one(self.address)

    def _refuse_unfinished(self, task: Task, error: OutcomeUnknown) -> None:
        """Accept a create whose answer was lost only when nothing is left to do for it."""
        row = self.ledger.rows.get(self.address)
        if row is None:
            raise error
        missing = [*self._missing(row, task)]
        if missing or task.members:
            message = (
                f"{self.address} exists now, but its {', '.join(missing) or 'members'} not yet"
            )
            raise OutcomeUnknown(message, hint="Run `reconciler apply` again: it does the rest.")

    def _missing(self, row: OwnedObject, task: Task) -> Iterator[str]:
        digest = self.ledger.workspace.store.digest
        managed = self.change.desired.managed - self.kind.set_fields
        for declared in self.kind.fields:
            name = declared.name
            if name not in managed:
                continue
            if is_beside(self.change) and name in self.kind.sinks:  # served once it is approved
                continue
            held = keep(declared, task.desired.get(name), digest)
            if name in row.needs_delivery or row.applied.get(name) != held:
                yield name
