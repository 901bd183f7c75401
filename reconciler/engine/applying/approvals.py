"""Reads reviews while a plan is carried out, and waits for them if asked to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from reconciler.engine.applying.ledger import Ledger
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.live.observer import Selection, observe
from reconciler.engine.live.reviews import Wait, Waits, is_reviewed, reviews_in, sends
from reconciler.engine.settling.recovery import Sleep
from reconciler.model.address import Address, CollectionKey
from reconciler.model.change import Change, Making, is_beside
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.plan import Phase
from reconciler.model.review import Review, ReviewStatus

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 2.0, 30.0, 1.5
"""Seconds between two looks: people take minutes, and some accounts need no review at all."""

Piece = tuple[Change, Phase]


class Patience(Struct, frozen=True, kw_only=True):
    """How long a run may wait for reviews, for all of them together."""

    seconds: float
    sleep: Sleep
    clock: Callable[[], float]
    stop: asyncio.Event

    async def pause(self, seconds: float) -> None:
        """Let time pass; being told to stop ends it."""
        both = [asyncio.ensure_future(each) for each in (self.sleep(seconds), self.stop.wait())]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in both:
                each.cancel()
            await asyncio.gather(*both, return_exceptions=True)


class Approvals:
    """The status of reviews, from lists that are read when they are needed."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        patience: Patience,
        tell: Callable[[Address, str], None],
    ) -> None:
        """Start with nothing submitted and nothing read."""
        self.ledger = ledger
        self.patience = patience
        self.tell = tell
        """Told what is waited for, whenever that was looked at."""
        self.submitted: dict[Address, None] = {}
        """What this run has sent to review, in order."""
        self._seen: dict[CollectionKey, LiveIndex] = {}
        self._reading = asyncio.Lock()
        self._deadline: float | None = None

    def was_made(self, change: Change) -> None:
        """Note that something was sent to review, so that lists read before do not count."""
        workspace, address = self.ledger.workspace, change.address
        if not isinstance(change, Making) or not is_reviewed(workspace, address):
            return
        if sends(workspace.kind(address), change):
            self._seen.pop(address[:2], None)
            self.submitted[address] = None

    async def wait(self, change: Change, phase: Phase) -> Wait | None:
        """Return why a piece of work has to wait; reads the lists that this depends on."""
        if not is_reviewed(self.ledger.workspace, change.address):
            return None
        if change.waits and self._deadline is None:
            return Wait(why=change.waits)
        await self._read(self._concerned(change, phase))
        return self._waits.wait(change, phase)

    async def come(self, waiting: Sequence[Piece]) -> bool:
        """Wait until some of the work may go on; false once nothing will, or time is up."""
        patience, pause = self.patience, FIRST_PAUSE
        if not patience.seconds:
            return False
        if self._deadline is None:
            self._deadline = patience.clock() + patience.seconds
        concerned = {each for change, phase in waiting for each in self._concerned(change, phase)}
        concerned |= {address[:2] for address in self.submitted}
        while True:
            await self._read(concerned, anew=True)
            waits = [self._waits.wait(*piece) for piece in waiting]
            if None in waits:
                return True
            pending = [a for a in self.submitted if self._is_pending(a)]
            hopeful = pending or any(wait and not wait.over for wait in waits)
            left = self._deadline - patience.clock()
            if not hopeful or left <= 0:
                return False
            self.tell(*_waiting_for(pending or [change.address for change, _ in waiting]))
            await patience.pause(min(pause, left))
            if patience.stop.is_set():
                return False
            pause = min(pause * GROWTH, LONGEST_PAUSE)

    def live(self, address: Address) -> LiveObject | None:
        """Return the object that an address has now, as last read."""
        index = self._seen.get(address[:2])
        row = self.ledger.rows.get(address)
        return index.owned(address, row.remote_id) if index and row else None

    def review(self, address: Address) -> Review | None:
        """Return what was last read of an address's review."""
        live = self.live(address)
        return None if live is None else live.review

    def fresh_rows(self) -> Iterator[OwnedObject]:
        """Yield rows whose review has changed since state was written."""
        for address, row in self.ledger.rows.items():
            review = self.review(address)
            if review is not None and review != Review.remembered(row.extra):
                yield replace(row, extra=review.on(row.extra))

    @property
    def _waits(self) -> Waits:
        return Waits(
            workspace=self.ledger.workspace, review_of=self._review_of, ids=self.ledger.ids
        )

    def _review_of(self, address: Address, identifier: str) -> Review | None:
        index = self._seen.get(address[:2])
        return None if index is None else reviews_in(index)(address, identifier)

    def _is_pending(self, address: Address) -> bool:
        review = self.review(address)
        return review is not None and review.status is ReviewStatus.PENDING

    def _concerned(self, change: Change, phase: Phase) -> set[CollectionKey]:
        """Return the collections that tell whether a piece of work has to wait.

        At first what the plan has seen is good enough, but for what this run has changed.
        """
        if phase is Phase.REMOVE:
            return {change.address[:2]} if is_beside(change) else set()
        provider = change.address.provider
        kind = self.ledger.workspace.kind(change.address)
        others = {(provider, each.reference) for each in kind.fields if each.approved}
        if self._deadline is None:
            return others & {address[:2] for address in self.submitted}
        return {change.address[:2]} | others

    async def _read(self, collections: Iterable[CollectionKey], *, anew: bool = False) -> None:
        async with self._reading:
            chosen = frozenset(each for each in collections if anew or each not in self._seen)
            if chosen:
                workspace = self.ledger.workspace
                selection = Selection(
                    desired=workspace.configuration.resources,
                    owned=self.ledger.rows,
                    collections=chosen,
                )
                index = LiveIndex(await observe(workspace, selection))
                self._seen |= dict.fromkeys(chosen, index)


def _waiting_for(addresses: Sequence[Address]) -> tuple[Address, str]:
    more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
    return addresses[0], f"waiting for the review of {addresses[0]}{more}"
