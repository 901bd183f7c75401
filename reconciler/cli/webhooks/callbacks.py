"""Finds the provider whose webhook calls are checked, and the key of their signatures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from reconciler.cli.opening.reading import read_without_checks
from reconciler.cli.opening.trust import require_safe_trigger
from reconciler.cli.settings import Settings
from reconciler.errors import ReconcilerError, UsageError
from reconciler.manifests.fault import no_provider
from reconciler.model.resource import Account
from reconciler.model.secret import Secret
from reconciler.model.secret_source import SecretSource
from reconciler.providers.callbacks import Callbacks
from reconciler.providers.credentials import CredentialFault, read_credential
from reconciler.providers.registry import provider_class, provider_types

LARGEST_CALL = 1024 * 1024
"""Bytes of a call's body; the calls of providers have a few thousand."""


class Signer(Struct, frozen=True, kw_only=True):
    """The provider or provider type that signs calls."""

    name: str
    """The name as it was typed: of a provider, or of a provider type."""
    callbacks: Callbacks
    key: Secret


def key_options(function: Any) -> Any:
    """Add `--secret-file` and `--secret-env`, which name the key."""
    for option in (
        click.option("--secret-file", metavar="FILE", help="Take what signs from FILE."),
        click.option(
            "--secret-env",
            metavar="NAME",
            help="Take what signs from environment variable NAME.",
        ),
    ):
        function = option(function)
    return function


def signer_of(
    settings: Settings, name: str, secret_env: str | None, secret_file: str | None
) -> Signer:
    """Return who signs: a provider of the project, or a provider type.

    Raises:
        UsageError: There is no such provider, or no key was named where no manifest can.
        UnsafeTrigger: Whoever started this workflow may be after the key.
        ReconcilerError: The provider documents no signature, or the key cannot be read.
    """
    if secret_env and secret_file:
        raise UsageError("--secret-env and --secret-file are two keys; name one")
    configuration = read_without_checks(settings)
    account = configuration.accounts.get(name)
    provider = provider_class(_type_of(name, account, configuration.accounts))
    if provider.callbacks is None:
        raise ReconcilerError(
            f"the documentation of {provider.title} does not say how it signs webhook calls, "
            "so nothing can be verified"
        )
    callbacks = provider.callbacks
    given = secret_env or secret_file
    source: SecretSource | None = None
    if given:
        source = SecretSource(from_env=secret_env, from_file=secret_file)
    elif account is not None:
        source = account.credentials.get(callbacks.credential)
    if source is None:
        raise UsageError(
            f"what signs is {callbacks.key}, which is not known here",
            hint="Name it with --secret-env NAME or --secret-file FILE.",
        )
    require_safe_trigger()
    root = Path.cwd() if given else configuration.project.root
    try:
        key = read_credential(source, environ=os.environ, root=root)
    except CredentialFault as error:
        raise ReconcilerError(f"{callbacks.key}: {error}") from None
    return Signer(name=name, callbacks=callbacks, key=key)


def _type_of(name: str, account: Account | None, names: Any) -> str:
    if account is not None:
        return account.type
    if name in provider_types():
        return name
    known = {*names, *provider_types()}
    message, hint = no_provider(name, known, has="there is no provider or provider type", way="")
    raise UsageError(message, hint=hint)
