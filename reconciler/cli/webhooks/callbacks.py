"""Whose webhook calls a command is about, and with what key they are signed."""

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
from reconciler.model.resource import Account
from reconciler.model.secret import Secret
from reconciler.model.secret_source import SecretSource
from reconciler.providers.callbacks import Callbacks
from reconciler.providers.credentials import CredentialFault, read_credential
from reconciler.providers.registry import provider_class, provider_types
from reconciler.suggestions import did_you_mean

LARGEST_CALL = 1024 * 1024
"""Bytes of a call's body; what providers send has a few thousand."""


class Signer(Struct, frozen=True, kw_only=True):
    """Who signs calls."""

    name: str
    """As it was typed: a provider, or a provider type."""
    callbacks: Callbacks
    key: Secret


def key_options(function: Any) -> Any:
    """Add the options that name the key."""
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
        UnsafeTrigger: Who started this may be after the key.
        ReconcilerError: The documentation tells no way to verify, or the key cannot be had.
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
    known = sorted({*names, *provider_types()})
    raise UsageError(
        f"{name!r} is neither a provider of this project nor a provider type",
        hint=did_you_mean(name, known) or f"Known: {', '.join(known)}.",
    )
