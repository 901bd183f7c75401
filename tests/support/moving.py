"""A state is moved, or a copy put over it, as the commands do it: under the lock, as a run."""

from __future__ import annotations

from typing import Any

from reconciler.state import moving
from reconciler.state.base import StateStore
from reconciler.state.content import Content


def migrated(source: StateStore, **target: Any) -> Content:
    """Move a state to another store."""
    with source.begin(moving.MIGRATE) as run:
        content = moving.migrate(source, run, **target)
        run.finish("done", {})
    return content


def pushed(store: StateStore, content: Content, *, force: bool) -> int:
    """Put a newer copy over a state."""
    with store.begin("state push") as run:
        serial = moving.push(store, run, content, force=force)
        run.finish("done", {})
    return serial


def restored(store: StateStore, content: Content) -> int:
    """Go back to a copy."""
    with store.begin("state restore") as run:
        serial = moving.restore(store, run, content)
        run.finish("done", {})
    return serial
