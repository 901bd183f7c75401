"""Implements `Home` for a state in an object store: log, lock, heartbeat, keys, snapshots."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from reconciler.errors import Overtaken, StaleEpoch, StateCorrupt, StateError
from reconciler.state.chest import why_rekey
from reconciler.state.database.connection import VERSION, check_pages, explained, read_tally
from reconciler.state.database.holder import FOREIGN_SECONDS, locked_by
from reconciler.state.database.protocol import Undurable
from reconciler.state.database.writes import note_rekeying, run_of
from reconciler.state.files.elsewhere import KeptElsewhere
from reconciler.state.lease import Lease, elapsed
from reconciler.state.objects.bucket import Taken
from reconciler.state.objects.connection import LoggedConnection, Mirror
from reconciler.state.objects.entry import Record
from reconciler.state.objects.keys import ObjectKeys
from reconciler.state.objects.loading import Loaded, load
from reconciler.state.objects.log import Log, Lost, Stamp
from reconciler.state.objects.probe import probe
from reconciler.state.objects.rekeying import Rekeying
from reconciler.state.objects.replay import records_of
from reconciler.state.objects.sealing import Sealing, Struck
from reconciler.state.objects.timing import IN_FLIGHT

if TYPE_CHECKING:
    from reconciler.model.store_cost import Toll
    from reconciler.state.database.commit import Work
    from reconciler.state.database.home import Held
    from reconciler.state.database.protocol import Connection
    from reconciler.state.database.tables import RunRow
    from reconciler.state.database.tally import Tally
    from reconciler.state.failpoints import Failpoints
    from reconciler.state.objects.snapshots import Snapshots
    from reconciler.state.seal import Keyring


SNAPSHOT_EVERY = 200
"""A snapshot is put after this many entries, so that readers never have to read many more."""

FRESH_SECONDS = 2.0
"""For this long after an entry of ours, it is taken for granted that we may still write."""

MOVED = "moved"
"""The object with the URL to which the state was moved, if it was."""


class ObjectHome(KeptElsewhere):
    """Tables in memory and their log; implements `reconciler.state.database.home.Home`."""

    inline = False
    in_flight = IN_FLIGHT
    remedy = "Check that the object store can be reached and written"

    def __init__(
        self,
        log: Log,
        loaded: Loaded,
        *,
        keys: ObjectKeys,
        sealing: Sealing,
        toll: Toll,
        failpoints: Failpoints,
        monotonic: Callable[[], float] = elapsed,
    ) -> None:
        """Take a log and the state that was read from it."""
        self._log = log
        self._mirror = Mirror(db=loaded.db, turn=threading.Lock())
        self._replay = loaded.replay
        self._behind = loaded.behind
        self._keys = keys
        self._sealing = sealing
        self.toll: Toll | None = toll
        self._failpoints = failpoints
        self._monotonic = monotonic
        self._appending = threading.Lock()
        self._begun = False
        self._now = 0.0
        self._snapshot_at = 0
        self._lease: Lease | None = None

    @property
    def place(self) -> str:
        return self._log.bucket.place

    # --- the database ---

    def reader(self) -> Connection:
        return LoggedConnection(self._mirror, self._append, last=True)

    def writer(self) -> Connection:
        """Read on to the end of the log; the run that then puts the first commit has the lock."""
        self._now = probe(self._log.bucket)
        with self._mirror.turn:
            if self._behind:  # new entries have the older tables, too
                self._reload()
            else:
                self._read_on()
        self._begun = False
        return LoggedConnection(self._mirror, self._append)

    def _read_on(self) -> None:
        try:
            for entry in self._log.new_entries():
                self._replay.take(entry)
        except Struck:
            self._reload()
        except StateCorrupt:
            if not self._log.is_overtaken():
                raise
            self._reload()

    def _reload(self) -> None:
        loaded = load(self._log, self._keys)
        if loaded is None:
            raise StateCorrupt(f"the log of {self.place} has vanished")
        self._mirror.db = loaded.db
        self._replay = loaded.replay
        self._behind = loaded.behind

    def release_writer(self, db: Connection) -> None:
        db.close()

    @contextmanager
    def explained(self) -> Iterator[None]:
        try:
            with explained(self.place):
                yield
        except Undurable as error:
            raise StateError(str(error), hint=f"{self.remedy}, then run it again.") from error

    def check_pages(self, db: Connection) -> None:
        check_pages(db)

    # --- appending ---

    def _append(self, records: Sequence[Record]) -> None:
        """Make a commit durable.

        Raises:
            Overtaken: Another run was faster than this run's first commit.
            StaleEpoch: Another run has taken over.
            Undurable: It is not known whether the commit was stored.
        """
        tally = read_tally(self._mirror.db)
        try:
            self._put(records, _stamp(tally))
        except Lost as lost:
            if not self._begun:
                raise Overtaken(
                    f"another run has just begun to write to {self.place}",
                    hint="Try again in a moment.",
                ) from lost
            raise StaleEpoch(
                f"run {tally.epoch} was fenced off by {lost} and may not write any more",
                hint="`reconciler state history` shows who took over. Plan again.",
            ) from lost
        except StateError as error:
            raise Undurable(error.message) from error
        self._begun = True

    def _put(self, records: Sequence[Record], stamp: Stamp, *, whole: bool = False) -> None:
        with self._appending:
            self._log.append(records, stamp, whole=whole)
            if self._lease is not None:
                self._lease.renewed()

    def repair(self, tally: Tally) -> None:
        """Make a chest if one is needed; put the whole state if its tables were migrated."""
        self._keys.begin()
        if self._behind:
            self._put(list(records_of(self._mirror.db)), _stamp(tally), whole=True)
            self._behind = False

    def committed(self, tally: Tally) -> None:
        if self._lease is not None:
            self._lease.start(lambda: self._beat(_stamp(tally)))
        if self._log.head.seq - self._snapshot_at >= SNAPSHOT_EVERY:
            self._snapshot()

    def _beat(self, stamp: Stamp) -> None:
        try:
            self._put([], stamp)
        except Lost as lost:
            raise StaleEpoch(f"this run was fenced off by {lost}") from lost

    def _snapshot(self) -> None:
        """Put a snapshot to spare readers older entries; a failure does no harm."""
        with suppress(StateError):
            self._put_snapshot()

    def _put_snapshot(self) -> None:
        with self._mirror.turn, self._appending:
            tally = read_tally(self._mirror.db)
            self._log.snapshot(list(records_of(self._mirror.db)), _stamp(tally))
            self._snapshot_at = self._log.head.seq

    def tidy(self, *, sealed: bool) -> None:  # noqa: ARG002 -- sealed secrets lie in the log
        """Put a snapshot for the next reader."""
        if self._begun:
            self._snapshot()

    # --- encryption ---

    @property
    def key_in_store(self) -> bool:
        return self._keys.in_store

    @property
    def rekey_due(self) -> str:
        return why_rekey(self._keys.chest, self._keys.encryption)

    def rekey(self, commit: Callable[[Work], None]) -> None:
        work = Rekeying(
            bucket=self._log.bucket,
            keys=self._keys,
            sealing=self._sealing,
            failpoints=self._failpoints,
            check=partial(self._check_ours, _stamp(read_tally(self._mirror.db))),
        )
        work.make_key()
        commit(note_rekeying)
        self._put_snapshot()
        work.rewrite(self._snapshot_at)
        work.drop_old_keys()

    def _check_ours(self, stamp: Stamp) -> None:
        """Raise `StaleEpoch` if another run has taken over, which putting an entry shows."""
        if self._lease is not None and self._lease.quiet() > FRESH_SECONDS:
            self._beat(stamp)

    # --- who may write ---

    def acquire(self) -> Held | None:
        """Begin a lease, but take nothing: the run that puts the first entry has the lock."""
        self._lease = Lease(monotonic=self._monotonic)
        return self._lease

    def is_held(self) -> bool:
        return self._now - self._log.head.written_at < FOREIGN_SECONDS

    def check_gone(self, run: RunRow, seen_at: float, now: float) -> None:  # noqa: ARG002
        """Judge by the store's clock alone."""
        wait = FOREIGN_SECONDS - (self._now - self._log.head.written_at)
        if wait > 0:
            error = locked_by(run_of(run), now)
            error.details = (f"After another {wait:.0f} s without a write it counts as dead.",)
            raise error

    def clock_reading(self, ours: float) -> float:  # noqa: ARG002 -- the store's counts
        return self._now

    def break_lock(self) -> None:
        """Do nothing: the holder is fenced off by an entry in the log."""

    # --- what lies around ---

    def keyring(self, tally: Tally) -> Keyring:
        return self._keys(tally)

    def back_up(self, label: str) -> None:
        """Do nothing: every commit stays in the log."""

    def retire(self, target: str) -> None:
        """Put the object that `open_objects` looks for."""
        with suppress(Taken):
            self._log.bucket.create(MOVED, f"{target}\n".encode())

    def snapshots(self) -> Snapshots:
        from reconciler.state.objects.snapshots import Snapshots

        lineage = read_tally(self._mirror.db).lineage
        return Snapshots(self._log.bucket, self._sealing, lineage=lineage, keys=self._keys)

    def sweep(self, seconds: float) -> int:
        return self._log.sweep(older_than=probe(self._log.bucket) - seconds)

    def way_out(self) -> str:
        return (
            "Put back what the store keeps of older versions of these objects, or set this prefix "
            "aside and make it anew from a backup: `reconciler state restore FILE`."
        )


def _stamp(tally: Tally) -> Stamp:
    return Stamp(lineage=tally.lineage, epoch=tally.epoch, schema=VERSION)
