"""Carries out a plan: in dependency order, in parallel, crash-safely. Computes no difference."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from graphlib import TopologicalSorter

from msgspec import Struct, field

from reconciler.engine.applying.catching_up import catch_up
from reconciler.engine.applying.creating import Undecidable
from reconciler.engine.applying.events import ApplyEvent, EventKind, Listener, nobody
from reconciler.engine.applying.freshness import Freshness, Seen
from reconciler.engine.applying.ledger import Ledger
from reconciler.engine.applying.performer import Performer
from reconciler.engine.applying.remover import Remover
from reconciler.engine.graph import work_graph
from reconciler.engine.live.unlisted import now_listed
from reconciler.engine.settling.recovery import Sleep
from reconciler.engine.workspace import Workspace
from reconciler.engine.writing import delivery
from reconciler.errors import (
    NotSent,
    OutcomeUnknown,
    ReconcilerError,
    ResponseNotDurable,
    StateError,
)
from reconciler.model.address import Address
from reconciler.model.change import Change, Delete, Forget, Making, Replace
from reconciler.model.plan import Phase, Plan, Work
from reconciler.model.result import ApplyReport, ChangeResult, Status
from reconciler.providers.task import Progress, no_progress
from reconciler.state.base import Put, Run

_log = logging.getLogger("reconciler")

GRACE_SECONDS = 5.0
"""How long requests in flight may take to finish once a signal has come."""

_STALE_HINT = "Nothing was done to it. `reconciler apply` plans anew with what is there now."


class _Progress(Struct):
    """How far one change has come."""

    open_work: int
    status: Status = Status.DONE
    error: str = ""
    hint: str = ""
    notes: tuple[str, ...] = ()
    undecided: bool = False


class _Slot(Struct):
    """A worker's right to have something in flight at an account, until that is answered."""

    slots: asyncio.Semaphore
    held: bool = False

    async def take(self) -> None:
        """Wait for one."""
        await self.slots.acquire()
        self.held = True

    def give_back(self) -> None:
        """Let another worker have it; does nothing the second time."""
        if self.held:
            self.held = False
            self.slots.release()


class Applier(Struct, kw_only=True, dict=True):
    """One apply."""

    workspace: Workspace
    plan: Plan
    run: Run
    stop: asyncio.Event
    listener: Listener = nobody
    sleep: Sleep = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    seen: Seen | None = None
    """When live state was read for the plan; just now where that is not told."""
    progress: Progress = no_progress
    """Told about what is read again."""
    _changes: dict[Address, Change] = field(default_factory=dict)
    _progress: dict[Address, _Progress] = field(default_factory=dict)
    _failed: set[Work] = field(default_factory=set)
    _fatal: list[ReconcilerError] = field(default_factory=list)
    """What made going on unsafe, of every change that it happened to."""
    _began: float = 0.0
    _finished: int = 0
    _unsuccessful: int = 0

    def __post_init__(self) -> None:
        """Prepare the graph of work."""
        self._changes = {change.address: change for change in self.plan.changes}

    @cached_property
    def _ledger(self) -> Ledger:
        return Ledger(
            workspace=self.workspace,
            run=self.run,
            tell=self._tell_members,
            stopped=self.stop.is_set,
        )

    @cached_property
    def _performer(self) -> Performer:
        return Performer(self._ledger, sleep=self.sleep)

    @cached_property
    def _remover(self) -> Remover:
        return Remover(self._ledger)

    @cached_property
    def _freshness(self) -> Freshness:
        return Freshness(
            workspace=self.workspace,
            plan=self.plan,
            clock=self.clock,
            seen=self.seen or Seen(at=self._began),
            progress=self.progress,
        )

    async def apply(self) -> ApplyReport:
        """Do all of it; what made going on unsafe (state or journal failing) ends the report."""
        self._began = self.clock()
        makings = (each for each in self.plan.changes if isinstance(each, Making))
        delivery.probe(self.workspace, makings)
        before = {n: p.requests for n, p in self.workspace.providers.items()}
        await catch_up(self.workspace, self.plan, self.run)
        await self._freshness.after_approval()
        await self._work()
        await self._look_once()
        return ApplyReport(
            results=tuple(self._result(change) for change in self.plan.changes),
            unchanged=self.plan.unchanged,
            moves=self.plan.moves,
            hand_overs=self.plan.hand_overs,
            requests={n: p.requests - before[n] for n, p in self.workspace.providers.items()},
            seconds=self.clock() - self._began,
            ended_by=worst(self._fatal) if self._fatal else None,
        )

    async def _look_once(self) -> None:
        """See whether lists show what was just made, of kinds that could be made twice by mistake.

        What they do not show is not called gone for a while. That nobody could look does not count
        as a failure: it is the same as that nothing shows.
        """
        made = [row for address, row in self._ledger.made.items() if self._still(address)]
        if not made or self.stop.is_set() or self._fatal:
            return
        listed = await now_listed(self.workspace, made)
        await self.run.settle_all(Put(row=row) for row in listed)

    def _still(self, address: Address) -> bool:
        return address in self.workspace.store.objects()

    async def _work(self) -> None:
        graph = work_graph(self.plan.changes)
        counts: dict[Address, int] = defaultdict(int)
        for work in graph:
            counts[work.address] += 1
        self._progress = {address: _Progress(count) for address, count in counts.items()}
        sorter: TopologicalSorter[Work] = TopologicalSorter(graph)
        sorter.prepare()
        queues: dict[str, asyncio.Queue[Work]] = {a.provider: asyncio.Queue() for a in counts}
        finished: asyncio.Queue[Work | None] = asyncio.Queue()
        workers: list[asyncio.Task[None]] = []
        for provider, queue in queues.items():
            count = self._slots(provider)
            slots = asyncio.Semaphore(count)
            # Twice as many workers as slots: while one settles, another has its slot.
            workers += [
                asyncio.create_task(self._worker(queue, _Slot(slots), finished, graph))
                for _ in range(2 * count)
            ]
        stopping = asyncio.create_task(self._tell_of_stop(finished))
        for name, requests in self.plan.requests.items():
            self.workspace.providers[name].expect(requests.writes)
        try:
            await self._feed(sorter, queues, finished)
        finally:
            stopping.cancel()
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    def _slots(self, provider: str) -> int:
        known = self.workspace.providers.get(provider)
        return known.concurrency if known else 1

    async def _feed(
        self,
        sorter: TopologicalSorter[Work],
        queues: dict[str, asyncio.Queue[Work]],
        finished: asyncio.Queue[Work | None],
    ) -> None:
        """Hand out what is ready until nothing is left, or for a grace period once stopped."""
        deadline: float | None = None
        while sorter.is_active():
            for work in sorter.get_ready():
                queues[work.address.provider].put_nowait(work)
            try:
                async with asyncio.timeout(
                    None if deadline is None else max(0.0, deadline - self.clock())
                ):
                    done = await finished.get()
            except TimeoutError:
                return
            if deadline is None and self.stop.is_set():
                deadline = self.clock() + GRACE_SECONDS
            if done is not None:
                sorter.done(done)

    async def _tell_of_stop(self, finished: asyncio.Queue[Work | None]) -> None:
        """Wake whoever waits for finished work when the run is to stop."""
        await self.stop.wait()
        finished.put_nowait(None)

    async def _worker(
        self,
        queue: asyncio.Queue[Work],
        slot: _Slot,
        finished: asyncio.Queue[Work | None],
        graph: Mapping[Work, tuple[Work, ...]],
    ) -> None:
        while True:
            await slot.take()
            work = await queue.get()
            try:
                await self._do(work, graph[work], slot)
            finally:
                slot.give_back()
                finished.put_nowait(work)

    async def _do(self, work: Work, before: tuple[Work, ...], slot: _Slot) -> None:
        change, progress = self._changes[work.address], self._progress[work.address]
        broken = sorted(self._failed.intersection(before))
        if broken:
            other = str(broken[0].address)
            self._fail(
                work, Status.SKIPPED, f"{other} was not done" if other != str(work.address) else ""
            )
        elif self.stop.is_set():
            self._fail(work, Status.SKIPPED, "the run was stopped before it")
        elif why := await self._freshness.why_stale(change):
            self._fail(work, Status.STALE, why, _STALE_HINT)
        else:
            self._tell(EventKind.STARTED, change)
            await self._perform(work, change, progress, slot)
        progress.open_work -= 1
        if progress.open_work == 0:
            self._finished += 1
            self._tell(EventKind.FINISHED, change, progress.status, progress.error)

    async def _perform(self, work: Work, change: Change, progress: _Progress, slot: _Slot) -> None:
        try:
            progress.notes += await self._carry_out(work, change, slot)
        except (StateError, ResponseNotDurable) as error:
            error.details = tuple(f"{change.address}: {detail}" for detail in error.details)
            self._fatal.append(error)
            self.stop.set()
            message = ". ".join((error.message, *error.details))
            self._fail(work, Status.UNKNOWN, message, error.hint)
        except OutcomeUnknown as error:
            self._fail(work, Status.UNKNOWN, error.message, error.hint)
            progress.undecided = isinstance(error, Undecidable)
        except ReconcilerError as error:
            cut_short = self.stop.is_set() and isinstance(error, NotSent)
            status = Status.SKIPPED if cut_short else Status.FAILED
            self._fail(work, status, str(error) if error.details else error.message, error.hint)
        except asyncio.CancelledError:
            self._fail(work, Status.UNKNOWN, "the run was stopped while it was in flight")
            raise
        except Exception as error:  # noqa: BLE001 -- a fault of ours; the rest must go on, or end
            _log.debug("%s: internal error", change.address, exc_info=True)
            message = f"internal error: {type(error).__name__}"
            hint = "This is a bug; -vv shows where. What is in doubt, the next run settles."
            self._fail(work, Status.FAILED, message, hint)

    async def _carry_out(self, work: Work, change: Change, slot: _Slot) -> tuple[str, ...]:
        if isinstance(change, Delete | Forget) or (
            isinstance(change, Replace) and work.phase is Phase.REMOVE
        ):
            return await self._remover.remove(change, answered=slot.give_back)
        return await self._performer.make(change, answered=slot.give_back)

    def _fail(self, work: Work, status: Status, error: str, hint: str = "") -> None:
        self._failed.add(work)
        progress = self._progress[work.address]
        if progress.status is Status.DONE:
            progress.status, progress.error, progress.hint = status, error, hint
            self._unsuccessful += 1

    def _result(self, change: Change) -> ChangeResult:
        progress = self._progress[change.address]
        unstarted = progress.open_work > 0 and progress.status is Status.DONE
        return ChangeResult(
            address=change.address,
            action=change.action,
            status=Status.SKIPPED if unstarted else progress.status,
            error="the run was stopped before it" if unstarted else progress.error,
            hint=progress.hint,
            notes=progress.notes,
            undecided=progress.undecided,
        )

    def _tell(
        self, kind: EventKind, change: Change, status: Status | None = None, message: str = ""
    ) -> None:
        self.listener(
            ApplyEvent(
                kind=kind,
                address=change.address,
                action=change.action,
                status=status,
                seconds=self.clock() - self._began,
                done=self._finished,
                total=len(self._changes),
                failed=self._unsuccessful,
                message=message,
            )
        )

    def _tell_members(self, change: Change, done: int, total: int) -> None:
        self.listener(
            ApplyEvent(
                kind=EventKind.MEMBERS,
                address=change.address,
                action=change.action,
                seconds=self.clock() - self._began,
                done=done,
                total=total,
            )
        )


async def apply(
    workspace: Workspace,
    plan: Plan,
    run: Run,
    *,
    seen: Seen,
    stop: asyncio.Event,
    listener: Listener = nobody,
    progress: Progress = no_progress,
) -> ApplyReport:
    """Carry out a plan under the lock; see `Applier`."""
    return await Applier(
        workspace=workspace,
        plan=plan,
        run=run,
        seen=seen,
        stop=stop,
        listener=listener,
        progress=progress,
    ).apply()


def worst(errors: Sequence[ReconcilerError]) -> ReconcilerError:
    """Return the error with the gravest exit code, which tells the details of all of them.

    That an answer lies in a file outside the database goes before anything else.
    """
    first = max(errors, key=lambda error: error.exit_code)
    first.details = tuple(dict.fromkeys(detail for error in errors for detail in error.details))
    return first
