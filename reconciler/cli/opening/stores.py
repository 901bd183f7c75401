"""Opens the state for one command."""

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
from reconciler.state.keys import given_key
from reconciler.state.open import is_remote, open_store
from reconciler.state.seal import Keyring


def open_state(
    url: str | None,
    project: Project,
    environment: Environment,
    *,
    create: bool,
    named_by_user: bool = False,
    seed: Seed | None = None,
    encryption: Encryption | None = None,
) -> StateStore:
    """Open a state, as `open_store` does; a state on a server needs credentials.

    Args:
        url: The state's URL; `None` is the project's default.
        project: The project that the state belongs to.
        environment: Its environment.
        create: Make the state when there is none.
        named_by_user: The user named the URL on the command line; no file of the project did.
        seed: The copy to make the state from.
        encryption: How a state in a shared store is encrypted; by default for the recipients
            that the project names.

    Raises:
        UnsafeTrigger: Whoever started this workflow may be after the credentials.
        UntrustedHost: The server is not trusted with the credentials.
    """
    check_trust(url, project, named_by_user=named_by_user)
    return open_store(
        url,
        root=project.root,
        environment=environment.name,
        create=create,
        seed=seed,
        encryption=encryption or Encryption(recipients=project.state_recipients),
    )


def check_trust(url: str | None, project: Project, *, named_by_user: bool) -> None:
    """Check that a state's server may get credentials; arguments and errors as of `open_state`."""
    if url is None or not is_remote(url):
        return
    if named_by_user:
        require_safe_trigger()
    else:
        require_trusted_state(url, project)


@contextmanager
def opened_store(
    places: Places, project: Project, environment: Environment, *, create: bool
) -> Iterator[StateStore]:
    """Open the state of `places`; without `create`, a missing one shows as empty.

    Raises as `open_state`.
    """
    store = open_state(
        places.state,
        project,
        environment,
        named_by_user=places.named_by_user,
        create=create,
        encryption=places.encryption,
    )
    try:
        yield store
    finally:
        store.close()


@contextmanager
def opened_project_store(settings: Settings, *, create: bool = False) -> Iterator[StateStore]:
    """Open the state of the project in the current folder; its manifests are not read.

    With `--emulate`, it is the state of the rehearsals. Raises as `project_and_environment`.
    """
    project, environment = project_and_environment(settings)
    places = places_of(settings, project, environment, emulate=settings.emulate)
    with opened_store(places, project, environment, create=create) as store:
        yield store


@contextmanager
def opened_with_seed(
    settings: Settings, content: Content, keyring: Keyring | None
) -> Iterator[StateStore]:
    """Make the project's state anew from a copy; used where the state is gone.

    Raises `StateError` where neither the copy nor an environment variable has the state's key.
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
        named_by_user=places.named_by_user,
        create=True,
        seed=seed,
        encryption=places.encryption,
    )
    try:
        yield store
    finally:
        store.close()


def project_and_environment(settings: Settings) -> tuple[Project, Environment]:
    """Read the project of the current folder, and find the chosen environment.

    Raises `ManifestError`, `EnvironmentMissing` and `EnvironmentUnknown`.
    """
    faults: list[Fault] = []
    project = read_project(find_root((), Path.cwd()), faults)
    raise_faults(faults)
    return project, project.environment(settings.environment)
