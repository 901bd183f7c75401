"""A state in memory, with the same code as a state in a file: for tests and models of crashes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.state.database.connection import SqliteConnection, check_pages, explained
from reconciler.state.database.emergency import Emergency
from reconciler.state.database.holder import check_foreign
from reconciler.state.database.home import Held, Snapshots, no_snapshots, rekeying_refused
from reconciler.state.database.store import DatabaseStore
from reconciler.state.database.tally import Tally
from reconciler.state.database.template import in_memory, new_database
from reconciler.state.failpoints import Failpoints, no_failpoints
from reconciler.state.seal import Keyring

if TYPE_CHECKING:
    from reconciler.state.database.commit import Work
    from reconciler.state.database.protocol import Connection
    from reconciler.state.database.tables import RunRow


class Image(Struct, frozen=True, kw_only=True):
    """Everything that would survive a crash at this moment, for the next process to start from."""

    database: bytes
    keyring: Keyring
    emergencies: tuple[Emergency, ...] = ()


class MemoryStore(DatabaseStore):
    """A store that can be copied at any moment, as a crash would leave it."""

    def __init__(
        self,
        home: MemoryHome,
        *,
        clock: Callable[[], float],
        failpoints: Failpoints,
        environ: Mapping[str, str],
    ) -> None:
        """Take the home of a database in memory."""
        super().__init__(home, clock=clock, failpoints=failpoints, environ=environ)
        self._memory = home

    def image(self) -> Image:
        """Return a copy of everything durable; `open_memory` starts from it."""
        return self._memory.image()

    def crash(self) -> None:
        """Break the lock as if the run's process had died; the next `begin` takes over."""
        self._memory.break_lock()


def open_memory(
    image: Image | None = None,
    *,
    clock: Callable[[], float] = time.time,
    failpoints: Failpoints = no_failpoints,
    environ: Mapping[str, str] = os.environ,
) -> MemoryStore:
    """Open an empty state, or the image of another one after a crash."""
    if image is None:
        keyring = Keyring.generate()
        home = MemoryHome(new_database(key_id=keyring.id, now=float(clock())), keyring)
    else:
        home = MemoryHome(in_memory(image.database), image.keyring)
        home.restore(image.emergencies)
    return MemoryStore(home, clock=clock, failpoints=failpoints, environ=environ)


class MemoryHome:
    """Implements `Home` for a database in memory."""

    place = "memory:"
    inline = True
    key_in_store = False
    rekey_due = ""
    in_flight = 1
    toll = None
    remedy = "Check that there is memory left"

    def __init__(self, db: SqliteConnection, keyring: Keyring) -> None:
        """Take the only connection there is."""
        self._db = db
        self._keyring = keyring
        self._held: _Flag | None = None
        self._emergencies: dict[str, Emergency] = {}

    def image(self) -> Image:
        """Return a copy of everything durable."""
        kept = tuple(self._emergencies.values())
        return Image(database=self._db.serialize(), keyring=self._keyring, emergencies=kept)

    def restore(self, emergencies: Sequence[Emergency]) -> None:
        """Take over the emergencies of an image."""
        self._emergencies = {each.op_id: each for each in emergencies}

    def reader(self) -> Connection:
        return self._db

    def writer(self) -> Connection:
        return self._db

    def rekey(self, commit: Callable[[Work], None]) -> None:  # noqa: ARG002 -- the interface's
        raise rekeying_refused(self.place)

    def release_writer(self, db: Connection) -> None:
        """Keep the only connection open."""

    def explained(self) -> AbstractContextManager[None]:
        return explained(self.place)

    def check_pages(self, db: Connection) -> None:
        check_pages(db)

    def keyring(self, tally: Tally) -> Keyring:  # noqa: ARG002 -- the interface's
        return self._keyring

    def acquire(self) -> Held | None:
        if self.is_held():
            return None
        self._held = _Flag()
        return self._held

    def is_held(self) -> bool:
        return self._held is not None and not self._held.released

    def check_gone(self, run: RunRow, seen_at: float, now: float) -> None:
        check_foreign(run, seen_at, now)

    def clock_reading(self, ours: float) -> float:
        return ours

    def break_lock(self) -> None:
        self._held = None

    def repair(self, tally: Tally) -> None:
        """Have nothing to finish."""

    def committed(self, tally: Tally) -> None:
        """Have nothing to remember: the database is all there is."""

    def back_up(self, label: str) -> None:
        """Keep none."""

    def retire(self, target: str) -> None:
        """Go with the process anyway."""

    def tidy(self, *, sealed: bool) -> None:
        """Have nothing to remove."""

    def snapshots(self) -> Snapshots:
        raise no_snapshots(self.place)

    def sweep(self, seconds: float) -> int:  # noqa: ARG002 -- the interface's
        return 0

    def way_out(self) -> str:
        return ""

    def emergencies(self, lineage: str) -> list[Emergency]:  # noqa: ARG002 -- the interface's
        return list(self._emergencies.values())

    def save_emergency(self, emergency: Emergency) -> str:
        self._emergencies[emergency.op_id] = emergency
        return emergency.name

    def forget_emergencies(self, emergencies: Sequence[Emergency]) -> None:
        for emergency in emergencies:
            self._emergencies.pop(emergency.op_id, None)


class _Flag:
    __slots__ = ("released",)

    def __init__(self) -> None:
        self.released = False

    def release(self) -> None:
        self.released = True
