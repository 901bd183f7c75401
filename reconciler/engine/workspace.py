"""Holds what one run works with: configuration, providers, state."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from reconciler.model.address import Address
from reconciler.model.resource import Configuration
from reconciler.providers.kind import Kind
from reconciler.providers.provider import Provider
from reconciler.state.base import StateStore


class Workspace(Struct, frozen=True, kw_only=True):
    """Configuration, provider accounts and state, opened for one run."""

    configuration: Configuration
    providers: Mapping[str, Provider]
    """The accounts, by the `metadata.name` of the Provider manifest."""
    store: StateStore
    sinks: Path | None = None
    """The folder that relative paths of sinks start from; `None` for the project's root."""

    @property
    def root(self) -> Path:
        """The project's root, which relative paths start from."""
        return self.configuration.project.root

    @property
    def sink_root(self) -> Path:
        """The folder that relative paths of sinks start from; in a rehearsal not the project's."""
        return self.root if self.sinks is None else self.sinks

    def provider(self, address: Address) -> Provider:
        """Return the provider account of an address; raises `KeyError` if manifests have none."""
        return self.providers[address.provider]

    def kind(self, address: Address) -> Kind:
        """Return the kind of an address; raises `KeyError` if its provider has no such kind."""
        return self.providers[address.provider].kinds[address.kind]

    def fingerprint(self, provider: str) -> str:
        """Return the keyed digest that stands for the account behind a provider name."""
        return self.store.digest(self.providers[provider].account_identity())

    def knows(self, address: Address) -> bool:
        """Tell whether a provider of the manifests has this address's kind."""
        provider = self.providers.get(address.provider)
        return provider is not None and address.kind in provider.kinds
