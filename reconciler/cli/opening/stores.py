"""Opens state for one command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.cli.opening.places import Places, places_of
from reconciler.cli.opening.trust import require_safe_trigger, require_trusted_state
from reconciler.cli.settings import Settings
from reconciler.errors import StateError
from reconciler.manifests import Fault
from reconciler.manifests.fault import raise_faults
from reconciler.manifests.project import find_root, read_project
from reconciler.model.environment import Environment
from reconciler.model.resource import Project
from reconciler.state.base import StateStore
from reconciler.state.chest import Encryption
from reconciler.state.content import Content, Seed
from reconciler.state.files.seal import Keyring
from reconciler.state.keys import given_key
from reconciler.state.open import is_remote, open_store


def open_state(
    url: str | None,
    project: Project,
    environment: Environment,
    *,
    create: bool,
    said: bool = False,
    seed: Seed | None = None,
    encryption: Encryption | None = None,
) -> StateStore:
    """Open a state, as `open_store` does; on a server it takes credentials.

    Args:
        url: Where it lies.
        project: Whose it is.
        environment: Of which environment.
        create: Make the state when there is none.
        said: Whoever runs this named the URL, not a file of the project.
        seed: What to make it from.
        encryption: For whom it is encrypted, where others reach it; by default whom the project
            names.

    Raises:
        UnsafeTrigger: Who started this may be after the credentials.
        UntrustedHost: The server is not trusted with them.
    """
    if url is not None and is_remote(url):
        if said:
            require_safe_trigger()
        else:
            require_trusted_state(url, project)
    return open_store(
        url,
        root=project.root,
        environment=environment.name,
        create=create,
        seed=seed,
        encryption=encryption or Encryption(recipients=project.state_recipients),
    )


@contextmanager
def opened_store(
    places: Places, project: Project, environment: Environment, *, create: bool
) -> Iterator[StateStore]:
    """Open the state store; without `create`, one that is missing shows as empty.

    Raises as `open_state`.
    """
    store = open_state(
        places.state,
        project,
        environment,
        said=places.said,
        create=create,
        encryption=places.encryption,
    )
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
    project, environment = project_and_environment(settings)
    places = places_of(settings, project, environment, emulate=settings.emulate)
    with opened_store(places, project, environment, create=create) as store:
        yield store


@contextmanager
def opened_with_seed(
    settings: Settings, content: Content, keyring: Keyring | None
) -> Iterator[StateStore]:
    """Make the project's state, which is gone, from a copy.

    Raises `StateError` where neither the copy nor the environment has the key.
    """
    key = keyring or given_key(os.environ)
    if key is None or key.id != content.key_id:
        raise StateError(
            "the copy cannot be opened without the key that its state had",
            hint="What `state backup` writes holds it; else set RECONCILER_STATE_KEY to it.",
        )
    project, environment = project_and_environment(settings)
    places = places_of(settings, project, environment, emulate=settings.emulate)
    seed = Seed(content=content, keyring=key)
    store = open_state(
        places.state,
        project,
        environment,
        said=places.said,
        create=True,
        seed=seed,
        encryption=places.encryption,
    )
    try:
        yield store
    finally:
        store.close()


def project_and_environment(settings: Settings) -> tuple[Project, Environment]:
    """Read the project we stand in, and find the environment that is chosen.

    Raises `ManifestError`, `EnvironmentMissing` and `EnvironmentUnknown`.
    """
    faults: list[Fault] = []
    project = read_project(find_root((), Path.cwd()), faults)
    raise_faults(faults)
    return project, project.environment(settings.environment)
