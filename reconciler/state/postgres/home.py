"""Implements `Home` for a state in PostgreSQL: connections, lock, heartbeat, keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

import psycopg

from reconciler.errors import StaleEpoch, StateCorrupt, StateNewer
from reconciler.model.store_cost import StoreUnit, Toll
from reconciler.state.chest import NOT_ENCRYPTED, Encryption, why_rekey
from reconciler.state.database.connection import VERSION
from reconciler.state.database.holder import FOREIGN_SECONDS, locked_by
from reconciler.state.database.home import no_snapshots
from reconciler.state.database.tables import STATE, TABLES
from reconciler.state.database.writes import note_rekeying, run_of
from reconciler.state.files.elsewhere import KeptElsewhere
from reconciler.state.lease import Lease, elapsed
from reconciler.state.postgres.about import About, beat, read, set_key, set_moved
from reconciler.state.postgres.connection import PostgresConnection
from reconciler.state.postgres.keys import PostgresKeys
from reconciler.state.postgres.sealing import RowSealing
from reconciler.state.postgres.trouble import REMEDY, explained

if TYPE_CHECKING:
    from reconciler.state.database.commit import Transaction, Work
    from reconciler.state.database.home import Held, Snapshots
    from reconciler.state.database.protocol import Connection
    from reconciler.state.database.tables import RunRow
    from reconciler.state.database.tally import Tally
    from reconciler.state.postgres.url import PostgresUrl
    from reconciler.state.seal import Keyring

_TRIPS = 2
"""Round trips of a commit: one begins the transaction, one sends the changes and commits."""
_NOW = "SELECT extract(epoch FROM clock_timestamp())"
_PID = "SELECT pg_backend_pid()"
_HOLD = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_PROBE = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"


class PostgresHome(KeptElsewhere):
    """Connections, lock and keys; implements `reconciler.state.database.home.Home`.

    The state row's epoch decides which run may write. Whether the holder lives is judged by the
    server's clock: for how long it has been quiet. An advisory lock that is free proves at once
    that its holder is gone, but only if that held it in a session of its own (without a pool).
    """

    inline = False
    in_flight = 3
    """A commit takes two round trips: while some writes wait, others are sent."""
    remedy = REMEDY

    def __init__(
        self,
        url: PostgresUrl,
        connect: Callable[[], psycopg.Connection],
        *,
        environ: Mapping[str, str],
        encryption: Encryption = NOT_ENCRYPTED,
        monotonic: Callable[[], float] = elapsed,
    ) -> None:
        """Open the first connection; raises what psycopg raises."""
        self.url = url
        self.place = url.place
        self.connect = connect
        """Opens a connection."""
        self._monotonic = monotonic
        self.keys = PostgresKeys(
            url.place, environ=environ, encryption=encryption, read=self._stored_key
        )
        self.sealing = RowSealing(self.keys)
        self.first = self._connection()
        """The connection that reads the state."""
        self._trip = 0.0
        """Seconds that one round trip to the server took."""
        self._writer = self.first
        self._lock_is_free = False
        self._lease: Lease | None = None

    @property
    def toll(self) -> Toll | None:
        return Toll(
            unit=StoreUnit.COMMITS,
            seconds=_TRIPS * self._trip,
            around=0,
            in_flight=self.in_flight,
        )

    def _connection(self) -> PostgresConnection:
        return PostgresConnection(self.connect, self.url.schema, self.sealing)

    def about(self) -> About | None:
        """Return the schema's `about` row, `None` without a state; raises `StateLockedKey`."""
        begun = time.perf_counter()
        found = read(self.first.db, self.url.schema)
        self._trip = time.perf_counter() - begun
        if found is not None:
            self.keys.take(found.key)
        return found

    def _current(self) -> About:
        """Return the `about` row as it is now; raises `StateNewer` after a newer version."""
        found = read(self._writer.db, self.url.schema)
        if found is None:
            raise StateCorrupt(f"the state {self.place} has vanished")
        check_version(found.version, self.place)
        return found

    def _stored_key(self) -> str | None:
        """Read `about.key` on a connection of its own: the others may be inside a transaction."""
        with closing(self.connect()) as db:
            found = read(db, self.url.schema)
        return None if found is None else found.key

    # --- the database ---

    def reader(self) -> Connection:
        return self.first

    def writer(self) -> Connection:
        self._writer = made = self._connection()
        try:
            self.keys.take(self._current().key)
            self._take_hint(made)
        except BaseException:
            made.close()
            raise
        return made

    def _take_hint(self, made: PostgresConnection) -> None:
        """Note whether the advisory lock is free, and hold it if there is no pool in between."""
        [session] = made.db.execute(_PID).fetchone() or [None]
        direct = session == made.db.info.backend_pid
        self._lock_is_free = self._is_lock_free(made, _HOLD if direct else _PROBE)
        made.holder = session if direct and self._lock_is_free else None

    def look_at_hint(self) -> None:
        """Note whether the advisory lock is free, without holding it."""
        self._lock_is_free = self._is_lock_free(self.first, _PROBE)

    def _is_lock_free(self, connection: PostgresConnection, question: str) -> bool:
        subject = f"reconciler {self.url.schema}"
        [free] = connection.db.execute(question, (subject,)).fetchone() or [False]
        return bool(free)

    def release_writer(self, db: Connection) -> None:
        db.close()

    @contextmanager
    def explained(self) -> Iterator[None]:
        """See `trouble.explained`; if the tables have become newer, that is the error instead."""
        try:
            with explained(self.place):
                yield
        except StateCorrupt:
            self._check_version()
            raise

    def _check_version(self) -> None:
        """Raise `StateNewer` if another connection finds tables of a newer version."""
        with suppress(psycopg.Error), closing(self.connect()) as db:
            found = read(db, self.url.schema)
            if found is not None:
                check_version(found.version, self.place)

    def check_pages(self, db: Connection) -> None:
        """Do nothing: the server checks its pages."""

    # --- encryption ---

    @property
    def key_in_store(self) -> bool:
        return self.keys.in_store

    @property
    def rekey_due(self) -> str:
        return why_rekey(self.keys.chest, self.keys.encryption)

    def _put_keys(self, text: str | None, *, was: str | None) -> None:
        """Replace the keys `was`; raises `StaleEpoch` if others are stored by now."""
        if not set_key(self._writer.db, self.url.schema, text, was=was):
            raise StaleEpoch(
                "another run has just made the keys of this state", hint="Run it again."
            )

    def rekey(self, commit: Callable[[Work], None]) -> None:
        before, text = self.keys.text, self.keys.next_text()
        try:
            commit(partial(self._rewrite, text=text, was=before))
        except BaseException:
            self.keys.take(before)
            raise

    def _rewrite(self, transaction: Transaction, *, text: str | None, was: str | None) -> None:
        """Write every row again, in one transaction with the keys.

        The row with the keys is written last, because others read it to see that this run lives.
        """
        found = [
            (table, transaction.db.execute(table.all.statement).fetchall())
            for table in TABLES
            if table is not STATE  # every transaction writes it at the end
        ]
        self.keys.take(text)  # rows are sealed when they are sent
        for table, rows in found:
            for row in rows:
                transaction.db.execute(table.update, (*row, row[0]))
        note_rekeying(transaction)
        self._put_keys(text, was=was)

    # --- who may write ---

    def acquire(self) -> Held | None:
        """Begin a lease, but take nothing: the transaction that opens the epoch decides."""
        self._lease = Lease(monotonic=self._monotonic)
        return self._lease

    def _seems_gone(self, found: About) -> bool:
        return found.quiet >= FOREIGN_SECONDS or (found.holder is not None and self._lock_is_free)

    def is_held(self) -> bool:
        return not self._seems_gone(self._current())

    def check_gone(self, run: RunRow, seen_at: float, now: float) -> None:  # noqa: ARG002
        """Judge by the server's clock, and by the advisory lock if it proves anything."""
        found = self._current()
        if self._seems_gone(found):
            return
        error = locked_by(run_of(run), now)
        wait = FOREIGN_SECONDS - found.quiet
        error.details = (f"After another {wait:.0f} s without a write it counts as dead.",)
        raise error

    def clock_reading(self, ours: float) -> float:  # noqa: ARG002 -- the server's counts
        [now] = self._writer.db.execute(_NOW).fetchone() or [0.0]
        return float(now)

    def break_lock(self) -> None:
        """Do nothing: the epoch fences the holder off."""

    def repair(self, tally: Tally) -> None:
        """Check that this version may still write the tables, and make a chest if one is needed.

        A process that migrates them after this check moves the fence.
        """
        self._current()
        self.keys.check_writable()
        if self.keys.encryption.recipients and self.keys.chest is None:
            text = self.keys.text_of(self.keys.first(self.keys(tally), clear=True))
            self._put_keys(text, was=self.keys.text)
            self.keys.take(text)

    def committed(self, tally: Tally) -> None:
        if self._lease is not None:
            self._lease.renewed()
            self._lease.start(lambda: self._beat(tally.epoch))

    def _beat(self, epoch: int) -> None:
        """Write that the run lives, on a connection of its own: the run's may be busy."""
        with self.explained(), self._connection() as other:
            lives = beat(other.db, self.url.schema, epoch)
        if not lives:
            raise StaleEpoch(f"run {epoch} was fenced off")
        if self._lease is not None:
            self._lease.renewed()

    # --- what lies around ---

    def keyring(self, tally: Tally) -> Keyring:
        return self.keys(tally)

    def back_up(self, label: str) -> None:
        """Do nothing: that is for the server's backups."""

    def retire(self, target: str) -> None:
        set_moved(self.first.db, self.url.schema, target)

    def tidy(self, *, sealed: bool) -> None:
        """Have nothing to remove."""

    def snapshots(self) -> Snapshots:
        raise no_snapshots(self.place)

    def sweep(self, seconds: float) -> int:  # noqa: ARG002 -- the interface's
        return 0

    def way_out(self) -> str:
        return "Bring back a backup of the database."


def check_version(version: int, place: str) -> None:
    """Raise `StateNewer` for tables of a newer version."""
    if version > VERSION:
        raise StateNewer(f"the state {place}", f"its schema is {version}, ours {VERSION}")
