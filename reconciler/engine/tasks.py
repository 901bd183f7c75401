"""Turns changes into the tasks of providers, and says how many fit into one request."""

from __future__ import annotations

from reconciler.engine.workspace import Workspace
from reconciler.model.change import Change, Create, Delete, Desired, Write, is_beside, owned_by
from reconciler.providers.kind import Kind
from reconciler.providers.task import Task


def task_of(change: Write) -> Task:
    """Return the task of a change, as far as it is known when planning."""
    if isinstance(change, Delete):
        return _task(change, Desired(key=change.owned.key))
    return _task(change, change.desired)


def is_local(kind: Kind, task: Task) -> bool:
    """Tell whether a change only concerns state, so that nothing is sent to the provider.

    Sinks do not count as local here: the secret to deliver may have to be asked for.
    """
    local = {field.name for field in kind.fields if field.local} - set(kind.sinks)
    moves = task.members is not None and not task.members.is_empty
    return not moves and task.changed <= local


def created_together(workspace: Workspace, change: Change) -> int:
    """Return how many changes like this one fit into one request; mostly 1."""
    if not isinstance(change, Create) or change.members is not None:
        return 1
    return workspace.kind(change.address).batch


def _task(change: Write, desired: Desired) -> Task:
    return Task(
        address=change.address,
        key=desired.key,
        desired=desired.fields,
        managed=desired.touched,
        changed=frozenset(f.path.split(".", 1)[0] for f in change.fields),
        live=change.live,
        owned=owned_by(change),
        members=change.members,
        beside=is_beside(change),
    )
