"""Opens state and providers together, as the workspace of one command."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.opening.neighbours import check_neighbours
from reconciler.cli.opening.places import REHEARSING, Places, check_whereabouts, places_of
from reconciler.cli.opening.stores import check_trust, opened_store
from reconciler.cli.opening.trust import require_trust
from reconciler.cli.settings import Settings
from reconciler.engine.workspace import Workspace
from reconciler.errors import ManifestError
from reconciler.model.resource import Configuration
from reconciler.providers.provider import Provider
from reconciler.providers.registry import build

if TYPE_CHECKING:
    from reconciler.cli.opening.emulated import Emulated


@asynccontextmanager
async def opened_workspace(
    settings: Settings,
    configuration: Configuration,
    *,
    emulate: bool,
    writes: bool,
    previews: bool = False,
) -> AsyncIterator[Workspace]:
    """Open state and providers; both are closed at the end.

    Without `writes` nothing is made on disk: a missing state shows as empty, and so does an
    emulator that was never used. A command that `previews` a run that writes checks its accounts
    as that run would.

    Raises:
        UnsafeTrigger, UntrustedHost: As `require_trust`, before any credentials are read.
    """
    project, environment = configuration.project, configuration.environment
    if not emulate:
        require_trust(configuration)
    check_whereabouts(settings, configuration, emulate=emulate)
    places = places_of(settings, project, environment, emulate=emulate)
    folder = places.folder
    providers: dict[str, Provider] = {}
    async with AsyncExitStack() as stack:
        if writes and not emulate:  # so that a missing credential leaves no empty state behind
            check_trust(places.state, project, named_by_user=places.named_by_user)
            stack.push_async_callback(_close, providers)
            _build(configuration, folder, None, providers)
        store = stack.enter_context(opened_store(places, project, environment, create=writes))
        emulated = None
        if emulate:
            _rehearse(settings, places, writes=writes)
            emulated = stack.enter_context(closing(_emulated(folder, writes=writes)))
        if emulate or not writes:
            stack.push_async_callback(_close, providers)
            _build(configuration, folder, emulated, providers)
        if not emulate:
            for provider in providers.values():
                settings.out.mask_in_ci(provider.credentials)
            every = writes or previews
            check_neighbours(configuration, providers, store, every_account=every)
        yield Workspace(
            configuration=configuration, providers=providers, store=store, sinks=places.sinks
        )


async def _close(providers: Mapping[str, Provider]) -> None:
    for provider in providers.values():
        await provider.close()


def _rehearse(settings: Settings, places: Places, *, writes: bool) -> None:
    settings.out.rehearse()
    if writes:
        settings.out.note(REHEARSING)
        places.sinks.mkdir(mode=0o700, exist_ok=True)


def _emulated(folder: Path, *, writes: bool) -> Emulated:
    from reconciler.cli.opening.emulated import Emulated

    data = folder / "emulator.db"
    return Emulated(data if writes or data.exists() else None)


def _build(
    configuration: Configuration,
    folder: Path,
    emulated: Emulated | None,
    providers: dict[str, Provider],
) -> None:
    """Add a provider for every account to `providers`; raises `ManifestError` with all faults."""
    project = configuration.project
    faults: list[str] = []
    for name, account in configuration.accounts.items():
        try:
            providers[name] = build(
                account if emulated is None else emulated.account(account),
                environ=os.environ,
                root=project.root,
                project_limits=project.limits,
                rate_dir=folder,
                **({} if emulated is None else emulated.connection(account)),
            )
        except ManifestError as error:
            faults += error.details or [error.message]
    if faults:
        raise ManifestError("these providers cannot be used:", details=faults)
