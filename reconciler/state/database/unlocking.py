"""Takes the lock away from a run, and fences it off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from reconciler.errors import Overtaken
from reconciler.state.base import RunRecord
from reconciler.state.database import writes
from reconciler.state.database.commit import Transaction, Writer
from reconciler.state.database.connection import read_tally
from reconciler.state.database.holder import actor, host
from reconciler.state.database.home import Home
from reconciler.state.database.rows import row_of
from reconciler.state.database.tables import RUNS
from reconciler.state.failpoints import Failpoints, effect

if TYPE_CHECKING:
    from reconciler.state.database.protocol import Connection

_RACES = 20
"""How often to try again if the holder of the lock wrote at the same moment."""


def unlock(
    home: Home,
    writer_on: Callable[[Connection], Writer],
    failpoints: Failpoints,
    environ: Mapping[str, str],
) -> RunRecord | None:
    """Fence off the run that holds the lock, and return it; `None` if none does."""
    for _ in range(_RACES):
        try:
            return _try_once(home, writer_on, failpoints, environ)
        except Overtaken:  # by a write of the run that is being fenced off
            continue
    return _try_once(home, writer_on, failpoints, environ)


def _try_once(
    home: Home,
    writer_on: Callable[[Connection], Writer],
    failpoints: Failpoints,
    environ: Mapping[str, str],
) -> RunRecord | None:
    db = home.writer()
    try:
        row = row_of(db, RUNS, read_tally(db).epoch)
        if row is None or row.ended_at is not None:
            if home.is_held():  # by a run that could not even begin
                home.break_lock()
            return None
        held = home.is_held()
        with effect(failpoints, "unlock"):
            writer_on(db).begin(partial(_fence, held=held, environ=environ))
        home.break_lock()
        return writes.run_of(row)
    finally:
        home.release_writer(db)


def _fence(transaction: Transaction, *, held: bool, environ: Mapping[str, str]) -> None:
    how = "state unlock" if held else "state unlock (holder gone)"
    writes.begin(transaction, how, actor(environ), host())
    writes.finish(transaction, "done", {})
