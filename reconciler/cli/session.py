"""Opens manifests, state and providers for one command."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.settings import Settings
from reconciler.errors import ManifestError
from reconciler.model.resource import STDIN

if TYPE_CHECKING:
    from reconciler.cli.emulated import Emulated
    from reconciler.cli.places import Places
    from reconciler.engine.workspace import Workspace
    from reconciler.manifests import Fault, Loaded
    from reconciler.model.resource import Configuration, Project
    from reconciler.providers.kind import Kind
    from reconciler.providers.provider import Provider
    from reconciler.state.base import StateStore

PROJECT_FILE = "reconciler.yaml"


def find_root(paths: Sequence[str], cwd: Path) -> Path:
    """Return the project's root: the nearest folder with a project file, else where we are.

    Looked for from the working directory upwards, as far as the repository goes, and then from the
    first path on the command line up to the working directory: `reconciler plan examples/01-tag`
    works from anywhere.
    """
    cwd = cwd.resolve()
    for folder in (cwd, *cwd.parents):
        if (folder / PROJECT_FILE).is_file():
            return folder
        if (folder / ".git").exists():
            break
    for path in [path for path in paths if path != STDIN][:1]:
        start = (cwd / path).resolve()
        for folder in (start, *start.parents):
            if folder == cwd:
                break
            if (folder / PROJECT_FILE).is_file():
                return folder
    return cwd


def read(paths: Sequence[str], *, emulate: bool = False) -> tuple[Loaded, list[Fault]]:
    """Read manifests; returns them with all faults, those included that need to know kinds."""
    from reconciler.manifests import load

    cwd = Path.cwd()
    typed = [path for path in paths if Path(path).name != PROJECT_FILE]
    loaded = load(typed, root=find_root(paths, cwd), cwd=cwd, emulate=emulate, stdin=_stream(paths))
    from reconciler.engine.planning.clashes import clashes

    return loaded, [*loaded.faults, *clashes(loaded.configuration, kinds_of)]


def _stream(paths: Sequence[str]) -> bytes:
    """Return what stdin brings, if it is among the paths: one byte more than a file may have."""
    from reconciler.manifests.text.common import MAX_FILE

    return sys.stdin.buffer.read(MAX_FILE + 1) if STDIN in paths else b""


def kinds_of(provider_type: str) -> Mapping[str, Kind]:
    """Return the kinds of a provider type; none for a type that is not known."""
    from reconciler.providers.registry import provider_class, provider_types

    return provider_class(provider_type).kinds if provider_type in provider_types() else {}


def configuration_of(paths: Sequence[str], *, emulate: bool = False) -> Configuration:
    """Read manifests; raises `ManifestError` with every fault."""
    from reconciler.manifests.fault import raise_faults

    loaded, faults = read(paths, emulate=emulate)
    raise_faults(faults)
    return loaded.configuration


def read_without_checks(*, emulate: bool = False) -> Configuration:
    """Read the project's manifests as far as they are right."""
    return read((), emulate=emulate)[0].configuration


def with_provider(configuration: Configuration, name: str) -> Configuration:
    """Return what one provider's manifests say: no other account's credentials are needed."""
    from msgspec.structs import replace

    return replace(
        configuration,
        accounts={n: account for n, account in configuration.accounts.items() if n == name},
        resources={a: r for a, r in configuration.resources.items() if a.provider == name},
    )


@contextmanager
def opened_store(places: Places, project: Project, *, create: bool) -> Iterator[StateStore]:
    """Open the state store; without `create`, one that is missing shows as empty."""
    from reconciler.state.open import open_store

    store = open_store(places.state, root=project.root, create=create)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def opened_project_store(settings: Settings, *, create: bool = False) -> Iterator[StateStore]:
    """Open the state of the project we stand in, whatever is wrong with its manifests.

    Where `--emulate` was given, that is the state of its rehearsals.
    """
    from reconciler.cli.places import places_of
    from reconciler.manifests.fault import raise_faults
    from reconciler.manifests.project import read_project

    faults: list[Fault] = []
    project = read_project(find_root((), Path.cwd()), faults)
    raise_faults(faults)
    places = places_of(settings, project, emulate=settings.emulate)
    with opened_store(places, project, create=create) as store:
        yield store


@asynccontextmanager
async def opened_workspace(
    settings: Settings, configuration: Configuration, *, emulate: bool, writes: bool
) -> AsyncIterator[Workspace]:
    """Open state and providers; both are closed at the end.

    Without `writes` nothing is made on disk: a missing state shows as empty, and so does an
    emulator that was never used.
    """
    from reconciler.cli.places import REHEARSING, check_whereabouts, places_of
    from reconciler.engine.workspace import Workspace

    project = configuration.project
    check_whereabouts(settings, configuration, emulate=emulate)
    places = places_of(settings, project, emulate=emulate)
    with opened_store(places, project, create=writes) as store:
        if emulate:
            settings.out.rehearse()
        if emulate and writes:
            settings.out.note(REHEARSING)
            places.sinks.mkdir(mode=0o700, exist_ok=True)
        folder = places.folder
        emulated = _emulated(folder, writes=writes) if emulate else None
        providers: dict[str, Provider] = {}
        try:
            _build(configuration, folder, emulated, providers)
            if emulated is None:
                for provider in providers.values():
                    settings.out.mask_in_ci(provider.credentials)
            yield Workspace(
                configuration=configuration,
                providers=providers,
                store=store,
                sinks=places.sinks,
            )
        finally:
            for provider in providers.values():
                await provider.close()
            if emulated is not None:
                emulated.close()


def _emulated(folder: Path, *, writes: bool) -> Emulated:
    from reconciler.cli.emulated import Emulated

    data = folder / "emulator.db"
    return Emulated(data if writes or data.exists() else None)


def _build(
    configuration: Configuration,
    folder: Path,
    emulated: Emulated | None,
    providers: dict[str, Provider],
) -> None:
    """Build every account; raises `ManifestError` with the faults of all of them."""
    from reconciler.providers.registry import build

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
