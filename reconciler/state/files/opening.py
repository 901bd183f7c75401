"""Opens a state file, and makes or migrates it if need be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from reconciler.errors import StateCorrupt, StateError
from reconciler.state.database.connection import (
    VERSION,
    SqliteConnection,
    check_header,
    explained,
)
from reconciler.state.database.store import DatabaseStore
from reconciler.state.failpoints import Failpoints
from reconciler.state.files.home import FileHome
from reconciler.state.files.layout import Layout

if TYPE_CHECKING:
    from reconciler.state.content import Seed


def open_file(
    layout: Layout,
    *,
    create: bool,
    clock: Callable[[], float],
    failpoints: Failpoints,
    environ: Mapping[str, str],
    seed: Seed | None = None,
) -> DatabaseStore:
    """Open a state file, making a missing one.

    An old one is migrated: the file itself with `create`, else only a copy in memory.
    """
    if not layout.db.exists():
        from reconciler.state.files.making import make

        with explained(str(layout.db)):
            make(layout, clock=clock, failpoints=failpoints, seed=seed)
    home = FileHome(layout, failpoints)
    try:
        reached = home.read_marker()
        reader = None
        if check_header(layout.db) < VERSION:
            reader = _migrated(layout, failpoints, create=create)
        store = DatabaseStore(
            home, clock=clock, failpoints=failpoints, reader=reader, environ=environ
        )
        try:
            home.check_marker(store.tally, reached)
        except BaseException:
            store.close()
            raise
    except StateCorrupt as error:
        if error.hint:
            raise
        raise StateCorrupt(error.message, details=error.details, hint=home.way_out()) from error
    except OSError as error:
        raise StateError(f"the state {layout.db} cannot be read: {error.strerror}") from error
    return store


def _migrated(layout: Layout, failpoints: Failpoints, *, create: bool) -> SqliteConnection | None:
    """Migrate the file; without `create`, return a migrated copy in memory."""
    from reconciler.state.files.migrating import migrate, migrated_copy

    with explained(str(layout.db)):
        if not create:
            return migrated_copy(layout)
        migrate(layout, failpoints)
        return None
