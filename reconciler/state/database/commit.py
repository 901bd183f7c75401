"""Transactions: fenced by the epoch, and several callers' work in one commit.

A commit costs a wait for the disk. While one is under way the work of other coroutines gathers, and
all of it goes into the next one, so that a thousand parallel writes need far fewer waits.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from reconciler.errors import StaleEpoch
from reconciler.state.database.connection import read_tally
from reconciler.state.database.dialect import Disconnected, Undurable
from reconciler.state.database.personal import Vault
from reconciler.state.database.statements import FENCE
from reconciler.state.database.tables import EVENTS, R, Table
from reconciler.state.database.tally import Tally
from reconciler.state.files.layout import Failpoints

if TYPE_CHECKING:
    from reconciler.state.database.dialect import Connection


class Transaction(Struct, kw_only=True):
    """What work is done with."""

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
        """Add a row in the place of any with the same key."""
        self.tally.put(self.db, table, row)

    def remove(self, table: Table[R], key: object) -> R | None:
        """Take a row away and return it, `None` when there was none."""
        return self.tally.remove(self.db, table, key)


Work: TypeAlias = Callable[[Transaction], None]
"""Part of a transaction. One that raises is undone alone."""

Result: TypeAlias = BaseException | None


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
        """Take a connection for itself; `committed` is told after every durable commit."""
        self._db = db
        self._clock = clock
        self._failpoints = failpoints
        self._committed = committed
        self._vault = vault
        self._turn = threading.Lock()
        self._tally: Tally | None = None
        self._committed_at = time.monotonic()

    def seconds_since_commit(self) -> float:
        """Return how long ago the last durable commit was."""
        return time.monotonic() - self._committed_at

    @property
    def tally(self) -> Tally:
        """What the state row says after the last commit."""
        if self._tally is None:
            self._tally = read_tally(self._db)
        return self._tally

    def begin(self, work: Work) -> None:
        """Run the work that opens a new epoch; whoever held an older one is fenced off by it."""
        with self._turn:
            self._tally = None
            [error] = self._together([work], fenced=False)
        if error is not None:
            raise error

    def commit(self, works: Sequence[Work]) -> list[Result]:
        """Run works in one transaction and return what each raised.

        When the transaction as a whole fails, each work gets one of its own.
        """
        with self._turn:
            try:
                return self._together(works, fenced=True)
            except (StaleEpoch, Undurable) as error:
                return [error] * len(works)
            except Disconnected:
                return [self._alone(work) for work in works]
            except Exception as error:  # noqa: BLE001 -- handed to the ones who asked
                if len(works) == 1:
                    return [error]
                return [self._alone(work) for work in works]

    def _alone(self, work: Work) -> Result:
        try:
            return self._together([work], fenced=True)[0]
        except Exception as error:  # noqa: BLE001 -- handed to the one who asked
            return error

    def _together(self, works: Sequence[Work], *, fenced: bool) -> list[Result]:
        self._failpoints("commit:before")
        self._db.begin_writing()
        try:
            tally = self._fenced() if fenced else read_tally(self._db)
            transaction = Transaction(
                db=self._db, tally=tally, now=float(self._clock()), vault=self._vault
            )
            results = [self._one(transaction, work, single=len(works) == 1) for work in works]
            transaction.tally.seen_at = transaction.now
            transaction.tally.write(self._db)
            self._db.make_durable()
        except BaseException:
            with suppress(Exception):  # a broken disk breaks this too; nothing is committed
                self._db.rollback()
            raise
        self._tally = transaction.tally
        self._committed_at = time.monotonic()
        self._committed(transaction.tally)
        self._failpoints("commit:after")
        return results

    def _fenced(self) -> Tally:
        epoch, seq = self._db.execute(FENCE).fetchone()
        if (epoch, seq) != (self.tally.epoch, self.tally.seq):
            raise StaleEpoch(
                f"run {self.tally.epoch} was fenced off by run {epoch} and may not write any more",
                hint="`reconciler state history` shows who took over. Plan again.",
            )
        return self.tally.copy()

    def _one(self, transaction: Transaction, work: Work, *, single: bool) -> Result:
        if single:  # what it raises rolls back the transaction, which holds nothing else
            work(transaction)
            return None
        before = transaction.tally.copy()
        self._db.execute("SAVEPOINT one")
        try:
            work(transaction)
        except Exception as error:  # noqa: BLE001 -- handed to the one who asked
            self._db.execute("ROLLBACK TO one")
            transaction.tally = before
            return error
        finally:
            self._db.execute("RELEASE one")
        return None


class Inline:
    """Commits each work at once, in the caller's thread: for stores in memory."""

    def __init__(self, writer: Writer) -> None:
        """Take the writer."""
        self._writer = writer

    async def submit(self, work: Work) -> None:
        """Commit; raises what the work or the commit raised."""
        [error] = self._writer.commit([work])
        if error is not None:
            raise error

    def drain(self) -> None:
        """Have nothing to do."""


class Grouped:
    """Commits in a thread of its own; works that wait at the same moment share a commit."""

    def __init__(self, writer: Writer) -> None:
        """Take the writer."""
        self._writer = writer
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="state")
        self._waiting: list[tuple[Work, asyncio.Future[None]]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        """The loop on which a commit is under way or about to start."""

    async def submit(self, work: Work) -> None:
        """Return once the work is durable; raises what the work or the commit raised."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((work, done))
        if self._loop is not loop:
            self._loop = loop
            loop.call_soon(self._start, loop)  # after all who are ready now have queued
        await done

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        batch, self._waiting = self._waiting, []
        if not batch:
            self._loop = None
            return
        commit = self._thread.submit(self._writer.commit, [work for work, _ in batch])
        commit.add_done_callback(lambda made: _call(loop, self._finish, loop, batch, made))

    def _finish(
        self,
        loop: asyncio.AbstractEventLoop,
        batch: list[tuple[Work, asyncio.Future[None]]],
        commit: Future[list[Result]],
    ) -> None:
        failed = commit.exception()
        results = [failed] * len(batch) if failed is not None else commit.result()
        for (_, done), error in zip(batch, results, strict=True):
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
            self._writer.commit([work for work, _ in batch])


def _call(loop: asyncio.AbstractEventLoop, callback: Callable[..., None], *values: object) -> None:
    try:
        loop.call_soon_threadsafe(callback, *values)
    except RuntimeError:  # the loop was closed meanwhile; nobody waits there any more
        return
