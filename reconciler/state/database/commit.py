"""Runs transactions that are fenced by the epoch, with the work of several callers in one commit.

A commit waits for the disk. Meanwhile the work of other coroutines is collected and goes into the
next commit, so that a thousand parallel writes need far fewer waits.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from reconciler.errors import StaleEpoch
from reconciler.state.database.connection import read_tally
from reconciler.state.database.personal import Vault
from reconciler.state.database.protocol import Disconnected, Undurable
from reconciler.state.database.tables import EVENTS, R, Table
from reconciler.state.database.tally import Tally
from reconciler.state.failpoints import Failpoints
from reconciler.state.lease import elapsed

if TYPE_CHECKING:
    from reconciler.state.database.protocol import Connection, Fence
    from reconciler.state.database.tables import Prefetch


class Transaction(Struct, kw_only=True):
    """What a piece of work needs: the database, the tally to update, the time."""

    db: Connection
    tally: Tally
    now: float
    """Wall clock, seconds."""
    vault: Vault

    def event(self, kind: str, subject: str, detail: str) -> None:
        """Append to the audit trail."""
        self.db.execute(EVENTS.insert, self.tally.append(kind, subject, detail, self.now))

    def insert(self, table: Table[R], row: R) -> None:
        """Add a row."""
        self.tally.insert(self.db, table, row)

    def put(self, table: Table[R], row: R) -> None:
        """Add a row, replacing any with the same key."""
        self.tally.put(self.db, table, row)

    def remove(self, table: Table[R], key: object) -> R | None:
        """Remove a row and return it, `None` if there was none."""
        return self.tally.remove(self.db, table, key)


Work: TypeAlias = Callable[[Transaction], None]
"""Part of a transaction. It is called a second time, in one of its own, if another part fails."""

Result: TypeAlias = BaseException | None
"""What a piece of work, or its commit, raised."""


class Writer:
    """Runs transactions on one connection, from any thread, one at a time."""

    def __init__(
        self,
        db: Connection,
        *,
        clock: Callable[[], float],
        failpoints: Failpoints,
        committed: Callable[[Tally], None],
        vault: Vault,
    ) -> None:
        """Take over a connection; `committed` is called after every durable commit."""
        self._db = db
        self._clock = clock
        self._failpoints = failpoints
        self._committed = committed
        self._vault = vault
        self._turn = threading.Lock()
        self._tally: Tally | None = None
        self._committed_at = elapsed()

    def seconds_since_commit(self) -> float:
        """Return how long ago the last durable commit was."""
        return elapsed() - self._committed_at

    @property
    def tally(self) -> Tally:
        """What the state row says after the last commit."""
        if self._tally is None:
            self._tally = read_tally(self._db)
        return self._tally

    def begin(self, work: Work) -> None:
        """Run the work that opens a new epoch, which fences off the run of any older one."""
        with self._turn:
            self._tally = None
            self._together([work], fenced=False)

    def commit(self, works: Sequence[Work], prefetch: Sequence[Prefetch] = ()) -> list[Result]:
        """Run works in one transaction and return what each raised.

        If one of them or the transaction fails, each work gets a transaction of its own.
        `prefetch` are the rows that the works are about to look up.
        """
        with self._turn:
            try:
                self._together(works, fenced=True, prefetch=prefetch)
            except (StaleEpoch, Undurable) as error:
                return [error] * len(works)
            except Disconnected:
                return [self._alone(work) for work in works]
            except Exception as error:  # noqa: BLE001 -- handed to the ones who asked
                if len(works) == 1:
                    return [error]
                return [self._alone(work) for work in works]
            return [None] * len(works)

    def _alone(self, work: Work) -> Result:
        try:
            self._together([work], fenced=True)
        except Exception as error:  # noqa: BLE001 -- handed to the one who asked
            return error
        return None

    def _together(
        self, works: Sequence[Work], *, fenced: bool, prefetch: Sequence[Prefetch] = ()
    ) -> None:
        self._failpoints("commit:before")
        try:
            fence = self._db.begin_writing(prefetch)
            tally = self._fenced(fence) if fenced else read_tally(self._db)
            transaction = Transaction(
                db=self._db, tally=tally, now=float(self._clock()), vault=self._vault
            )
            for work in works:
                work(transaction)
            transaction.tally.seen_at = transaction.now
            transaction.tally.write(self._db)
            self._db.make_durable()
        except BaseException:
            with suppress(Exception):  # a broken disk breaks this too; nothing is committed
                self._db.rollback()
            raise
        self._tally = transaction.tally
        self._committed_at = elapsed()
        self._committed(transaction.tally)
        self._failpoints("commit:after")

    def _fenced(self, fence: Fence) -> Tally:
        if fence != (self.tally.epoch, self.tally.seq):
            raise StaleEpoch(
                f"run {self.tally.epoch} was fenced off by run {fence[0]} and may not write any "
                "more",
                hint="`reconciler state history` shows who took over. Plan again.",
            )
        return self.tally.copy()


class Inline:
    """Commits each work at once, in the caller's thread: for stores in memory."""

    def __init__(self, writer: Writer) -> None:
        """Take the writer."""
        self._writer = writer

    async def submit(self, work: Work, *prefetch: Prefetch) -> None:
        """Commit the work; raises what the work or the commit raised."""
        [error] = self._writer.commit([work], prefetch)
        if error is not None:
            raise error

    def drain(self) -> None:
        """Have nothing to do."""


class _Waiting(Struct):
    """Work that waits for a commit, the rows that it looks up, and the caller's future."""

    work: Work
    prefetch: Sequence[Prefetch]
    done: asyncio.Future[None]


class Grouped:
    """Commits in a thread of its own; works that wait at the same moment share a commit."""

    def __init__(self, writer: Writer) -> None:
        """Take the writer."""
        self._writer = writer
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="state")
        self._waiting: list[_Waiting] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        """The loop on which a commit is under way or about to start."""

    async def submit(self, work: Work, *prefetch: Prefetch) -> None:
        """Return once the work is durable; raises what the work or the commit raised.

        `prefetch` are the rows that the work looks up.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append(_Waiting(work, prefetch, done))
        if self._loop is not loop:
            self._loop = loop
            loop.call_soon(self._start, loop)  # after all coroutines ready now have submitted
        await done

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        batch, self._waiting = self._waiting, []
        if not batch:
            self._loop = None
            return
        commit = self._thread.submit(self._commit, batch)
        commit.add_done_callback(lambda made: _call(loop, self._finish, loop, batch, made))

    def _commit(self, batch: list[_Waiting]) -> list[Result]:
        works = [each.work for each in batch]
        return self._writer.commit(works, [row for each in batch for row in each.prefetch])

    def _finish(
        self,
        loop: asyncio.AbstractEventLoop,
        batch: list[_Waiting],
        commit: Future[list[Result]],
    ) -> None:
        failed = commit.exception()
        results = [failed] * len(batch) if failed is not None else commit.result()
        for each, error in zip(batch, results, strict=True):
            done = each.done
            if done.done():  # its coroutine was cancelled; the work is durable all the same
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)
        self._start(loop)

    def drain(self) -> None:
        """Wait for the commit under way, commit what still waits, and end the thread."""
        self._thread.shutdown(wait=True)
        batch, self._waiting = self._waiting, []
        if batch:
            self._commit(batch)


def _call(loop: asyncio.AbstractEventLoop, callback: Callable[..., None], *values: object) -> None:
    try:
        loop.call_soon_threadsafe(callback, *values)
    except RuntimeError:  # the loop was closed in the meantime: nobody waits there any more
        return
