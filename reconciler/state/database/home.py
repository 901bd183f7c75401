"""The interface of what surrounds a database: key, lock, marker, backups, emergencies.

An emergency is an answer that could not be stored in the database. For a state in a file these are
files in a folder of its own (`reconciler.state.files.home`), for one in memory plain attributes
(`memory`); a server has its own means.
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
    from reconciler.state.database.emergency import Emergency
    from reconciler.state.database.protocol import Connection
    from reconciler.state.database.tables import RunRow
    from reconciler.state.database.tally import Tally
    from reconciler.state.seal import Keyring


class Held(Protocol):
    """A lock that this run holds."""

    def release(self) -> None:
        """Release the lock; does nothing the second time."""


class Snapshots(Protocol):
    """Earlier states that can be restored. Both methods raise `StateError`."""

    def newest(self, limit: int) -> list[Snapshot]:
        """See `reconciler.state.base.StateStore.snapshots`."""

    def content(self, serial: int) -> Content:
        """See `reconciler.state.base.StateStore.copied_at`."""


class Home(Protocol):
    """What a store needs around its database."""

    @property
    def place(self) -> str:
        """The name of the state in messages."""

    @property
    def remedy(self) -> str:
        """What to check if the state cannot be written: a sentence without a full stop."""

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
        """See `reconciler.state.base.Run.rekey`.

        Called with the lock held; `commit` runs work in a transaction. Raises `StateError` in
        stores that are never encrypted.
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
        """Return the state's key; raises `StateError` if it is gone or another state's."""

    def acquire(self) -> Held | None:
        """Take the lock; return `None` if another run has it."""

    def is_held(self) -> bool:
        """Tell whether a live run has the lock."""

    def check_gone(self, run: RunRow, seen_at: float, now: float) -> None:
        """Raise `StateLocked` if a run that has no end may still live; called with the lock held.

        `seen_at` is when that run last wrote, by its own clock.
        """

    def clock_reading(self, ours: float) -> float:
        """Return the time by the store's own clock; `ours` if it has none."""

    def break_lock(self) -> None:
        """Replace the lock by a new one, whoever holds the old one."""

    def repair(self, tally: Tally) -> None:
        """Finish what a crash left half done; called with the lock held."""

    def committed(self, tally: Tally) -> None:
        """Note how far the state has come; called after every durable commit."""

    def back_up(self, label: str) -> None:
        """Keep a copy of the state before a run changes it; called with the lock held."""

    def tidy(self, *, sealed: bool) -> None:
        """Remove what only a run needs; `sealed` tells whether secrets are still to be delivered.

        Called at the end of a run.
        """

    def retire(self, target: str) -> None:
        """Note for good that the state is at the URL `target` now."""

    def emergencies(self, lineage: str) -> list[Emergency]:
        """Return the emergencies beside the state, and those of `lineage` in temporary folders."""

    def save_emergency(self, emergency: Emergency) -> str:
        """Keep an answer outside the database; return its path. Raises `OSError`."""

    def forget_emergencies(self, emergencies: Sequence[Emergency]) -> None:
        """Remove answers that are in the database now."""

    def snapshots(self) -> Snapshots:
        """Return the earlier states in the store; raises `StateError` in stores that keep none."""

    def sweep(self, seconds: float) -> int:
        """See `reconciler.state.base.StateStore.sweep`."""

    def way_out(self) -> str:
        """Return how to restore a damaged state, as a hint."""


def no_snapshots(place: str) -> StateError:
    """Return the error for restoring a serial in a store that keeps only the newest state."""
    return StateError(
        f"the state {place} keeps no snapshots: only object stores do",
        hint="`reconciler state restore FILE` goes back to what `state backup` wrote.",
    )


def rekeying_refused(place: str) -> StateError:
    """Return the error for encrypting a state on this machine anew."""
    return StateError(
        f"the state {place} is none that is encrypted: it lies on this machine, and secrets in it "
        "are sealed with the key beside it",
        hint="spec.stateEncryption is about PostgreSQL and object stores.",
    )


def has_sealed(db: Connection) -> bool:
    """Tell whether the database has a sealed secret that is still to be delivered."""
    [waiting] = db.execute(COUNT_SEALED).fetchone()
    return bool(waiting)
