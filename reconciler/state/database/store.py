"""The state store in a database: implements `StateStore`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from reconciler.errors import StateCorrupt
from reconciler.model.address import Address
from reconciler.model.journal import IntentStatus, JournalEntry, Watch
from reconciler.model.numbers import NumberSet
from reconciler.model.owned import OwnedObject
from reconciler.model.secret import Secret
from reconciler.model.store_cost import Toll
from reconciler.model.verification import CanarySend
from reconciler.state.base import PlanUse, RunRecord, Snapshot, UsedPlan
from reconciler.state.database import codec, statements, writes
from reconciler.state.database.connection import TAIL, check_events, check_rows, read_tally
from reconciler.state.database.holder import actor, host, locked_by
from reconciler.state.database.home import Held, Home
from reconciler.state.database.personal import Vault
from reconciler.state.database.plan_use import contents, used_plan
from reconciler.state.database.rows import collector_at_rest, found, row_of
from reconciler.state.database.tables import (
    ACCOUNTS,
    CANARIES,
    DRIFTED,
    MEMBERS,
    OBJECTS,
    USED_PLANS,
    WATCHES,
    PendingRow,
)
from reconciler.state.database.tally import Tally
from reconciler.state.failpoints import Failpoints, effect, no_failpoints
from reconciler.state.seal import Keyring

if TYPE_CHECKING:
    # What only writing needs is imported where writing begins: a plan does without.
    from reconciler.state.content import Content
    from reconciler.state.database.commit import Writer
    from reconciler.state.database.protocol import Connection
    from reconciler.state.database.run import DatabaseRun


class DatabaseStore:
    """Implements `StateStore`; made by `reconciler.state.open.open_store`.

    Until it begins a run, it shows the state as it was when it was opened.
    """

    def __init__(
        self,
        home: Home,
        *,
        clock: Callable[[], float] = time.time,
        failpoints: Failpoints = no_failpoints,
        reader: Connection | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        """Open the database of `home`, or read from `reader` instead; raises `StateCorrupt`."""
        self._home = home
        self._clock = clock
        self._failpoints = failpoints
        self._environ = environ
        self._keys: Keyring | None = None
        self._vault = Vault(self._keyring)
        self._objects: dict[Address, OwnedObject] | None = None
        self._objects_at: tuple[int, int] | None = None
        """The table's sums in the state row when `_objects` was read."""
        self._snapshot = False
        with self._reading():
            self._db = reader if reader is not None else home.reader()
            try:
                self._tally = self._first_look()
            except BaseException:
                self._db.close()
                raise

    def _first_look(self) -> Tally:
        if not self._home.inline:
            self._db.begin_reading()
            self._snapshot = True
            self._home.check_pages(self._db)
        tally = read_tally(self._db)
        check_events(self._db, tally, tail=TAIL)
        return tally

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Turn the database's errors into ours, each with a hint."""
        try:
            with self._home.explained():
                yield
        except StateCorrupt as error:
            if error.hint:
                raise
            raise StateCorrupt(
                error.message, details=error.details, hint=self._home.way_out()
            ) from error

    @contextmanager
    def _view(self) -> Iterator[Tally]:
        """Read one moment of the state, whatever a run commits meanwhile."""
        with self._reading():
            if self._snapshot:
                yield self._tally
            elif self._home.inline:
                yield read_tally(self._db)
            else:
                self._db.begin_reading()
                try:
                    yield read_tally(self._db)
                finally:
                    self._db.rollback()

    # --- reading ---

    @property
    def lineage(self) -> str:
        """The random id of this state."""
        return self._tally.lineage

    @property
    def serial(self) -> int:
        """Grows with every settlement."""
        with self._view() as tally:
            return tally.serial

    @property
    def tally(self) -> Tally:
        """The state row."""
        with self._view() as tally:
            return tally

    def objects(self) -> dict[Address, OwnedObject]:
        """Return all rows."""
        with self._view() as tally, collector_at_rest():
            sums = tally.sums.get(OBJECTS.name)
            if self._objects is None or self._objects_at != sums:
                rows = tally.verified(self._db, OBJECTS.all)
                made = map(self._vault.row, map(codec.object_of, rows))
                self._objects = {owned.address: owned for owned in made}
                self._objects_at = sums
            return dict(self._objects)

    def members(self, address: Address) -> NumberSet:
        """Return the members that we added to a set kind, acknowledged ones included."""
        with self._view():
            stored = row_of(self._db, MEMBERS, str(address))
            batches = found(self._db, statements.BATCHES_OF, str(address))
            return writes.merged(self._vault, stored, batches)

    def accounts(self) -> dict[str, str]:
        """Return the account fingerprint that each provider name is bound to."""
        with self._view() as tally:
            rows = tally.verified(self._db, ACCOUNTS.all)
            return {row.provider: row.fingerprint for row in rows}

    def watches(self) -> list[Watch]:
        """Return the addresses to look for twins of."""
        with self._view() as tally:
            return [
                codec.decode(Watch, row.watch, address=Address.parse(row.address))
                for row in tally.verified(self._db, WATCHES.all)
            ]

    def canaries(self) -> list[CanarySend]:
        """Return what is known of the canaries of the last 90 days, the oldest first."""
        with self._view() as tally:
            rows = tally.verified(self._db, CANARIES.all)
            canaries = [codec.canary_of(row.sending) for row in rows]
        return sorted(canaries, key=lambda each: each.sent_at)

    def open_entries(self) -> list[JournalEntry]:
        """Return the intents that are not closed, oldest first, their secrets unsealed."""
        with self._view() as tally:
            return [self._entry(row) for row in self._pending(tally)]

    def _pending(self, tally: Tally) -> Iterator[PendingRow]:
        return self._answered(tally.verified(self._db, statements.PENDING_IN_ORDER))

    def _answered(self, rows: Iterable[PendingRow]) -> Iterator[PendingRow]:
        """Add the answers that are kept outside the database (emergencies)."""
        emergencies = self._home.emergencies(self.lineage)
        kept = {each.op_id: each for each in emergencies if each.lineage == self.lineage}
        for row in rows:
            emergency = kept.get(row.op_id)
            if emergency is None or row.status != IntentStatus.OPEN:
                yield row
            else:
                yield writes.answered(row, emergency.response, emergency.sealed)

    def _entry(self, row: PendingRow, *, with_secrets: bool = True) -> JournalEntry:
        secrets = self._unseal(row.op_id, row.sealed) if row.sealed and with_secrets else {}
        return JournalEntry(
            intent=self._vault.intent(codec.decode_intent(row.intent)),
            status=IntentStatus(row.status),
            response=None if row.response is None else codec.response_of(row.response, secrets),
            started_at=row.started_at,
        )

    def _unseal(self, op_id: str, sealed: str) -> dict[str, Secret]:
        from reconciler.state.database.run import seal_context

        keyring = self._keyring()
        return {
            field: keyring.unseal(text, seal_context(self.lineage, op_id, field))
            for field, text in codec.loads(sealed).items()
        }

    def history(self, limit: int = 20) -> list[RunRecord]:
        """Return the latest runs, newest first."""
        with self._view():
            return [writes.run_of(row) for row in found(self._db, statements.RECENT_RUNS, limit)]

    def journal(self, limit: int = 50) -> list[JournalEntry]:
        """Return the latest intents, newest first, without secrets."""
        with self._view() as tally:
            entries = {
                row.opened: self._entry(row, with_secrets=False) for row in self._pending(tally)
            }
            for row in found(self._db, statements.RECENT_JOURNAL, limit):
                entries[row.opened] = codec.closed_entry(row)
        return [entries[opened] for opened in sorted(entries, reverse=True)[:limit]]

    def just_made(self, seconds: float) -> frozenset[Address]:
        """Return the addresses for which something was made in the last `seconds`."""
        now = float(self._clock())
        with self._view():
            pending = found(self._db, statements.PENDING_BETWEEN, now - seconds, now)
            closed = found(self._db, statements.JOURNAL_BETWEEN, now - seconds, now)
            entries = chain(
                (self._entry(row, with_secrets=False) for row in self._answered(pending)),
                map(codec.closed_entry, closed),
            )
            return writes.made(entries)

    @property
    def key_in_store(self) -> bool:
        """Tell whether the key lies in the store."""
        return self._home.key_in_store

    @property
    def rekey_due(self) -> str:
        """Why the state has to be encrypted anew; empty if it does not."""
        return self._home.rekey_due

    @property
    def toll(self) -> Toll | None:
        """What a commit costs; `None` on this machine."""
        return self._home.toll

    def digest(self, text: str) -> str:
        """Return the keyed digest (HMAC-SHA-256, hex) of a text."""
        return self._keyring().digest(text)

    def _keyring(self) -> Keyring:
        if self._keys is None:
            self._keys = self._home.keyring(self._tally)
        return self._keys

    def sweep(self, seconds: float) -> int:
        """Remove objects older than `seconds` that no reader needs."""
        with self._reading():
            return self._home.sweep(seconds)

    def contents(self) -> str:
        """Return a digest of everything a plan depends on."""
        return contents(self.tally)

    def used_plan(self, nonce: str) -> UsedPlan | None:
        """Return the run that applied a saved plan, `None` if none did."""
        with self._view():
            return used_plan(row_of(self._db, USED_PLANS, nonce))

    def copied(self) -> Content:
        """Return the whole state as a value."""
        from reconciler.state.database.copying import content_of

        with self._view():
            return content_of(self._db)

    def snapshots(self, limit: int) -> list[Snapshot]:
        """Return earlier states that can be restored, newest first."""
        with self._reading():
            return self._home.snapshots().newest(limit)

    def copied_at(self, serial: int) -> Content:
        """Return the whole state as it was at a serial."""
        with self._reading():
            return self._home.snapshots().content(serial)

    def key(self) -> Keyring:
        """Return the state's key."""
        return self._keyring()

    def drifted(self) -> dict[Address, float]:
        """Return the objects that were seen to differ from what was applied, and when first."""
        with self._view() as tally:
            rows = tally.verified(self._db, DRIFTED.all)
            return {Address.parse(row.address): row.since for row in rows}

    def verify(self) -> None:
        """Check every page, row and event; raises `StateCorrupt`."""
        with self._view() as tally:
            self._home.check_pages(self._db)
            check_rows(self._db, tally)
            check_events(self._db, tally)

    # --- writing ---

    def begin(self, command: str, *, plan: PlanUse | None = None) -> DatabaseRun:
        """Take the lock and a new epoch; raises `StateLocked` naming the holder."""
        lock = self._home.acquire()
        if lock is None:
            raise locked_by(self._newest_run(), self._clock())
        try:
            with self._reading():
                return self._begin(command, lock, plan)
        except BaseException:
            lock.release()
            raise

    def _begin(self, command: str, lock: Held, plan: PlanUse | None) -> DatabaseRun:
        from reconciler.state.database.run import DatabaseRun
        from reconciler.state.database.run_opening import Opening, check_before_run

        self._end_snapshot()
        db = self._home.writer()
        try:
            tally = check_before_run(self._home, db, self._clock())
            keyring = self._keyring()
            self._home.repair(tally)
            self._home.back_up(f"{tally.epoch:08d}")
            writer = self._writer(db, committed=self._home.committed)
            emergencies = self._home.emergencies(tally.lineage)
            with effect(self._failpoints, "begin"):
                writer.begin(
                    Opening(
                        home=self._home,
                        actor=actor(self._environ),
                        host=host(),
                        command=command,
                        after=tally,
                        emergencies=emergencies,
                        plan=plan,
                    )
                )
            self._home.forget_emergencies(emergencies)
        except BaseException:
            self._home.release_writer(db)
            raise
        return DatabaseRun(
            home=self._home,
            lock=lock,
            db=db,
            writer=writer,
            keyring=keyring,
            failpoints=self._failpoints,
        )

    def _writer(self, db: Connection, *, committed: Callable[[Tally], None]) -> Writer:
        from reconciler.state.database.commit import Writer

        return Writer(
            db,
            clock=self._clock,
            failpoints=self._failpoints,
            committed=committed,
            vault=self._vault,
        )

    def unlock(self) -> RunRecord | None:
        """Take the lock away from a run that died and fence it off; return that run."""
        with self._reading():
            self._end_snapshot()
            from reconciler.state.database.unlocking import unlock

            make = partial(self._writer, committed=lambda _tally: None)
            return unlock(self._home, make, self._failpoints, self._environ)

    def _newest_run(self) -> RunRecord | None:
        self._end_snapshot()
        runs = self.history(1)
        return runs[0] if runs and runs[0].ended_at is None else None

    def _end_snapshot(self) -> None:
        if self._snapshot:
            self._db.rollback()
            self._snapshot = False

    def close(self) -> None:
        """Close the store."""
        self._db.close()
