"""Finds provider types by scanning for packages, and builds a `Provider` for an `Account`."""

from __future__ import annotations

import hashlib
import pkgutil
import random
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from msgspec.structs import fields, replace

import reconciler.providers
from reconciler import plugins
from reconciler.errors import ManifestError
from reconciler.http.client import HttpClient, HttpSettings
from reconciler.http.clock import SYSTEM_CLOCK, Clock
from reconciler.http.endpoint import base_url_fault
from reconciler.http.transports.base import Opener
from reconciler.model.resource import Account, Limits
from reconciler.model.secret import Secret
from reconciler.providers.credentials import CredentialFault, read_credential
from reconciler.providers.provider import Provider, ProviderDefaults
from reconciler.suggestions import did_you_mean

if TYPE_CHECKING:
    from reconciler.http.transports.asgi import Application


@cache
def provider_types() -> tuple[str, ...]:
    """Return all provider types, sorted, without importing any."""
    return tuple(sorted({*_built_in(), *plugins.folders()}))


@cache
def _built_in() -> tuple[str, ...]:
    found = pkgutil.iter_modules(reconciler.providers.__path__)
    return tuple(module.name.replace("_", "-") for module in found if module.ispkg)


def provider_class(provider_type: str) -> type[Provider]:
    """Return the class of a provider type, importing only that type.

    Raises:
        ManifestError: There is no such type.
    """
    if provider_type not in provider_types():
        raise ManifestError(
            f"{provider_type!r} is not a provider type",
            hint=f"Provider types: {', '.join(provider_types())}.",
        )
    ours = f"reconciler.providers.{provider_type.replace('-', '_')}"
    module = import_module(
        ours if provider_type in _built_in() else plugins.package_of(provider_type)
    )
    return cast("type[Provider]", module.PROVIDER)


@cache
def personal_fields() -> frozenset[tuple[str, str]]:
    """Return the kind and the name of every field with personal data, of all provider types."""
    return frozenset(
        (kind.name, declared.name)
        for provider_type in provider_types()
        for kind in provider_class(provider_type).kinds.values()
        for declared in kind.fields
        if declared.personal
    )


def build(
    account: Account,
    *,
    environ: Mapping[str, str],
    root: Path,
    project_limits: Limits | None = None,
    rate_dir: Path | None = None,
    transport: Opener | None = None,
    base_url: str | None = None,
    emulate: bool = False,
    clock: Clock = SYSTEM_CLOCK,
    rng: random.Random | None = None,
) -> Provider:
    """Return the provider of an account, ready to use; nothing is sent.

    Its `account` has every limit filled in: its own, else the project's, else the type's default.

    Args:
        account: The Provider manifest.
        environ: Where `fromEnv` looks.
        root: Where a relative `fromFile` starts and must stay.
        project_limits: The project's limits.
        rate_dir: Where runs on this machine share rate limits; `None` shares nothing.
        transport: Takes requests in place of a network.
        base_url: Used instead of the manifest's, for an emulator.
        emulate: Make credentials up instead of reading them.
        clock: What to wait on.
        rng: The source of jitter.

    Raises:
        ManifestError: Every fault in credentials and base URL, each with its position.
    """
    chosen = provider_class(account.type)
    faults: list[str] = []
    if emulate:
        credentials = _made_up(account, chosen)
    else:
        credentials = _credentials(account, chosen, environ, root, faults)
    url = base_url or account.base_url or chosen.defaults.base_url or ""
    fault = base_url_fault(url) if url else f"`baseUrl` is needed: {chosen.title} has no default"
    if fault:
        faults.append(_fault(account, ("spec", "baseUrl"), fault))
    if faults:
        raise ManifestError(f"provider {account.name} cannot be used:", details=faults)
    merged = _merged(account.limits, project_limits or Limits(), chosen.defaults)
    settings = _settings(
        chosen,
        account.name,
        url,
        merged=merged,
        credentials=credentials,
        limiter_path=None if emulate else rate_dir,
    )
    http = HttpClient(settings, chosen.dialect(), transport=transport, clock=clock, rng=rng)
    limits = Limits(**{limit.name: getattr(merged, limit.name) for limit in fields(Limits)})
    return chosen(replace(account, limits=limits, base_url=url), credentials, http)


def in_process(application: Application) -> Opener:
    """Return a transport that sends every request to an application in this process."""
    from reconciler.http.transports.asgi import InProcess  # no run at a real provider needs it

    return lambda to: InProcess(to, application)


def _credentials(
    account: Account,
    chosen: type[Provider],
    environ: Mapping[str, str],
    root: Path,
    faults: list[str],
) -> dict[str, Secret]:
    known = (*chosen.required_credentials, *chosen.optional_credentials)
    credentials: dict[str, Secret] = {}
    for name in chosen.required_credentials:
        if name not in account.credentials:
            words = f"the credential {name} is missing"
            faults.append(_fault(account, ("spec", "credentials"), words))
    for name, source in account.credentials.items():
        path = ("spec", "credentials", name)
        if name not in known:
            near = did_you_mean(name, known)
            words = f"{chosen.title} has no credential {name}"
            faults.append(_fault(account, path, f"{words}; {near}" if near else words))
            continue
        try:
            credentials[name] = read_credential(source, environ=environ, root=root)
        except CredentialFault as error:
            faults.append(_fault(account, path, f"the credential {name}: {error}"))
    return credentials


def _made_up(account: Account, chosen: type[Provider]) -> dict[str, Secret]:
    """Return invented credentials: the same in every run, different for each account."""
    named = {*chosen.required_credentials, *account.credentials}
    return {name: Secret(f"emulated-{account.name}-{name}") for name in sorted(named)}


def _merged(own: Limits, project: Limits, defaults: ProviderDefaults) -> ProviderDefaults:
    chosen: dict[str, Any] = {}
    for limit in fields(Limits):
        for level in (project, own):
            value = getattr(level, limit.name)
            if value is not None:
                chosen[limit.name] = value
    return replace(defaults, **chosen)


def _settings(
    chosen: type[Provider],
    name: str,
    url: str,
    *,
    merged: ProviderDefaults,
    credentials: Mapping[str, Secret],
    limiter_path: Path | None,
) -> HttpSettings:
    return HttpSettings(
        base_url=url,
        name=name,
        headers=chosen.headers(credentials),
        concurrency=merged.concurrency,
        requests_per_second=merged.requests_per_second,
        timeout_seconds=merged.timeout_seconds,
        rate_key=_rate_key(chosen.type, url, credentials) if limiter_path else "",
        limiter_path=limiter_path,
        max_body=merged.max_body,
    )


def _rate_key(provider_type: str, url: str, credentials: Mapping[str, Secret]) -> str:
    """Name the account by its credentials, which are random: cut and hashed, they stay unknown."""
    parts = [provider_type, url]
    parts += [f"{name}={credentials[name].reveal()}" for name in sorted(credentials)]
    material = "\0".join(parts).encode()
    return hashlib.pbkdf2_hmac("sha256", material, b"reconciler rate key", 1000, 8).hex()


def _fault(account: Account, path: tuple[str | int, ...], words: str) -> str:
    return f"{account.locate(path)}: {account.name}: {words}"
