"""What a provider is asked to do for a change."""

from __future__ import annotations

from reconciler.model.change import Change
from reconciler.providers.task import Task


def task_of(change: Change) -> Task:
    """Return the task of a change as far as it is known while planning."""
    return Task(
        address=change.address,
        key=change.key,
        desired=change.desired,
        managed=change.managed | change.resets,
        changed=frozenset(f.path.split(".", 1)[0] for f in change.fields),
        live=change.live,
        owned=change.owned,
        members=change.members,
    )
