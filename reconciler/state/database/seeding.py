"""Returns the tables of a new state: empty, or with the content of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.state.database.template import new_database

if TYPE_CHECKING:
    from reconciler.state.content import Seed
    from reconciler.state.database.connection import SqliteConnection


def new_state(seed: Seed | None, *, key_id: str, now: float) -> SqliteConnection:
    """Return the new state's database in memory; raises `StateCorrupt` for a damaged seed."""
    if seed is None:
        return new_database(key_id=key_id, now=now)
    from reconciler.state.database.copying import database_of

    return database_of(seed.content, keyring=lambda: seed.keyring)
