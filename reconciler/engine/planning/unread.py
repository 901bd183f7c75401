"""One line for each account that could not be read, however many resources that stops."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from urllib.parse import urlsplit

from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.plan import Unread


def unread(workspace: Workspace, errors: Mapping[Address, str]) -> tuple[Unread, ...]:
    """Group what was not looked at by account and error, sorted."""
    groups: dict[tuple[str, str], list[Address]] = defaultdict(list)
    for address, error in errors.items():
        groups[address.provider, error].append(address)
    return tuple(
        Unread(
            provider=name,
            url=_host(workspace, name),
            error=error,
            addresses=tuple(sorted(addresses)),
        )
        for (name, error), addresses in sorted(groups.items())
    )


def _host(workspace: Workspace, name: str) -> str:
    provider = workspace.providers.get(name)
    if provider is None:
        return ""
    parts = urlsplit(provider.http.settings.base_url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
