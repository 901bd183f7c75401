"""Makes a new state file, and replaces database files at once or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import StateLocked
from reconciler.state.database.connection import read_tally
from reconciler.state.database.seeding import new_state
from reconciler.state.failpoints import Failpoints, effect
from reconciler.state.files.home import marker_text
from reconciler.state.files.layout import (
    Layout,
    make_home,
    replace_private,
    sync_folder,
    write_private,
)
from reconciler.state.files.lock import RunLock
from reconciler.state.seal import Keyring

if TYPE_CHECKING:
    from reconciler.state.content import Seed

_PATIENCE = 10.0
"""Seconds to wait for another process that is making or migrating the state."""


def make(
    layout: Layout,
    *,
    clock: Callable[[], float],
    failpoints: Failpoints,
    seed: Seed | None = None,
) -> None:
    """Make a state file; a crash at any point leaves a state, or none and no misleading trace."""
    with effect(failpoints, "make folder"):
        make_home(layout)
    lock = wait_for_lock(layout, done=layout.db.exists)
    if lock is None:
        return
    try:
        if layout.db.exists():  # made by the process that held the lock
            return
        keyring = seed.keyring if seed else Keyring.generate()
        layout.new_key.unlink(missing_ok=True)
        with effect(failpoints, "make key"):
            write_private(layout.new_key, keyring.to_text().encode("ascii"))
        made = new_state(seed, key_id=keyring.id, now=float(clock()))
        tally = read_tally(made)
        with effect(failpoints, "make database"):
            put(layout.db, made.serialize())
        made.close()
        with effect(failpoints, "name key"):
            layout.new_key.replace(layout.key)
            sync_folder(layout.home)
        with effect(failpoints, "marker"):
            replace_private(layout.marker, marker_text(tally))
    finally:
        lock.release()


_WAL = b"\2\2"
"""The bytes at offset 18 of the file's header in WAL mode.

They are written here because changing the mode later would have to wait for every reader.
"""


def put(file: Path, content: bytes) -> None:
    """Write a database file, replacing any of that name, at once or not at all."""
    temporary = file.with_name(f".{file.name}.new")
    temporary.unlink(missing_ok=True)
    write_private(temporary, content[:18] + _WAL + content[20:])
    temporary.replace(file)
    sync_folder(file.parent)


def wait_for_lock(layout: Layout, *, done: Callable[[], bool]) -> RunLock | None:
    """Take the lock, or return `None` once another process has made it unnecessary (`done`).

    Raises:
        StateLocked: Another process still held the lock after 10 seconds.
    """
    end = time.monotonic() + _PATIENCE
    while (lock := RunLock.acquire(layout.lock)) is None:
        if done():
            return None
        if time.monotonic() > end:
            raise StateLocked(
                f"the state {layout.db} is in use by another process",
                hint="Try again when it has ended, or `reconciler state unlock` if it is dead.",
            )
        time.sleep(0.05)
    return lock
