"""Replaces a state by a copy of it, and moves a state to another store."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.errors import StateError
from reconciler.state.base import Run, StateStore
from reconciler.state.content import Content, Seed, short

MIGRATE = "state migrate"
"""The command of a run that moves a state, for the history."""


def push(store: StateStore, run: Run, content: Content, *, force: bool) -> int:
    """Replace a state by a newer copy, and return the new serial.

    Args:
        store: The store of the state.
        run: The run that holds the store's lock.
        content: The copy.
        force: Accept a copy that is not newer, too; it gets the next serial.

    Raises:
        StateError: The copy is of another state, or not newer.
    """
    check_lineage(store, content)
    serial = content.serial
    if serial <= store.serial:
        if not force:
            raise StateError(
                f"the copy is not newer: its serial is {serial}, the state's {store.serial}",
                hint="`reconciler state pull` again, or --force to go back to the copy.",
            )
        serial = store.serial + 1
    run.replace(content, serial=serial)
    return serial


def restore(store: StateStore, run: Run, content: Content) -> int:
    """Replace a state by a copy of any age, which gets the newest serial, and return that.

    Raises:
        StateError: The copy is of another state.
    """
    check_lineage(store, content)
    serial = max(store.serial, content.serial) + 1
    run.replace(content, serial=serial)
    return serial


def check_lineage(store: StateStore, content: Content) -> None:
    """Raise `StateError` for a copy of another state."""
    if store.lineage != content.lineage:
        raise StateError(
            f"the copy is of another state: its lineage is {content.lineage[:12]}, that of the "
            f"state here {store.lineage[:12]}",
            hint="Name its own state with --state; a copy never goes over another one.",
        )


def migrate(
    source: StateStore,
    run: Run,
    *,
    target: str,
    open_target: Callable[[Seed | None], StateStore],
    now: float,
) -> Content:
    """Move a state to another store, and return it as read back from there.

    A crash at any point leaves the source either as it was or retired in favour of the target,
    which is the last step, after the target was read back. What an interrupted move has left at
    the target is overwritten.

    Args:
        source: The store to move from.
        run: The run that holds the source's lock; its command is `MIGRATE`.
        target: The target's URL, which later openings of the source are told.
        open_target: Opens the target; with a seed, it makes the state if it is missing.
        now: Wall clock, seconds.

    Raises:
        StateError: The target has another state, or does not read back as it was written.
        StateLocked: Another run holds the target's lock.
    """
    from reconciler.state.database.copying import with_its_run_ended

    content = with_its_run_ended(source.copied(), now)
    there = open_target(Seed(content=content, keyring=source.key()))
    try:
        _check_elsewhere(there, run.epoch, content)
        if there.copied().digest != content.digest:
            _write_over(there, content)
    finally:
        there.close()
    again = open_target(None)
    try:
        again.verify()
        found = again.copied()
    finally:
        again.close()
    if found.digest != content.digest:
        raise StateError(
            f"{target} reads otherwise than it was written: {short(found.digest)} instead of "
            f"{short(content.digest)}; the state stays where it was",
            hint="Try again, or keep it here.",
        )
    run.retire(target)
    return found


def _check_elsewhere(there: StateStore, epoch: int, content: Content) -> None:
    """Raise `StateError` if the target is the source by another name."""
    newest = next(iter(there.history(1)), None)
    same = there.lineage == content.lineage and newest is not None and newest.epoch == epoch
    if same and newest is not None and newest.ended_at is None:
        raise StateError("the state lies there already")


def _write_over(there: StateStore, content: Content) -> None:
    """Overwrite what an interrupted move has left at the target.

    Raises:
        StateError: The target has more than that, such as another state.
    """
    from reconciler.state.database.copying import left_by_moving

    left = there.copied()
    if not left_by_moving(content, left, MIGRATE):
        raise StateError(
            f"another state lies at the target: its lineage is {left.lineage[:12]}, serial "
            f"{left.serial}",
            hint="Name an empty place; `reconciler state list --state URL` shows what lies there.",
        )
    with there.begin(MIGRATE) as run:
        run.replace(content, serial=content.serial)
        run.finish("done", {})
