"""Carries out what is made: creates, updates and adoptions, with their secrets and state rows."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.engine.applying.handling import Handling
from reconciler.engine.applying.ledger import Ledger
from reconciler.engine.diff.fields import keep
from reconciler.engine.diff.members import EXCLUSIVE
from reconciler.engine.diff.rows import row_after
from reconciler.engine.live import unlisted
from reconciler.engine.planning.desired import resolve_pending
from reconciler.engine.settling.decision import Resolution
from reconciler.engine.settling.recovery import Recovery, Sleep
from reconciler.engine.tasks import task_of
from reconciler.engine.writing.writer import JournaledWriter
from reconciler.errors import OutcomeUnknown, SecretUntold
from reconciler.model.address import Address
from reconciler.model.change import Action, Change, MemberChange
from reconciler.model.journal import ANONYMOUS, Verb
from reconciler.model.numbers import NumberSet
from reconciler.model.on_disk import on_disk
from reconciler.model.untold import Untold
from reconciler.model.values import JsonValue
from reconciler.providers.kind import Kind
from reconciler.providers.left import Left
from reconciler.providers.task import Applied, Task
from reconciler.state.base import Settlement

Answered = Callable[[], None]
"""Called when every request of a change is answered, durably, and only state is left to write."""


def nobody_waits() -> None:
    """Tell nobody."""


MADE_TWICE = (
    "the answer to its first create was lost and nothing of it shows, so it was made again; should "
    "the first one show later, plan and drift call it a possible duplicate"
)


class Performer(Struct, kw_only=True):
    """Carries out creates, updates and adoptions."""

    ledger: Ledger
    sleep: Sleep
    undecided: set[Address] = field(default_factory=set)
    """Addresses whose lost answer only a person can settle."""
    _one_at_a_time: dict[tuple[str, str], asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )
    _answered: dict[Address, Answered] = field(default_factory=dict)

    async def make(self, change: Change, *, answered: Answered = nobody_waits) -> tuple[str, ...]:
        """Create, update or adopt; returns notes for people.

        Raises `ProviderError` or `SinkError`; the journal then holds what the next run needs.
        """
        self._answered[change.address] = answered
        kind = self.ledger.workspace.kind(change.address)
        creates = change.action in {Action.CREATE, Action.REPLACE}
        if change.action is Action.REPLACE and change.members is not None:
            joining = MemberChange(add=change.members.add, remove=NumberSet())
            change = replace(change, members=joining, live=None)
        task = self._task(kind, change, creates=creates)
        if not creates:
            return await self._update(kind, change, task)
        if kind.creation not in ANONYMOUS:
            return await self._create(kind, change, task)
        async with self._one_at_a_time[(change.address.provider, change.address.kind)]:
            return await self._create(kind, change, task)

    def _task(self, kind: Kind, change: Change, *, creates: bool) -> Task:
        fields: dict[str, JsonValue] = {
            name: resolve_pending(value, change.address.provider, self.ledger.ids)
            for name, value in change.desired.items()
        }
        left = _left(kind, change) if creates else Left()
        if creates:
            defaults = kind.create_defaults(fields, change.address.name)
            fields = {**defaults, **left.fields, **fields}
        root = self.ledger.workspace.root
        return replace(
            task_of(change),
            desired=fields,
            left=left.extra,
            read_file=lambda path: (root / on_disk(path)).read_bytes(),
        )

    async def _create(self, kind: Kind, change: Change, task: Task) -> tuple[str, ...]:
        target = change.owned.remote_id if change.owned else None
        task = replace(task, owned=None, live=task.live if task.members else None)
        for attempt in (1, 2):
            writer = self.ledger.writer(kind, change, Verb.CREATE, target)
            try:
                provider = self.ledger.workspace.provider(change.address)
                applied = await self.ledger.surely(writer, provider.create(task, writer))
            except OutcomeUnknown as error:
                if attempt > 1:  # the row may be that of an object that is gone
                    raise
                if await self._settled_as_absent(change, error):
                    continue
                return await self._already_made(kind, change, task, error)
            except SecretUntold as error:
                await self._remember_untold(change, error)
                raise
            notes = await self._finish(kind, change, task, writer, applied)
            repeated = attempt > 1 and change.address in self.ledger.markers
            return (*notes, MADE_TWICE) if repeated else notes
        raise AssertionError

    async def _settled_as_absent(self, change: Change, error: OutcomeUnknown) -> bool:
        """Settle a lost create; true when it may be tried again."""
        recovery = Recovery(workspace=self.ledger.workspace, run=self.ledger.run, sleep=self.sleep)
        decision = await recovery.one(change.address)
        if decision.resolution is not Resolution.SETTLED:
            if decision.resolution is Resolution.ASK:
                self.undecided.add(change.address)
            raise OutcomeUnknown(decision.message or error.message, hint=decision.hint)
        if decision.watch is not None:
            self.ledger.markers[change.address] = decision.watch.marker
        if decision.row is not None:
            self.ledger.remember(decision.row)
        if decision.made:  # which the id need not show: one that manifests give is the old one's
            return False
        return decision.row is None or decision.row.remote_id == (
            change.owned.remote_id if change.owned else None
        )

    async def _remember_untold(self, change: Change, error: SecretUntold) -> None:
        """Own what was made, and that another would be no better."""
        recovery = Recovery(workspace=self.ledger.workspace, run=self.ledger.run, sleep=self.sleep)
        decision = await recovery.one(change.address)
        if decision.resolution is not Resolution.SETTLED or decision.row is None:
            return
        options = self.ledger.workspace.provider(change.address).account.options
        row = Untold(way_out=error.hint, options=options).on(decision.row)
        await self.ledger.run.settle(Settlement(put=row))
        self.ledger.remember(row)

    async def _already_made(
        self, kind: Kind, change: Change, task: Task, error: OutcomeUnknown
    ) -> tuple[str, ...]:
        """Accept a create whose answer was lost when nothing is left to do for it."""
        row = self.ledger.rows.get(change.address)
        if row is None:
            raise error
        digest = self.ledger.workspace.store.digest
        missing = [
            declared.name
            for declared in kind.fields
            if declared.name in change.managed
            and not declared.members
            and (
                declared.name in row.needs_delivery
                or row.applied.get(declared.name)
                != keep(declared, task.desired.get(declared.name), digest)
            )
        ]
        if missing or task.members:
            message = (
                f"{change.address} exists now, but its {', '.join(missing) or 'members'} not yet"
            )
            raise OutcomeUnknown(message, hint="Run `reconciler apply` again: it does the rest.")
        return ()

    async def _update(self, kind: Kind, change: Change, task: Task) -> tuple[str, ...]:
        writer = self.ledger.writer(kind, change, Verb.UPDATE, None)
        # The row of an object that is adopted in the place of a lost one knows the lost one's id.
        owned = None if change.action is Action.ADOPT else self.ledger.rows.get(change.address)
        live = change.live
        local = {f.name for f in kind.fields if f.local} - set(kind.sinks)
        moves = change.members is not None and not change.members.is_empty
        if moves or task.changed - local:
            provider = self.ledger.workspace.provider(change.address)
            applied = await self.ledger.surely(writer, provider.update(task, writer))
        else:
            identifier = owned.remote_id if owned else live.id if live else ""
            extra = {**(live.extra if live else {}), **(owned.extra if owned else {})}
            applied = Applied(id=identifier, extra=extra)
        notes = await self._finish(kind, change, task, writer, applied)
        for old in self.ledger.rows[change.address].deposed:
            await self.ledger.delete_old(kind, change, old)
        return notes

    async def _finish(
        self, kind: Kind, change: Change, task: Task, writer: JournaledWriter, applied: Applied
    ) -> tuple[str, ...]:
        handling = Handling(workspace=self.ledger.workspace, kind=kind, change=change)
        secrets = handling.secrets({**applied.secrets, **writer.secrets})
        served = await handling.deliver(task.desired, secrets)
        row = row_after(
            change,
            kind=kind,
            remote_id=applied.id,
            extra=applied.extra,
            desired=task.desired,
            digest=self.ledger.workspace.store.digest,
        )
        if change.action is Action.REPLACE:
            deposed = (change.owned.remote_id,) if change.create_first and change.owned else ()
            row = replace(row, deposed=(*row.deposed, *deposed), needs_delivery=())
        if unlisted.marks(kind):
            row = unlisted.marked(row, change.owned)
        row = replace(row, delivered={**row.delivered, **served.digests})
        if not row.deposed:
            self._answered.pop(change.address, nobody_waits)()
        await self.ledger.run.settle(
            Settlement(
                closes=writer.closes(),
                put=row,
                members=self._members(change),
            )
        )
        self.ledger.remember(row)
        return (*applied.notes, *served.notes)

    def _members(self, change: Change) -> NumberSet | None:
        if change.members is None:
            return None
        live = change.live.members if change.live else None
        if change.desired.get("mode") == EXCLUSIVE and live is not None:
            return (live | change.members.add) - change.members.remove
        before = self.ledger.workspace.store.members(change.address)
        return (before | change.members.add) - change.members.remove


def _left(kind: Kind, change: Change) -> Left:
    """Return what a replaced object has that no manifest manages: the new one gets it.

    After a run that got no further than its removal, state remembers it.
    """
    if change.action is Action.REPLACE and change.live is not None:
        return Left.seen(kind, change.live, change.managed | change.resets)
    return Left.remembered(change.owned.extra) if change.owned is not None else Left()
