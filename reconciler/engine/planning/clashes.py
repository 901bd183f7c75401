"""Offline checks that need to know kinds: two manifests that claim one identity or one slot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from reconciler.engine.graph import resource_order
from reconciler.engine.planning.desired import Identities, resolve_references
from reconciler.manifests import Fault
from reconciler.model.address import Address
from reconciler.model.resource import Configuration, Resource
from reconciler.model.values import Fields, JsonValue, id_of, pending_target
from reconciler.providers.kind import Kind

Kinds = Callable[[str], Mapping[str, Kind]]
"""Gives the kinds of a provider type."""


def clashes(configuration: Configuration, kinds_of: Kinds) -> list[Fault]:
    """Return a fault for every resource that claims the same as an earlier one."""
    keys: dict[Address, str | None] = {}
    claimed: dict[tuple[str, str, str], Resource] = {}
    faults: list[Fault] = []
    resources = configuration.resources
    known = {name: kinds_of(account.type) for name, account in configuration.accounts.items()}
    parents = {name: _parent_key(name, keys) for name in known}
    unknown = Identities()
    for address in resource_order(resources):
        resource = resources[address]
        kind = known[address.provider].get(address.kind) if address.provider in known else None
        if kind is None:
            continue
        fields = dict(kind.canonical(resource.spec, address.name))
        resolve_references(fields, resource, unknown)
        parent = parents[address.provider]
        keys[address] = kind.identity(fields, parent)
        for claim in _claims(kind, fields, parent, keys[address]):
            claim_key = (address.provider, address.kind, claim)
            first = claimed.setdefault(claim_key, resource)
            if first is not resource:
                faults.append(_fault(resource, first, claim))
    return faults


def _claims(
    kind: Kind,
    fields: Fields,
    parent: Callable[[JsonValue], str | None],
    key: str | None,
) -> Iterator[str]:
    if kind.claims is not None:
        yield from kind.claims(fields, parent)
    elif key is not None:
        yield key


def _parent_key(
    provider: str, keys: Mapping[Address, str | None]
) -> Callable[[JsonValue], str | None]:
    def find(value: JsonValue) -> str | None:
        if (target := pending_target(value)) is not None:
            return keys.get(Address(provider, *target))
        identifier = id_of(value)
        return None if identifier is None else f"id:{identifier}"

    return find


def _fault(resource: Resource, first: Resource, claim: str) -> Fault:
    return Fault(
        origin=resource.origin,
        address=str(resource.address),
        message=f"{claim} is claimed by {first.address} already ({first.origin})",
        hint="two manifests cannot manage one live object; remove one of them",
    )
