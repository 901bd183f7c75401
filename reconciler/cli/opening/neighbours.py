"""Refuses accounts that another environment of the same project uses already."""

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
"""The label with which two environments agree to share accounts: both set it to "true"."""


def check_neighbours(
    configuration: Configuration,
    providers: Mapping[str, Provider],
    store: StateStore,
    *,
    every_account: bool,
) -> None:
    """Refuse accounts that the state of another environment is bound to.

    Otherwise each environment would take the other's objects for unmanaged ones, or adopt them.
    Only states that can be read from here are looked at. Nothing is written to them, and no
    credentials of another environment are read. Without `every_account`, only accounts that are
    new to this environment's state are looked for.

    Raises:
        SharedAccount: Another environment uses an account, and not both say that they share it.
    """
    here, project = configuration.environment, configuration.project
    doubtful = providers if every_account else _new_accounts(providers, store)
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


def _new_accounts(providers: Mapping[str, Provider], store: StateStore) -> dict[str, Provider]:
    """Return the accounts that are new to a state: all others were checked once before."""
    bound = {*store.accounts().values()}
    return {
        name: provider
        for name, provider in providers.items()
        if store.digest(provider.account_identity()) not in bound
    }


def _shared(
    project: Project, other: Environment, providers: Mapping[str, Provider]
) -> list[tuple[str, str]]:
    """Return providers whose account another environment has, each with its provider name there.

    Empty where the other environment's state cannot be read from here, for whatever reason.
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
    """Tell whether opening a state would move it into a folder of its own, as only its runs may."""
    if url is not None and is_remote(url):
        return False
    layout = Layout(state_path(url, project.root))
    return layout.shared_home is not None and is_shared(layout)
