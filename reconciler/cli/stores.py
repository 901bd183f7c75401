"""Opens state for one command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.cli.places import Places, places_of
from reconciler.cli.settings import Settings
from reconciler.manifests import Fault
from reconciler.manifests.fault import raise_faults
from reconciler.manifests.project import find_root, read_project
from reconciler.model.environment import Environment
from reconciler.model.resource import Project
from reconciler.state.base import StateStore
from reconciler.state.open import open_store


@contextmanager
def opened_store(
    places: Places, project: Project, environment: Environment, *, create: bool
) -> Iterator[StateStore]:
    """Open the state store; without `create`, one that is missing shows as empty."""
    store = open_store(places.state, root=project.root, environment=environment.name, create=create)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def opened_project_store(settings: Settings, *, create: bool = False) -> Iterator[StateStore]:
    """Open the state of the project we stand in, whatever is wrong with its manifests.

    Where `--emulate` was given, that is the state of its rehearsals. Raises `EnvironmentMissing`
    and `EnvironmentUnknown`.
    """
    faults: list[Fault] = []
    project = read_project(find_root((), Path.cwd()), faults)
    raise_faults(faults)
    environment = project.environment(settings.environment)
    places = places_of(settings, project, environment, emulate=settings.emulate)
    with opened_store(places, project, environment, create=create) as store:
        yield store
