"""`reconciler state` itself; helpers that change state under the lock and show the outcome."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from reconciler.cli.app import group
from reconciler.cli.opening.locking import begun
from reconciler.cli.opening.places import mention_rehearsals
from reconciler.cli.opening.stores import opened_project_store
from reconciler.cli.settings import Settings
from reconciler.manifests.project import find_root
from reconciler.state.base import Run, StateStore

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

command = group(
    "state",
    """Look at state, and put it right by hand.

    State remembers what reconciler owns: the remote id of every object and the values last applied.
    None of these commands changes anything at a provider, and none needs a terminal.
    """,
    examples=(
        ("reconciler state list", "What do we own?"),
        ("reconciler state resolve mail/ApiKey/app --adopt 17", "Settle a lost answer."),
    ),
)


def require_state(settings: Settings, name: str) -> None:
    """Raise `StateError` where there is no state yet: these commands do not make one."""
    with opened_project_store(settings) as store:
        if not store.lineage:
            mention_rehearsals(settings, find_root((), Path.cwd()))
            store.begin(name)  # raises, and says where it looked


def has_state(settings: Settings) -> bool:
    """Tell whether there is a state."""
    with opened_project_store(settings) as store:
        return bool(store.lineage)


def edit(
    settings: Settings,
    name: str,
    work: Callable[[StateStore, Run], Awaitable[None]],
    message: str,
    *,
    makes: bool = False,
) -> int:
    """Change state under the lock, as a run called `name`, then show `message`.

    One that is not there is refused, unless this `makes` the first.
    """
    if not makes:
        require_state(settings, name)

    async def locked(_stop: asyncio.Event) -> None:
        with (
            opened_project_store(settings, create=True) as store,
            await begun(settings, store, name) as run,
        ):
            await work(store, run)
            run.finish("done", {})

    settings.interrupts.run(locked)
    say(settings, message)
    return 0


def locked(settings: Settings, name: str, work: Callable[[StateStore, Run], T]) -> T:
    """Do work that never waits, under the lock, as a run called `name`; return its result."""
    require_state(settings, name)

    async def held(_stop: asyncio.Event) -> T:
        with (
            opened_project_store(settings, create=True) as store,
            await begun(settings, store, name) as run,
        ):
            with settings.interrupts.immediate():
                result = work(store, run)
            run.finish("done", {})
        return result

    return settings.interrupts.run(held)


def say(settings: Settings, message: str) -> None:
    """Write a message as the result; in JSON as `message`."""
    if settings.json:
        settings.out.document({"formatVersion": "1.0", "message": message})
    else:
        settings.out.result(settings.out.style.clean(message) + "\n")
