"""Carries out one change: provider, secrets, state row."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.engine.applying.handling import Handling, dead_secrets
from reconciler.engine.diff.fields import keep
from reconciler.engine.diff.members import EXCLUSIVE
from reconciler.engine.diff.rows import row_after
from reconciler.engine.live import unlisted
from reconciler.engine.planning.desired import resolve_pending
from reconciler.engine.settling.decision import Resolution
from reconciler.engine.settling.recovery import Recovery, Sleep
from reconciler.engine.tasks import task_of
from reconciler.engine.workspace import Workspace
from reconciler.engine.writing.writer import JournaledWriter
from reconciler.errors import NotSent, OutcomeUnknown, Rejected, SecretUntold
from reconciler.model.address import Address
from reconciler.model.change import Action, Change, MemberChange
from reconciler.model.journal import ANONYMOUS, Verb
from reconciler.model.numbers import NumberSet
from reconciler.model.on_disk import on_disk
from reconciler.model.owned import OwnedObject
from reconciler.model.untold import Untold
from reconciler.model.values import JsonValue
from reconciler.providers.kind import Kind
from reconciler.providers.left import UNLISTED, Left
from reconciler.providers.task import Applied, Task
from reconciler.state.base import Run, Settlement

Tell = Callable[[Change, int, int], None]
Answered = Callable[[], None]
"""Called when every request of a change is answered, durably, and only state is left to write."""


def _nobody() -> None:
    """Tell nobody."""


Result = TypeVar("Result")


MADE_TWICE = (
    "the answer to its first create was lost and nothing of it shows, so it was made again; should "
    "the first one show later, plan and drift call it a possible duplicate"
)


class Performer(Struct, kw_only=True):
    """Carries out changes; knows the ids of what exists by now."""

    workspace: Workspace
    run: Run
    sleep: Sleep
    tell: Tell
    stopped: Callable[[], bool] = lambda: False
    undecided: set[Address] = field(default_factory=set)
    """Addresses whose lost answer only a person can settle."""
    made: dict[Address, OwnedObject] = field(default_factory=dict)
    """The rows of what no list has shown yet."""
    _rows: dict[Address, OwnedObject] = field(default_factory=dict)
    _markers: dict[Address, str] = field(default_factory=dict)
    _one_at_a_time: dict[tuple[str, str], asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )
    _ids: dict[Address, str] = field(default_factory=dict)
    _accounts: dict[str, str] = field(default_factory=dict)
    """The fingerprints of accounts by provider name."""
    _answered: dict[Address, Answered] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start from what state knows."""
        self._rows = self.workspace.store.objects()
        self._ids = {address: row.remote_id for address, row in self._rows.items()}
        self._markers = {w.address: w.marker for w in self.workspace.store.watches()}

    async def make(self, change: Change, *, answered: Answered = _nobody) -> tuple[str, ...]:
        """Create, update or adopt; returns notes for people.

        Raises `ProviderError` or `SinkError`; the journal then holds what the next run needs.
        """
        self._answered[change.address] = answered
        kind = self.workspace.kind(change.address)
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
            name: resolve_pending(value, change.address.provider, self._ids)
            for name, value in change.desired.items()
        }
        left = _left(kind, change) if creates else Left()
        if creates:
            defaults = kind.create_defaults(fields, change.address.name)
            fields = {**defaults, **left.fields, **fields}
        root = self.workspace.root
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
            writer = self._writer(kind, change, Verb.CREATE, target)
            try:
                provider = self.workspace.provider(change.address)
                applied = await self._surely(writer, provider.create(task, writer))
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
            repeated = attempt > 1 and change.address in self._markers
            return (*notes, MADE_TWICE) if repeated else notes
        raise AssertionError

    async def _settled_as_absent(self, change: Change, error: OutcomeUnknown) -> bool:
        """Settle a lost create; true when it may be tried again."""
        recovery = Recovery(workspace=self.workspace, run=self.run, sleep=self.sleep)
        decision = await recovery.one(change.address)
        if decision.resolution is not Resolution.SETTLED:
            if decision.resolution is Resolution.ASK:
                self.undecided.add(change.address)
            raise OutcomeUnknown(decision.message or error.message, hint=decision.hint)
        if decision.watch is not None:
            self._markers[change.address] = decision.watch.marker
        if decision.row is not None:
            self._remember(decision.row)
        if decision.made:  # which the id need not show: one that manifests give is the old one's
            return False
        return decision.row is None or decision.row.remote_id == (
            change.owned.remote_id if change.owned else None
        )

    async def _remember_untold(self, change: Change, error: SecretUntold) -> None:
        """Own what was made, and that another would be no better."""
        recovery = Recovery(workspace=self.workspace, run=self.run, sleep=self.sleep)
        decision = await recovery.one(change.address)
        if decision.resolution is not Resolution.SETTLED or decision.row is None:
            return
        options = self.workspace.provider(change.address).account.options
        row = Untold(way_out=error.hint, options=options).on(decision.row)
        await self.run.settle(Settlement(put=row))
        self._remember(row)

    async def _already_made(
        self, kind: Kind, change: Change, task: Task, error: OutcomeUnknown
    ) -> tuple[str, ...]:
        """Accept a create whose answer was lost when nothing is left to do for it."""
        row = self._rows.get(change.address)
        if row is None:
            raise error
        digest = self.workspace.store.digest
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
        writer = self._writer(kind, change, Verb.UPDATE, None)
        # The row of an object that is adopted in the place of a lost one knows the lost one's id.
        owned = None if change.action is Action.ADOPT else self._rows.get(change.address)
        live = change.live
        local = {f.name for f in kind.fields if f.local} - set(kind.sinks)
        moves = change.members is not None and not change.members.is_empty
        if moves or task.changed - local:
            provider = self.workspace.provider(change.address)
            applied = await self._surely(writer, provider.update(task, writer))
        else:
            identifier = owned.remote_id if owned else live.id if live else ""
            extra = {**(live.extra if live else {}), **(owned.extra if owned else {})}
            applied = Applied(id=identifier, extra=extra)
        notes = await self._finish(kind, change, task, writer, applied)
        for old in self._rows[change.address].deposed:
            await self._delete_old(kind, change, old)
        return notes

    async def _finish(
        self, kind: Kind, change: Change, task: Task, writer: JournaledWriter, applied: Applied
    ) -> tuple[str, ...]:
        handling = Handling(workspace=self.workspace, kind=kind, change=change)
        secrets = handling.secrets({**applied.secrets, **writer.secrets})
        served = await handling.deliver(task.desired, secrets)
        row = row_after(
            change,
            kind=kind,
            remote_id=applied.id,
            extra=applied.extra,
            desired=task.desired,
            digest=self.workspace.store.digest,
        )
        if change.action is Action.REPLACE:
            deposed = (change.owned.remote_id,) if change.create_first and change.owned else ()
            row = replace(row, deposed=(*row.deposed, *deposed), needs_delivery=())
        if unlisted.marks(kind):
            row = unlisted.marked(row, change.owned)
        row = replace(row, delivered={**row.delivered, **served.digests})
        if not row.deposed:
            self._answered.pop(change.address, _nobody)()
        await self.run.settle(
            Settlement(
                closes=writer.closes(),
                put=row,
                members=self._members(change),
            )
        )
        self._remember(row)
        return (*applied.notes, *served.notes)

    def _remember(self, row: OwnedObject) -> None:
        self._rows[row.address] = row
        if UNLISTED in row.extra:
            self.made[row.address] = row
        self._ids[row.address] = row.remote_id

    def _members(self, change: Change) -> NumberSet | None:
        if change.members is None:
            return None
        live = change.live.members if change.live else None
        if change.desired.get("mode") == EXCLUSIVE and live is not None:
            return (live | change.members.add) - change.members.remove
        before = self.workspace.store.members(change.address)
        return (before | change.members.add) - change.members.remove

    async def remove(self, change: Change, *, answered: Answered = _nobody) -> tuple[str, ...]:
        """Delete or forget, or do the deleting half of a replacement; returns notes for people."""
        if change.action is Action.FORGET:
            await self.run.settle(Settlement(drop=change.address))
            return ()
        await self._remove(change, answered)
        return dead_secrets(self.workspace, change)

    async def _remove(self, change: Change, answered: Answered) -> None:
        kind = self.workspace.kind(change.address)
        owned = change.owned
        if owned is None:
            return
        if change.members is not None:
            leaving = MemberChange(add=NumberSet(), remove=change.members.remove)
            change = replace(change, members=leaving)
        if change.action is Action.REPLACE and change.create_first:
            for old in self._rows[change.address].deposed:  # those of earlier runs as well
                await self._delete_old(kind, change, old)
            return
        for old in owned.deposed:
            await self._delete_old(kind, change, old)
        closes: dict[str, str] = {}
        left: dict[str, JsonValue] = {}
        if change.live is not None:
            writer = self._writer(kind, change, Verb.DELETE, owned.remote_id)
            provider = self.workspace.provider(change.address)
            task = replace(task_of(change), desired={})
            await self._surely(writer, provider.delete(task, writer))
            closes, left = writer.closes(), writer.left
        answered()
        row = replace(owned, extra=left, deposed=()) if left else None
        gone = change.address if row is None else None
        await self.run.settle(Settlement(closes=closes, put=row, drop=gone))
        self._rows.pop(change.address, None)
        self._ids.pop(change.address, None)

    async def _delete_old(self, kind: Kind, change: Change, old: str) -> None:
        """Delete an object that a newer one has replaced."""
        row = self._rows.get(change.address)
        source = change.owned
        if row is None or source is None:
            return
        writer = self._writer(kind, change, Verb.DELETE, old)
        gone = replace(source, remote_id=old)
        same = change.live is not None and change.live.id == old
        task = Task(
            address=change.address, desired={}, owned=gone, live=change.live if same else None
        )
        await self._surely(writer, self.workspace.provider(change.address).delete(task, writer))
        left = replace(row, deposed=tuple(each for each in row.deposed if each != old))
        await self.run.settle(Settlement(closes=writer.closes(), put=left))
        self._remember(left)

    async def _surely(self, writer: JournaledWriter, work: Coroutine[Any, Any, Result]) -> Result:
        """Run it. A refusal closes the step in doubt: the provider code has read back and knows.

        Lost answers to earlier steps stay open: recovery finds out what those have made.
        """
        try:
            return await work
        except (NotSent, Rejected):
            if writer.cut_short:
                done = dict.fromkeys(writer.op_ids, "done")
                await self.run.settle(Settlement(closes=done))
            elif writer.latest in writer.doubtful:
                closes = {writer.latest: "settled-by-reading"}
                await self.run.settle(Settlement(closes=closes))
            raise

    def _account(self, provider: str) -> str:
        if provider not in self._accounts:
            self._accounts[provider] = self.workspace.fingerprint(provider)
        return self._accounts[provider]

    def _writer(
        self, kind: Kind, change: Change, phase: Verb, target: str | None
    ) -> JournaledWriter:
        total = len(change.members.add) if change.members else 0
        return JournaledWriter(
            run=self.run,
            provider=self.workspace.provider(change.address),
            kind=kind,
            change=change,
            account=self._account(change.address.provider),
            phase=phase,
            target=target,
            digest=self.workspace.store.digest,
            marker=self._markers.get(change.address, ""),
            on_members=lambda done: self.tell(change, done, total),
            stopped=self.stopped,
        )


def _left(kind: Kind, change: Change) -> Left:
    """Return what a replaced object has that no manifest manages: the new one gets it.

    After a run that got no further than its removal, state remembers it.
    """
    if change.action is Action.REPLACE and change.live is not None:
        return Left.seen(kind, change.live, change.managed | change.resets)
    return Left.remembered(change.owned.extra) if change.owned is not None else Left()
