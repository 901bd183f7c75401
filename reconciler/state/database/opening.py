"""Opens a state in a file."""

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
from reconciler.state.files.home import FileHome
from reconciler.state.files.layout import Failpoints, Layout

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
    """Open a state file; with `create`, make a missing one and migrate an old one."""
    if not layout.db.exists():
        from reconciler.state.database.making import make

        with explained(str(layout.db)):
            make(layout, clock=clock, failpoints=failpoints, seed=seed)
    home = FileHome(layout, failpoints)
    try:
        reached = home.read_marker()
        reader = None
        if check_header(layout) < VERSION:
            reader = _brought_up(layout, failpoints, create=create)
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


def _brought_up(layout: Layout, failpoints: Failpoints, *, create: bool) -> SqliteConnection | None:
    """Migrate the file, or without `create` a copy in memory, which is returned."""
    from reconciler.state.database.migrating import migrate, migrated_copy

    with explained(str(layout.db)):
        if not create:
            return migrated_copy(layout)
        migrate(layout, failpoints)
        return None
