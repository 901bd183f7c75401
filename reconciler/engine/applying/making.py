"""Prepares the task for a change that makes something, and records its result in state.

Both `creating` and `updating` begin and end with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from reconciler.engine.applying.ledger import Ledger
from reconciler.engine.applying.secret_delivery import Delivered, SecretDelivery
from reconciler.engine.applying.succession import held_back
from reconciler.engine.diff.members import is_exclusive
from reconciler.engine.diff.rows import row_after
from reconciler.engine.live import unlisted
from reconciler.engine.planning.desired import resolve_pending
from reconciler.engine.tasks import task_of
from reconciler.engine.writing.writer import JournaledWriter
from reconciler.model.change import Making, MemberChange, Replace, is_beside, live_of, owned_by
from reconciler.model.numbers import NumberSet
from reconciler.model.on_disk import on_disk
from reconciler.model.owned import OwnedObject
from reconciler.model.values import JsonValue
from reconciler.providers.task import Applied, Task
from reconciler.state.base import Put

Answered = Callable[[], None]
"""Called when all answers to a change are stored, and only state is left to write."""


def nobody_waits() -> None:
    """Tell nobody."""


class Job:
    """Carries one change that makes something from its task to its state row."""

    def __init__(self, ledger: Ledger, change: Making, answered: Answered) -> None:
        """Look up the kind and the provider of the change."""
        self.ledger = ledger
        self.change = change
        self.address = change.address
        self.kind = ledger.workspace.kind(change.address)
        self.provider = ledger.workspace.provider(change.address)
        self._answered = answered

    def fields(self) -> dict[str, JsonValue]:
        """Return the desired fields with every reference resolved."""
        return {
            name: resolve_pending(value, self.address.provider, self.ledger.ids)
            for name, value in self.change.desired.fields.items()
        }

    def task(self, fields: Mapping[str, JsonValue]) -> Task:
        """Return what the provider is asked to do."""
        root = self.ledger.workspace.root
        return replace(
            task_of(self.change),
            desired=fields,
            read_file=lambda path: (root / on_disk(path)).read_bytes(),
        )

    async def finish(
        self, task: Task, writer: JournaledWriter, applied: Applied
    ) -> tuple[str, ...]:
        """Deliver secrets, then update state and journal together; returns notes for people."""
        delivery = SecretDelivery(
            workspace=self.ledger.workspace, kind=self.kind, change=self.change
        )
        secrets = delivery.secrets({**applied.secrets, **writer.secrets})
        delivered = Delivered()
        row = self._row(task, applied)
        if is_beside(self.change):
            row = held_back(self.kind, row, self.change)
        else:
            delivered = await delivery.deliver(task.desired, secrets)
            row = replace(row, delivered={**row.delivered, **delivered.digests})
        if not row.deposed:
            self._answered()
        await self.ledger.run.settle(
            Put(row=row, members=self._members(task.members)), closes=writer.closes()
        )
        self.ledger.remember(row)
        return (*applied.notes, *delivered.notes)

    def _row(self, task: Task, applied: Applied) -> OwnedObject:
        before = owned_by(self.change)
        row = row_after(
            self.address,
            replace(self.change.desired, fields=task.desired),
            kind=self.kind,
            before=before,
            remote_id=applied.id,
            extra=applied.extra,
            digest=self.ledger.workspace.store.digest,
        )
        if isinstance(self.change, Replace):
            old = (self.change.owned.remote_id,) if self.change.create_first else ()
            row = replace(row, deposed=(*row.deposed, *old), needs_delivery=())
        return unlisted.marked(row, before) if unlisted.marks(self.kind) else row

    def _members(self, moved: MemberChange | None) -> NumberSet | None:
        """Return the members that we own after the change; `None` for a kind without members."""
        if moved is None:
            return None
        live = None if isinstance(self.change, Replace) else live_of(self.change)
        exclusive = is_exclusive(self.ledger.workspace, self.change)
        if exclusive and live is not None and live.members is not None:
            return (live.members | moved.add) - moved.remove
        before = self.ledger.workspace.store.members(self.address)
        return (before | moved.add) - moved.remove
