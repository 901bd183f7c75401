"""Finds the live object that belongs to an address: by id, by group, by natural key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from msgspec import Struct, field

from reconciler.model.address import Address, CollectionKey
from reconciler.model.live import Collection, LiveObject, Observation


class _Index(Struct):
    by_id: dict[str, LiveObject] = field(default_factory=dict)
    by_key: dict[str | None, list[LiveObject]] = field(default_factory=lambda: defaultdict(list))
    by_address: dict[Address, LiveObject] = field(default_factory=dict)
    grouped: dict[str, LiveObject] = field(default_factory=dict)
    """The objects of `by_address`, by their ids."""


class LiveIndex:
    """All live objects of a run, found in constant time."""

    def __init__(self, observations: Mapping[str, Observation]) -> None:
        """Index every collection once."""
        self._observations = observations
        self._indexes: dict[CollectionKey, _Index] = {}

    def collection(self, address: Address) -> Collection:
        """Return the collection of an address; an incomplete one if it was not read."""
        if not self.was_read(address[:2]):
            return Collection(kind=address.kind, complete=False, error="it was not read")
        return self._observations[address.provider].collections[address.kind]

    def was_read(self, key: CollectionKey) -> bool:
        """Tell whether a collection was asked for."""
        provider, kind = key
        return provider in self._observations and kind in self._observations[provider].collections

    def owned(self, address: Address, remote_id: str) -> LiveObject | None:
        """Return the live object of an address: the one grouped for it, or the one with the id.

        `None` means that there is none only if the collection is complete.
        """
        index = self._index(address)
        return index.by_address.get(address) or index.by_id.get(remote_id)

    def named(self, address: Address, key: str | None) -> tuple[LiveObject, ...]:
        """Return all objects with a natural key, or the one that is grouped for the address."""
        index = self._index(address)
        grouped = index.by_address.get(address)
        return (grouped,) if grouped else tuple(index.by_key.get(key, ()))

    def key_of(self, provider: str, kind: str, identifier: str) -> str | None:
        """Return the natural key of a live object; `None` if it has none or does not exist."""
        index = self._index(Address(provider, kind, ""))
        live = index.by_id.get(identifier) or index.grouped.get(identifier)
        return live.key if live else None

    def _index(self, address: Address) -> _Index:
        key = address[:2]
        index = self._indexes.get(key)
        if index is None:
            index = self._indexes[key] = _Index()
            collection = self.collection(address)
            for live in collection.objects:
                if live.address is not None:
                    index.by_address[live.address] = live
                    index.grouped[live.id] = live
                    continue
                index.by_id[live.id] = live
                if live.key is not None:
                    index.by_key[live.key].append(live)
        return index
