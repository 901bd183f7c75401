"""What surrounds a database: key, lock, marker, backups and answers it would not take.

For a state in a file these are files in a folder that is ours (`reconciler.state.files.home`), for
one in memory plain attributes (`memory`); on a server they are the server's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from reconciler.errors import StateError
from reconciler.state.database.statements import COUNT_SEALED

if TYPE_CHECKING:
    from reconciler.model.store_cost import Toll
    from reconciler.state.base import Snapshot
    from reconciler.state.content import Content
    from reconciler.state.database.commit import Work
    from reconciler.state.database.protocol import Connection
    from reconciler.state.database.tables import RunRow
    from reconciler.state.database.tally import Tally
    from reconciler.state.files.emergency import Emergency
    from reconciler.state.files.seal import Keyring


class Held(Protocol):
    """A lock that is held."""

    def release(self) -> None:
        """Give it back; does nothing the second time."""


class Snapshots(Protocol):
    """Earlier states that one can go back to. Both raise `StateError`."""

    def newest(self, limit: int) -> list[Snapshot]:
        """See `reconciler.state.base.StateStore.snapshots`."""

    def content(self, serial: int) -> Content:
        """See `reconciler.state.base.StateStore.copied_at`."""


class Home(Protocol):
    """What a store needs around its database."""

    @property
    def place(self) -> str:
        """Name the state for messages."""

    @property
    def remedy(self) -> str:
        """Say what to look at when it cannot be written: a sentence without its end."""

    @property
    def inline(self) -> bool:
        """Tell whether commits are so quick that grouping them would only cost."""

    @property
    def key_in_store(self) -> bool:
        """See `reconciler.state.base.StateStore.key_in_store`."""

    @property
    def rekey_due(self) -> str:
        """See `reconciler.state.base.StateStore.rekey_due`."""

    def rekey(self, commit: Callable[[Work], None]) -> None:
        """Encrypt all of the state anew, to those whom it was opened for.

        Called with the lock held; `commit` does work in a transaction. Raises `StateError` where
        the state is none that is encrypted.
        """

    @property
    def toll(self) -> Toll | None:
        """See `reconciler.state.base.StateStore.toll`."""

    @property
    def in_flight(self) -> int:
        """See `reconciler.state.base.Run.in_flight`."""

    def reader(self) -> Connection:
        """Return the connection to read with."""

    def writer(self) -> Connection:
        """Return the connection of a run."""

    def release_writer(self, db: Connection) -> None:
        """Take back the connection of a run."""

    def explained(self) -> AbstractContextManager[None]:
        """Turn the database's errors into `StateCorrupt` or `StateError`."""

    def check_pages(self, db: Connection) -> None:
        """Let the database check itself; raises `StateCorrupt`."""

    def keyring(self, tally: Tally) -> Keyring:
        """Return the keys; raises `StateError` when the key file is gone or another's."""

    def acquire(self) -> Held | None:
        """Take the lock, `None` when somebody else has it."""

    def is_held(self) -> bool:
        """Tell whether a live run has the lock."""

    def check_gone(self, run: RunRow, seen_at: float, now: float) -> None:
        """Raise `StateLocked` for a run without an end that may live; called with the lock held.

        `seen_at` is when it last wrote, by its own clock.
        """

    def clock_reading(self, ours: float) -> float:
        """Return what time it is by the store's own clock, or by `ours` where it has none."""

    def break_lock(self) -> None:
        """Let the next run have a new lock, whoever holds the old one."""

    def repair(self, tally: Tally) -> None:
        """Finish what a crash left half made; called with the lock held."""

    def committed(self, tally: Tally) -> None:
        """Remember how far the state has come."""

    def back_up(self, label: str) -> None:
        """Keep a copy of the state before a run changes it; called with the lock held."""

    def tidy(self, *, sealed: bool) -> None:
        """Remove what only a run needs; `sealed` tells whether any secret still waits."""

    def retire(self, target: str) -> None:
        """Say for good that the state lies at the URL `target` now."""

    def emergencies(self, lineage: str) -> list[Emergency]:
        """Return the answers that the database would not take; of `lineage`, from elsewhere too."""

    def save_emergency(self, emergency: Emergency) -> str:
        """Keep an answer outside the database; returns where. Raises `OSError`."""

    def forget_emergencies(self, emergencies: Sequence[Emergency]) -> None:
        """Remove answers that are in the database now."""

    def snapshots(self) -> Snapshots:
        """Return the states of before that lie in the store; raises `StateError` without any."""

    def sweep(self, seconds: float) -> int:
        """See `reconciler.state.base.StateStore.sweep`."""

    def way_out(self) -> str:
        """Say how to get a damaged state back."""


def no_snapshots(place: str) -> StateError:
    """Return the error of going back to a serial in a store that keeps the newest state alone."""
    return StateError(
        f"the state {place} keeps no snapshots: only object stores do",
        hint="`reconciler state restore FILE` goes back to what `state backup` wrote.",
    )


def rekeying_refused(place: str) -> StateError:
    """Return the error of encrypting anew what lies on this machine."""
    return StateError(
        f"the state {place} is none that is encrypted: it lies on this machine, and secrets in it "
        "are sealed with the key beside it",
        hint="spec.stateEncryption is about PostgreSQL and object stores.",
    )


def has_sealed(db: Connection) -> bool:
    """Tell whether a secret waits in the database for its sink."""
    [waiting] = db.execute(COUNT_SEALED).fetchone()
    return bool(waiting)
