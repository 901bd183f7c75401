"""Puts a copy over a state, and moves a state to another store."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.errors import StateError
from reconciler.state.base import Run, StateStore
from reconciler.state.content import Content, Seed, short

MIGRATE = "state migrate"
"""What a run that moves a state is called."""


def push(store: StateStore, run: Run, content: Content, *, force: bool) -> int:
    """Put a newer copy in the place of a state, and return its serial.

    Args:
        store: Where the state lies.
        run: Holds it.
        content: The copy.
        force: Take one that is not newer, too; it gets the next serial.

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
    """Go back to a copy, which becomes the newest serial; raises as `push`."""
    check_lineage(store, content)
    serial = max(store.serial, content.serial) + 1
    run.replace(content, serial=serial)
    return serial


def check_lineage(store: StateStore, content: Content) -> None:
    """Refuse a copy of another state; raises `StateError`."""
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
    """Move a state to another store, and return it as it lies there.

    A crash at any point leaves the source as it was, or the tombstone that names the target: that
    is written last, once the target has been read again. What an interrupted move has left at the
    target is written over.

    Args:
        source: Where it lies.
        run: Holds it, and is called `MIGRATE`.
        target: The URL to tell those who look here from now on.
        open_target: Opens the target; with a seed it is made where it is missing.
        now: Wall clock, seconds.

    Raises:
        StateError: Another state lies at the target, or it does not read as it was written.
        StateLocked: A run holds the target.
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
    """Refuse a target that is the source by another name; raises `StateError`."""
    newest = next(iter(there.history(1)), None)
    same = there.lineage == content.lineage and newest is not None and newest.epoch == epoch
    if same and newest is not None and newest.ended_at is None:
        raise StateError("the state lies there already")


def _write_over(there: StateStore, content: Content) -> None:
    """Bring a target up to date that an interrupted move has left; raises `StateError`."""
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
