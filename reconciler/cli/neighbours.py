"""The other environments of a project: none may have an account of this one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.cli.stores import open_state
from reconciler.errors import SharedAccount, StateError, UnsafeTrigger, UntrustedHost
from reconciler.model.environment import Environment
from reconciler.model.resource import Configuration, Project
from reconciler.providers.provider import Provider
from reconciler.state.base import StateStore
from reconciler.state.open import state_of

_LABEL = "sharedAccount"
"""Both environments say with it, as "true", that they share accounts on purpose."""


def check_neighbours(configuration: Configuration, providers: Mapping[str, Provider]) -> None:
    """Refuse accounts that the state of another environment is bound to.

    Each environment would call the other's objects strangers, or take them over. Told from the
    states that can be read here; credentials of another environment are not.

    Raises:
        SharedAccount: An account is another environment's, and not both say that it is shared.
    """
    here, project = configuration.environment, configuration.project
    for other in project.environments.values():
        if other.name == here.name or (_shares(here) and _shares(other)):
            continue
        for store in _state(project, other):
            for name, theirs in _shared(store, providers):
                raise SharedAccount(
                    f"provider {name} is the account of {theirs} in the environment {other.name}",
                    hint=f"Give {here.name} credentials of its own. If they share it on purpose, "
                    f'both say so in reconciler.yaml: labels: {{{_LABEL}: "true"}}',
                )


def _shares(environment: Environment) -> bool:
    return environment.labels.get(_LABEL) == "true"


def _state(project: Project, other: Environment) -> Iterator[StateStore]:
    """Yield another environment's state, if it can be read from here."""
    try:
        url = state_of(project, other)
        store = open_state(url, project, other, create=False)
    except (StateError, UnsafeTrigger, UntrustedHost):
        return
    try:
        yield store
    finally:
        store.close()


def _shared(store: StateStore, providers: Mapping[str, Provider]) -> Iterator[tuple[str, str]]:
    """Yield providers with what a state calls their account, where it knows it."""
    known = {fingerprint: name for name, fingerprint in store.accounts().items()}
    for name, provider in providers.items():
        if known and (theirs := known.get(store.digest(provider.account_identity()))):
            yield name, theirs
