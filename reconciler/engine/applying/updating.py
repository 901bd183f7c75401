"""Carries out an update, or an adoption with its changes."""

from __future__ import annotations

from reconciler.engine.applying.ledger import Ledger
from reconciler.engine.applying.making import Answered, Job
from reconciler.engine.tasks import is_local
from reconciler.engine.writing.writer import JournaledWriter
from reconciler.model.change import Adopt, Update, is_beside
from reconciler.model.journal import Verb
from reconciler.providers.task import Applied, Task


class Alteration(Job):
    """One update or adoption."""

    def __init__(self, ledger: Ledger, change: Update | Adopt, answered: Answered) -> None:
        """Remember what is there."""
        super().__init__(ledger, change, answered)
        self._live = change.live

    async def carry_out(self) -> tuple[str, ...]:
        """Send what differs, if that is not a matter of state alone; returns notes."""
        task = self.task(self.fields())
        writer = self.ledger.writer(self.change, Verb.UPDATE, None, members=task.members)
        applied = await self._apply(task, writer)
        notes = await self.finish(task, writer, applied)
        for old in () if is_beside(self.change) else self.ledger.rows[self.address].deposed:
            await self.ledger.delete_old(self.change, old)
        return notes

    async def _apply(self, task: Task, writer: JournaledWriter) -> Applied:
        if not is_local(self.kind, task):
            return await self.ledger.surely(writer, self.provider.update(task, writer))
        # The row of an object that is adopted in the place of a lost one knows the lost one's id.
        if isinstance(self.change, Update):
            row = self.ledger.rows[self.address]
            return Applied(id=row.remote_id, extra={**self._live.extra, **row.extra})
        return Applied(id=self._live.id, extra=self._live.extra)
