"""Turns what manifests say into canonical desired fields with references resolved."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import Desired
from reconciler.model.on_disk import on_disk
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Resource
from reconciler.model.values import JsonValue, id_of, pending, pending_target, remote_id
from reconciler.providers.kind import Kind
from reconciler.sinks.registry import place_in


def _unknown(_provider: str, _kind: str, _identifier: str) -> str | None:
    return None


class Identities:
    """What is known so far of every resource: its remote id and its natural key.

    Filled in dependency order while planning, so that children find their parents here.
    """

    def __init__(self, *, live_key: Callable[[str, str, str], str | None] = _unknown) -> None:
        """Start with nothing known."""
        self.live_key = live_key
        """`(provider, kind, id)` to a live object's natural key, `None` where there is none."""
        self.ids: dict[Address, str] = {}
        """Resources that have, and will keep, a remote id."""
        self.keys: dict[Address, str | None] = {}
        self.names: dict[tuple[str, str, str], str] = {}
        """`(provider, kind, id)` to the `metadata.name` of the resource that has this id."""

    def bind(self, address: Address, identifier: str) -> None:
        """Remember a resource's remote id."""
        self.ids[address] = identifier
        self.names[(address.provider, address.kind, identifier)] = address.name

    def parent_key(self, provider: str, value: JsonValue, kinds: frozenset[str]) -> str | None:
        """Return the natural key of the object that a reference of one of `kinds` points at."""
        if (target := pending_target(value)) is not None:
            return self.keys.get(Address(provider, *target))
        identifier = id_of(value)
        if identifier is None:
            return None
        for kind in kinds:
            name = self.names.get((provider, kind, identifier))
            if name is not None:
                return self.keys.get(Address(provider, kind, name))
            key = self.live_key(provider, kind, identifier)
            if key is not None:
                return key
        return None


def desired_of(
    workspace: Workspace, resource: Resource, owned: OwnedObject | None, known: Identities
) -> Desired:
    """Compute the desired fields of one resource whose dependencies are in `known` already."""
    kind = workspace.kind(resource.address)
    fields = dict(kind.canonical(resource.spec, resource.address.name))
    for name in kind.sinks:
        if isinstance(value := fields.get(name), dict):
            fields[name] = place_in(value)
    resolve_references(fields, resource, known)
    fingerprint_files(fields, kind, workspace.root)
    managed = kind.identities.union(resource.spec).intersection(fields) - kind.advice
    resets: dict[str, JsonValue] = {}
    if owned is not None and not managed >= owned.applied.keys():
        resets = {
            name: default
            for name, default in kind.defaults.items()
            if name in owned.applied and name not in managed
        }
        fields.update(resets)
    key = kind.identity(
        fields, lambda value: known.parent_key(resource.address.provider, value, kind.referenced)
    )
    return Desired(
        fields=fields,
        managed=managed,
        resets=frozenset(resets),
        key=key,
        references=tuple(dict.fromkeys(each.target for each in resource.references)),
        lifecycle=resource.lifecycle,
        labels=resource.labels,
        manifest=resource.manifest,
        origin=resource.origin,
    )


def resolve_references(fields: dict[str, JsonValue], resource: Resource, known: Identities) -> None:
    """Put ids, or `{"ref": …}` where there is none yet, in place of names."""
    for reference in resource.references:
        target = reference.target
        identifier = known.ids.get(target)
        value = pending(target.kind, target.name) if identifier is None else remote_id(identifier)
        if reference.index is None:
            fields[reference.field] = value
            continue
        items = fields[reference.field]
        if isinstance(items, list):
            resolved = list(items)
            resolved[reference.index] = value
            fields[reference.field] = resolved


def fingerprint_files(fields: dict[str, JsonValue], kind: Kind, root: Path) -> None:
    """Put `{"path": …, "sha256": …}` in place of the paths of files whose content is sent."""
    for declared in kind.fields:
        paths = fields.get(declared.name)
        if declared.file_content and isinstance(paths, list):
            fields[declared.name] = [
                {"path": path, "sha256": _sha256(root, str(path))} for path in paths
            ]


def _sha256(root: Path, path: str) -> str:
    return hashlib.sha256((root / on_disk(path)).read_bytes()).hexdigest()


def with_known_ids(value: JsonValue, provider: str, ids: Mapping[Address, str]) -> JsonValue:
    """Replace `{"ref": …}` by `{"id": …}` where `ids` has the target; keep other values."""
    if isinstance(value, list):
        return [with_known_ids(item, provider, ids) for item in value]
    if (target := pending_target(value)) is not None:
        known = ids.get(Address(provider, *target))
        return value if known is None else remote_id(known)
    return value


def resolve_pending(value: JsonValue, provider: str, ids: Mapping[Address, str]) -> JsonValue:
    """Replace `{"ref": …}` by `{"id": …}`; raises `KeyError` when the target has no id."""
    if isinstance(value, list):
        return [resolve_pending(item, provider, ids) for item in value]
    if (target := pending_target(value)) is not None:
        return remote_id(ids[Address(provider, *target)])
    return value
