"""One line for each account that could not be read, however many resources that stops."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping
from urllib.parse import urlsplit

from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address, CollectionKey
from reconciler.model.plan import Unread


def unread(workspace: Workspace, errors: Mapping[Address, str]) -> tuple[Unread, ...]:
    """Group what was not looked at by account and error, sorted."""
    groups: dict[CollectionKey, list[Address]] = defaultdict(list)
    known = {(address.provider, error) for address, error in errors.items()}
    for address, error in errors.items():
        groups[address.provider, _shortest(address.provider, error, known)].append(address)
    return tuple(
        Unread(
            provider=name,
            url=_host(workspace, name),
            error=error,
            addresses=tuple(sorted(addresses)),
        )
        for (name, error), addresses in sorted(groups.items())
    )


def _shortest(provider: str, error: str, known: Container[CollectionKey]) -> str:
    """Return an error without what it was about, where all of the account fails with the same."""
    short = error
    while ": " in short:
        short = short.partition(": ")[2]
        if (provider, short) in known:
            return short
    return error


def _host(workspace: Workspace, name: str) -> str:
    provider = workspace.providers.get(name)
    if provider is None:
        return ""
    parts = urlsplit(provider.base_url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
