"""Takes the state's lock for a run, waiting while another run holds it."""

from __future__ import annotations

import time

from reconciler.cli.settings import Settings
from reconciler.errors import StateLocked
from reconciler.state.base import PlanUse, Run, StateStore

_LOOK_SECONDS = 2.0


async def begun(
    settings: Settings,
    store: StateStore,
    command: str,
    *,
    plan: PlanUse | None = None,
) -> Run:
    """Begin a run, trying again until `--lock-timeout` has passed; a signal ends the waiting.

    Raises as `StateStore.begin`, and `Stopped`.
    """
    import asyncio

    end = time.monotonic() + settings.lock_timeout
    announced = False
    while True:
        try:
            return store.begin(command, plan=plan)
        except StateLocked as locked:
            left = end - time.monotonic()
            if left <= 0:
                raise
            if not announced:
                settings.out.note(settings.out.note_style.clean(f"waiting: {locked.message}"))
                announced = True
        await settings.interrupts.unless_stopped(asyncio.sleep(min(_LOOK_SECONDS, left)))
