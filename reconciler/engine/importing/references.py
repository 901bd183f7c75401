"""Writes references to other objects: by name if one has a manifest, else by id with a remark."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from msgspec import Struct

from reconciler.engine.live.index import LiveIndex
from reconciler.manifests.writing.yaml_text import Value, Written, quoted
from reconciler.model.address import Address, CollectionKey
from reconciler.model.values import JsonValue, id_of

Known = Mapping[tuple[str, str, str], str]
"""`(provider, kind, id)` to the name in the manifest, old or new."""


class References(Struct, frozen=True, kw_only=True):
    """Writes the references of one import."""

    known: Known
    index: LiveIndex
    imported: AbstractSet[CollectionKey]
    """The collections that this import is about."""

    def written(self, provider: str, kind: str, value: JsonValue) -> Value:
        """Return how a manifest refers to an object of this kind."""
        identifier = id_of(value)
        if identifier is None:
            return value
        name = self.known.get((provider, kind, identifier))
        if name is not None:
            return name
        return Written(value={"id": identifier}, remark=self._remark(provider, kind, identifier))

    def target(self, provider: str, kind: str, value: JsonValue) -> Address | None:
        """Return the address of the manifest that a value points at; `None` if there is none."""
        identifier = id_of(value)
        name = None if identifier is None else self.known.get((provider, kind, identifier))
        return None if name is None else Address(provider, kind, name)

    def _remark(self, provider: str, kind: str, identifier: str) -> str:
        live = self.index.owned(Address(provider, kind, ""), identifier)
        if live is None:
            return f"no live {kind} has this id"
        called = quoted(live.name or live.key or identifier)
        if (provider, kind) in self.imported:
            return f"{called}, which no manifest manages"
        return f"{called}: import {kind} to refer to it by name"
