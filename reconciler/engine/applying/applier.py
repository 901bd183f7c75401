"""Carries out a plan: in dependency order, in parallel, crash-safely. Computes no difference."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property

from reconciler.engine.applying.approvals import Approvals, Patience, Piece
from reconciler.engine.applying.bundles import Bundle
from reconciler.engine.applying.catching_up import catch_up
from reconciler.engine.applying.course import Course
from reconciler.engine.applying.creating import Undecidable
from reconciler.engine.applying.crew import Crew, Slot, WorkGraph
from reconciler.engine.applying.events import ApplyEvent, EventKind, Listener, nobody
from reconciler.engine.applying.freshness import Freshness, Seen
from reconciler.engine.applying.ledger import Ledger
from reconciler.engine.applying.performer import Performer
from reconciler.engine.applying.remover import Remover
from reconciler.engine.applying.succession import Succession
from reconciler.engine.graph import work_graph
from reconciler.engine.live.reviews import after
from reconciler.engine.live.unlisted import now_listed
from reconciler.engine.settling.recovery import Sleep
from reconciler.engine.tasks import created_together
from reconciler.engine.workspace import Workspace
from reconciler.engine.writing import delivery
from reconciler.errors import (
    InReview,
    NotSent,
    OutcomeUnknown,
    ReconcilerError,
    ResponseNotDurable,
    StateError,
)
from reconciler.model.address import Address
from reconciler.model.change import Change, Delete, Forget, Making, Replace, is_beside
from reconciler.model.plan import Phase, Plan, Work
from reconciler.model.result import ApplyReport, Status
from reconciler.providers.task import Progress, no_progress
from reconciler.state.base import Put, Run

_log = logging.getLogger("reconciler")

_UNSEEN = (
    "the request that creates it with others was accepted, but the list does not show it yet: "
    "`reconciler plan` tells whether it is there"
)
_STALE_HINT = "Nothing was done to it. `reconciler apply` plans anew with what is there now."


class Applier:
    """One apply."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        plan: Plan,
        run: Run,
        stop: asyncio.Event,
        listener: Listener = nobody,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        seen: Seen | None = None,
        progress: Progress = no_progress,
        wait_approval: float = 0.0,
    ) -> None:
        """Carry out a plan in this run."""
        self.workspace = workspace
        self.plan = plan
        self.run = run
        self.stop = stop
        self.listener = listener
        self.sleep = sleep
        self.clock = clock
        self.seen = seen
        """When live state was read for the plan; just now where that is not told."""
        self.progress = progress
        """Told about what is read again."""
        self.wait_approval = wait_approval
        """Seconds to wait for reviews of what is sent, and for what waits for these."""
        self._changes: dict[Address, Change] = {each.address: each for each in plan.changes}
        self._courses: dict[Address, Course] = {}
        self._failed: set[Work] = set()
        self._waiting: dict[Work, str] = {}
        """Work that a review comes before, and which."""
        self._fatal: list[ReconcilerError] = []
        """What made going on unsafe, of every change that it happened to."""
        self._began = 0.0
        self._finished = 0
        self._unsuccessful = 0

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
    def _crew(self) -> Crew:
        return Crew(
            do=self._do_bundle,
            most=self._most,
            slots=self._slots,
            stop=self.stop,
            clock=self.clock,
        )

    @cached_property
    def _approvals(self) -> Approvals:
        patience = Patience(
            seconds=self.wait_approval, sleep=self.sleep, clock=self.clock, stop=self.stop
        )
        return Approvals(ledger=self._ledger, patience=patience, tell=self._tell_wait)

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
        await self._wait_for_reviews()
        return ApplyReport(
            results=tuple(self._courses[each.address].result(each) for each in self.plan.changes),
            unchanged=self.plan.unchanged,
            moves=self.plan.moves,
            hand_overs=self.plan.hand_overs,
            requests={n: p.requests - before[n] for n, p in self.workspace.providers.items()},
            seconds=self.clock() - self._began,
            ended_by=worst(self._fatal) if self._fatal else None,
        )

    async def _look_once(self) -> None:
        """See whether lists show what was just made, where one may have to know.

        That is of kinds that could be made twice by mistake: what lists do not show is not called
        gone for a while. And of what was created in one request with others: its answer does not
        speak of each. That nobody could look does not count as a failure: it is the same as that
        nothing shows.
        """
        ledger = self._ledger
        rows = self.workspace.store.objects()
        looked_for = [rows[each] for each in {**ledger.made, **ledger.accepted} if each in rows]
        if not looked_for or self.stop.is_set() or self._fatal:
            return
        listed = {row.address: row for row in await now_listed(self.workspace, looked_for)}
        await self.run.settle_all(Put(row=listed[each]) for each in ledger.made if each in listed)
        for address in ledger.accepted:
            if address in rows and address not in listed:
                self._courses[address].notes += (_UNSEEN,)
        ledger.accepted.clear()

    async def _wait_for_reviews(self) -> None:
        """Take up what waits whenever a review is over, for as long as may be waited."""
        graph = work_graph(self.plan.changes)
        while not self._fatal and await self._approvals.come(self._pieces(graph)):
            again = {work: before for work, before in graph.items() if work in self._waiting}
            self._waiting.clear()
            await self._crew.work_through(again)
            await self._look_once()
        if not self._fatal:
            await self.run.settle_all(Put(row=row) for row in self._approvals.fresh_rows())
        for work, why in self._waiting.items():
            self._still_waits(self._changes[work.address], why)
        for address in self._approvals.submitted if self.wait_approval else ():
            self._courses[address].reviewed(self._approvals.review(address), self.wait_approval)

    def _pieces(self, graph: WorkGraph) -> list[Piece]:
        """Return the work that waits for a review, without what only waits for other work."""
        return [
            (change, work.phase)
            for work in self._waiting
            if not self._waiting.keys() & {*graph[work]}
            and not isinstance(change := self._changes[work.address], Forget)
        ]

    def _still_waits(self, change: Change, why: str) -> None:
        if self._courses[change.address].ends(Status.WAITING, why):
            self._tell(EventKind.FINISHED, change, Status.WAITING, why)

    async def _work(self) -> None:
        graph = work_graph(self.plan.changes)
        counts = Counter(work.address for work in graph)
        self._courses = {address: Course(count) for address, count in counts.items()}
        for name, requests in self.plan.requests.items():
            self.workspace.providers[name].expect(requests.writes)
        await self._crew.work_through(graph)

    def _slots(self, provider: str) -> int:
        known = self.workspace.providers.get(provider)
        return self.run.in_flight * (known.concurrency if known else 1)

    def _most(self, work: Work) -> int:
        return created_together(self.workspace, self._changes[work.address])

    async def _do_bundle(self, bundle: Bundle, graph: WorkGraph, slot: Slot) -> None:
        if len(bundle) == 1:
            await self._do(bundle[0], graph[bundle[0]], slot)
            return
        with_others = self._ledger.gathering([work.address for work in bundle])
        async with with_others as gathering:

            async def one(work: Work) -> None:
                try:
                    await self._do(work, graph[work], Slot(slot.slots))
                finally:
                    gathering.leave(work.address)

            await asyncio.gather(*map(one, bundle))

    async def _do(self, work: Work, before: tuple[Work, ...], slot: Slot) -> None:
        change, course = self._changes[work.address], self._courses[work.address]
        broken = sorted(self._failed.intersection(before))
        if broken:
            other = str(broken[0].address)
            self._fail(
                work, Status.SKIPPED, f"{other} was not done" if other != str(work.address) else ""
            )
        elif why := after(self._waiting, work, before):
            self._waiting[work] = why
        elif self.stop.is_set():
            self._fail(work, Status.SKIPPED, "the run was stopped before it")
        elif wait := await self._approvals.wait(change, work.phase):
            self._waiting[work] = wait.why
        elif why := await self._freshness.why_stale(change):
            self._fail(work, Status.STALE, why, _STALE_HINT)
        else:
            self._tell(EventKind.STARTED, change)
            await self._perform(work, change, course, slot)
        if work in self._waiting:
            return
        course.open_work -= 1
        if course.open_work == 0:
            self._finished += 1
            self._tell(EventKind.FINISHED, change, course.status, course.error)

    async def _perform(self, work: Work, change: Change, course: Course, slot: Slot) -> None:
        try:
            course.notes += await self._carry_out(work, change, slot)
        except (StateError, ResponseNotDurable) as error:
            error.details = tuple(f"{change.address}: {detail}" for detail in error.details)
            self._fatal.append(error)
            self.stop.set()
            message = ". ".join((error.message, *error.details))
            self._fail(work, Status.UNKNOWN, message, error.hint)
        except InReview as error:
            self._waiting[work] = error.message
        except OutcomeUnknown as error:
            self._fail(work, Status.UNKNOWN, error.message, error.hint)
            course.undecided = isinstance(error, Undecidable)
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

    async def _carry_out(self, work: Work, change: Change, slot: Slot) -> tuple[str, ...]:
        if work.phase is Phase.REMOVE and is_beside(change):
            new = self._approvals.live(change.address)
            return await Succession(self._ledger).complete(change, new)
        if isinstance(change, Delete | Forget) or (
            isinstance(change, Replace) and work.phase is Phase.REMOVE
        ):
            return await self._remover.remove(change, answered=slot.give_back)
        notes = await self._performer.make(change, answered=slot.give_back)
        self._approvals.was_made(change)
        return notes

    def _fail(self, work: Work, status: Status, error: str, hint: str = "") -> None:
        self._failed.add(work)
        if self._courses[work.address].ends(status, error, hint):
            self._unsuccessful += 1

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

    def _tell_wait(self, address: Address, message: str) -> None:
        self._tell(EventKind.WAITING, self._changes[address], message=message)


async def apply(
    workspace: Workspace,
    plan: Plan,
    run: Run,
    *,
    seen: Seen,
    stop: asyncio.Event,
    listener: Listener = nobody,
    progress: Progress = no_progress,
    wait_approval: float = 0.0,
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
        wait_approval=wait_approval,
    ).apply()


def worst(errors: Sequence[ReconcilerError]) -> ReconcilerError:
    """Return the error with the gravest exit code, which tells the details of all of them.

    That an answer lies in a file outside the database goes before anything else.
    """
    first = max(errors, key=lambda error: error.exit_code)
    first.details = tuple(dict.fromkeys(detail for error in errors for detail in error.details))
    return first
