"""The other environments of a project: none may have an account of this one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

from reconciler.cli.opening.stores import open_state
from reconciler.errors import SharedAccount, StateError, UnsafeTrigger, UntrustedHost
from reconciler.model.environment import Environment
from reconciler.model.resource import Configuration, Project
from reconciler.providers.provider import Provider
from reconciler.state.base import StateStore
from reconciler.state.files.layout import Layout
from reconciler.state.files.shared import is_shared
from reconciler.state.open import is_remote, state_of, state_path

_LABEL = "sharedAccount"
"""Both environments say with it, as "true", that they share accounts on purpose."""


def check_neighbours(
    configuration: Configuration,
    providers: Mapping[str, Provider],
    store: StateStore,
    *,
    every_account: bool,
) -> None:
    """Refuse accounts that the state of another environment is bound to.

    Each environment would call the other's objects strangers, or take them over. Told from the
    states that can be read here, in which nothing is written; credentials of another environment
    are not read. Without `every_account`, others' states are asked only about accounts that are new
    to the own one.

    Raises:
        SharedAccount: An account is another environment's, and not both say that it is shared.
    """
    here, project = configuration.environment, configuration.project
    doubtful = providers if every_account else _new(providers, store)
    for other in project.environments.values() if doubtful else ():
        if other.name == here.name or (_shares(here) and _shares(other)):
            continue
        for name, theirs in _shared(project, other, doubtful):
            raise SharedAccount(
                f"provider {name} is the account of {theirs} in the environment {other.name}",
                hint=f"Give {here.name} credentials of its own. If they share it on purpose, "
                f'both say so in reconciler.yaml: labels: {{{_LABEL}: "true"}}',
            )


def _shares(environment: Environment) -> bool:
    return environment.labels.get(_LABEL) == "true"


def _new(providers: Mapping[str, Provider], store: StateStore) -> dict[str, Provider]:
    """Return the accounts that a state is not bound to: others were checked when it was bound."""
    bound = {*store.accounts().values()}
    return {
        name: provider
        for name, provider in providers.items()
        if store.digest(provider.account_identity()) not in bound
    }


def _shared(
    project: Project, other: Environment, providers: Mapping[str, Provider]
) -> list[tuple[str, str]]:
    """Return providers with what another environment's state calls their account.

    None where it cannot be read from here, for whatever reason.
    """
    url = state_of(project, other)
    try:
        if _would_be_moved(url, project):
            return []
        with closing(open_state(url, project, other, create=False)) as store:
            known = {fingerprint: name for name, fingerprint in store.accounts().items()}
            return [
                (name, theirs)
                for name, provider in providers.items()
                if known and (theirs := known.get(store.digest(provider.account_identity())))
            ]
    except (StateError, UnsafeTrigger, UntrustedHost, OSError):
        return []


def _would_be_moved(url: str | None, project: Project) -> bool:
    """Tell whether to open a state would give it a folder of its own, which is its own run's."""
    if url is not None and is_remote(url):
        return False
    layout = Layout(state_path(url, project.root))
    return layout.shared_home is not None and is_shared(layout)
