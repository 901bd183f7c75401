"""Implements `Home` with files around a database file: key, lock, marker, backups, emergencies."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, suppress
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from reconciler.errors import StateCorrupt, StateError, reason
from reconciler.state.database.connection import (
    SqliteConnection,
    check_pages,
    connect_reader,
    connect_writer,
    explained,
)
from reconciler.state.database.holder import check_foreign
from reconciler.state.database.home import (
    Held,
    Snapshots,
    has_sealed,
    no_snapshots,
    rekeying_refused,
)
from reconciler.state.database.tally import Tally
from reconciler.state.failpoints import Failpoints, effect
from reconciler.state.files.backups import SEALED, newest, prune
from reconciler.state.files.layout import (
    EMERGENCIES,
    Layout,
    ignore,
    make_home,
    replace_private,
    sync_file,
    sync_folder,
    write_private,
)
from reconciler.state.files.lock import RunLock, is_held
from reconciler.state.seal import Keyring

if TYPE_CHECKING:
    from reconciler.state.database.commit import Work
    from reconciler.state.database.emergency import Emergency
    from reconciler.state.database.protocol import Connection
    from reconciler.state.database.tables import RunRow

_BALLAST = 64 * 1024


class FileHome:
    """The files around a database file."""

    inline = False
    key_in_store = False
    rekey_due = ""
    in_flight = 1
    toll = None
    remedy = "Check that the disk is not full, broken or read-only"

    def __init__(self, layout: Layout, failpoints: Failpoints) -> None:
        """Take the paths; no file is opened yet."""
        self.layout = layout
        self._failpoints = failpoints
        self._marker: int | None = None

    @property
    def place(self) -> str:
        return str(self.layout.db)

    def reader(self) -> Connection:
        return connect_reader(self.layout.db)

    def writer(self) -> Connection:
        return connect_writer(self.layout.db)

    def explained(self) -> AbstractContextManager[None]:
        return explained(self.place)

    def check_pages(self, db: Connection) -> None:
        check_pages(db)

    def release_writer(self, db: Connection) -> None:
        """Move the write-ahead log into the database file, then close."""
        with suppress(sqlite3.Error):  # then the log stays beside the file, for the next run
            db.execute("PRAGMA busy_timeout=0")  # a plan may be reading, for minutes
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()

    # --- the key ---

    def keyring(self, tally: Tally) -> Keyring:
        for path in (self.layout.key, self.layout.new_key):
            try:
                keyring = Keyring.from_text(path.read_text(encoding="ascii"))
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:
                raise StateError(
                    f"the key file {path} cannot be read: {reason(error)}", hint=self._key_hint()
                ) from error
            if keyring.id != tally.key_id:
                raise StateError(
                    f"the key file {path} is not the one of this state", hint=self._key_hint()
                )
            return keyring
        raise StateError(
            f"the key file {self.layout.key} is missing: without it sealed secrets cannot be "
            "opened, nor accounts and write-only values compared",
            hint=self._key_hint(),
        )

    def _key_hint(self) -> str:
        return (
            "Put back the file `key` that was beside the state; they belong together. "
            f"If it is gone for good, start anew: {self._set_aside('lost')}."
        )

    def _set_aside(self, why: str) -> str:
        """Return the command that renames the state, so that the next plan starts without one."""
        paths = dict.fromkeys((self.layout.home, self.layout.db))
        moves = [
            f"mv {quote(str(path))} {quote(f'{path}.{why}')}"
            for path in paths
            if path == self.layout.home or path.parent != self.layout.home
        ]
        return f"`{' && '.join(moves)}`, then `reconciler plan` adopts what it recognises"

    def rekey(self, commit: Callable[[Work], None]) -> None:  # noqa: ARG002 -- the interface's
        raise rekeying_refused(self.place)

    # --- the lock ---

    def acquire(self) -> Held | None:
        if not self.layout.home.exists():  # with it the key is missing, which is reported next
            make_home(self.layout)
        return RunLock.acquire(self.layout.lock)

    def is_held(self) -> bool:
        return is_held(self.layout.lock)

    def check_gone(self, run: RunRow, seen_at: float, now: float) -> None:
        check_foreign(run, seen_at, now)

    def clock_reading(self, ours: float) -> float:
        """Return `ours`: a file has no clock of its own."""
        return ours

    def break_lock(self) -> None:
        with effect(self._failpoints, "break lock"):
            self.layout.lock.unlink(missing_ok=True)

    # --- the marker ---

    def repair(self, tally: Tally) -> None:
        if not self.layout.key.exists() and self.layout.new_key.exists():
            self.layout.new_key.replace(self.layout.key)
            sync_folder(self.layout.home)
        if not self.layout.marker.exists():
            with effect(self._failpoints, "marker"):
                replace_private(self.layout.marker, marker_text(tally))
        ignore(self.layout)
        self.layout.ballast.unlink(missing_ok=True)
        self._reserve()
        self._marker = os.open(self.layout.marker, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)

    def _reserve(self) -> None:
        try:
            write_private(self.layout.ballast, bytes(_BALLAST))
        except OSError:  # a full disk will show at the first write that matters
            self.layout.ballast.unlink(missing_ok=True)

    def committed(self, tally: Tally) -> None:
        """Write the number of the newest event to the marker, where a crash cannot undo it.

        It is not synced: a power cut may leave an older number, which only makes the check weaker.
        """
        if self._marker is not None:
            with suppress(OSError):  # the commit is durable even if the marker is not written
                os.pwrite(self._marker, marker_text(tally), 0)

    def check_marker(self, tally: Tally, reached: tuple[str, int] | None) -> None:
        """Raise `StateCorrupt` for another state's database, or one older than the marker.

        `reached` is what `read_marker` returned before the database was read.
        """
        if reached is None:
            return
        lineage, seq = reached
        marker = self.layout.marker
        if lineage != tally.lineage:
            raise StateCorrupt(
                f"{self.place} is the database of another state (lineage {tally.lineage}, "
                f"and {marker} says {lineage})"
            )
        if seq > tally.seq:
            raise StateCorrupt(
                f"{self.place} is older than it was: its newest {seq - tally.seq} events are "
                f"missing. Was {self.layout.wal.name} removed, or an old copy put back?",
                details=(f"If an old copy was put back on purpose: `rm {marker}`",),
            )

    def read_marker(self) -> tuple[str, int] | None:
        """Return the marker's lineage and number of the newest event, `None` without a marker."""
        try:
            lineage, seq = self.layout.marker.read_text(encoding="ascii").split()
            return lineage, int(seq)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StateCorrupt(
                f"{self.layout.marker} is damaged: {reason(error)}",
                details=(f"If the state itself is fine: `rm {self.layout.marker}`",),
            ) from error

    # --- backups ---

    def back_up(self, label: str) -> None:
        folder = self.layout.backups
        if not folder.exists():
            folder.mkdir(mode=0o700)
            folder.chmod(0o700)
        with closing(connect_reader(self.layout.db)) as db:
            self._copy(db, folder, label)
        prune(folder)

    def _copy(self, db: SqliteConnection, folder: Path, label: str) -> None:
        made = folder / f"{label}{SEALED if has_sealed(db) else ''}.db"
        temporary = folder / ".new"
        with effect(self._failpoints, "backup"):
            temporary.unlink(missing_ok=True)
            write_private(temporary, b"")
            copy = sqlite3.connect(temporary, isolation_level=None)
            try:
                copy.execute("PRAGMA synchronous=OFF")
                db.backup(copy)
            finally:
                copy.close()
            sync_file(temporary)
            temporary.replace(made)
            sync_folder(folder)

    def tidy(self, *, sealed: bool) -> None:
        self.layout.ballast.unlink(missing_ok=True)
        if self._marker is not None:
            os.close(self._marker)
            self._marker = None
        if not sealed:  # all secrets are delivered: no copy of them may be left
            for backup in self.layout.backups.glob(f"*{SEALED}.db"):
                backup.unlink(missing_ok=True)

    def snapshots(self) -> Snapshots:
        raise no_snapshots(self.place)

    def sweep(self, seconds: float) -> int:  # noqa: ARG002 -- the interface's
        return 0

    def way_out(self) -> str:
        db = self.layout.db
        backup = newest(self.layout.backups, self._lineage())
        if backup is None:
            return f"There is no backup yet. Start anew: {self._set_aside('damaged')}."
        leftovers = [Path(f"{db}-wal"), Path(f"{db}-shm"), self.layout.marker]
        return backup.way_back(db, leftovers)

    def _lineage(self) -> str | None:
        try:
            return self.layout.marker.read_text(encoding="ascii").split()[0]
        except (OSError, ValueError, IndexError):
            return None

    def retire(self, target: str) -> None:
        replace_private(self.layout.moved, f"{target}\n".encode())

    # --- emergencies ---

    def emergencies(self, lineage: str) -> list[Emergency]:
        from reconciler.state.database.emergency import Emergency
        from reconciler.state.files.elsewhere import elsewhere

        paths = sorted(self.layout.home.glob(EMERGENCIES))
        return [*map(Emergency.from_file, paths), *elsewhere(lineage)]

    def save_emergency(self, emergency: Emergency) -> str:
        self.layout.ballast.unlink(missing_ok=True)
        path = self.layout.home / emergency.name
        with effect(self._failpoints, "emergency"):
            try:
                replace_private(path, emergency.to_bytes())
            except OSError:
                from reconciler.state.files.elsewhere import keep_elsewhere

                path = keep_elsewhere(emergency)
        return str(path)

    def forget_emergencies(self, emergencies: Sequence[Emergency]) -> None:
        for emergency in emergencies:
            emergency.forget()


def marker_text(tally: Tally) -> bytes:
    """Return the marker's content, always of the same length."""
    return f"{tally.lineage} {tally.seq:020d}\n".encode("ascii")
