"""What the kinds' verbs have in common: reading a task, and deleting with a look afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from reconciler.errors import OutcomeUnknown, ProviderError
from reconciler.http.outcomes import Absent, AbsentObject
from reconciler.model.values import Fields
from reconciler.providers.octeth.client import OctethClient
from reconciler.providers.octeth.grouping import domain_of
from reconciler.providers.task import Step, Task, Writer


def remote_id(task: Task) -> str:
    """Return the server's id of a task's object."""
    if task.owned:
        return task.owned.remote_id
    if task.live:
        return task.live.id
    raise ProviderError(f"{task.address}: its id at the server is not known")


def domain_id(task: Task) -> str:
    """Return the id of the domain that a task's object belongs to."""
    found = domain_of({}, task.desired)
    if found is None and task.owned:
        found = domain_of(task.owned.extra, task.owned.applied)
    if found is None and task.live:
        found = domain_of(task.live.extra, task.live.fields)
    if found is None:
        raise ProviderError(f"{task.address}: the id of its domain is not known")
    return found


def managed(task: Task) -> Fields:
    """Return the fields that hold once all is done: what the manifest manages."""
    return {name: value for name, value in task.desired.items() if name in task.managed}


async def delete(
    client: OctethClient,
    writer: Writer,
    command: str,
    step: Step,
    still_there: Callable[[], Awaitable[bool]],
) -> None:
    """Delete; "not found", and no clear answer, are settled by looking.

    One code stands for "there is none" and "you may not", so only a look tells them apart.
    """
    try:
        await client.write(writer, command, step)
    except (AbsentObject, OutcomeUnknown):
        try:
            there = await still_there()
        except Absent:
            return
        except ProviderError:
            there = True
        if there:
            raise
