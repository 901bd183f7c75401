"""Makes the state row of a resource: once it is as desired, or after one step of a change."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from reconciler.engine.diff.fields import Digest, keep
from reconciler.model.address import Address
from reconciler.model.change import Desired
from reconciler.model.journal import CreateIntent, DeleteIntent, Intent, Response
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import OnRemove
from reconciler.model.values import Fields, JsonValue
from reconciler.providers.carried_over import LEFT, CarriedOver, without_left
from reconciler.providers.kind import Kind


def applied_fields(kind: Kind, desired: Desired, digest: Digest) -> dict[str, JsonValue]:
    """Return what state remembers of the managed fields; members are stored elsewhere."""
    known = (desired.managed & desired.fields.keys()) - kind.set_fields
    return {
        declared.name: keep(declared, desired.fields[declared.name], digest)
        for declared in kind.fields
        if declared.name in known
    }


def row_after(
    address: Address,
    desired: Desired,
    *,
    kind: Kind,
    before: OwnedObject | None,
    remote_id: str,
    extra: Mapping[str, JsonValue],
    digest: Digest,
) -> OwnedObject:
    """Return the row of a resource that is as `desired`, whose references have ids."""
    blank = OwnedObject(address=address, remote_id=remote_id)
    same = before if before is not None and before.remote_id == remote_id else blank
    return OwnedObject(
        address=address,
        remote_id=remote_id,
        key=desired.key,
        applied=applied_fields(kind, desired, digest),
        extra=without_left(extra),
        provenance=same.provenance,
        protect=desired.lifecycle.protect,
        on_remove=desired.lifecycle.on_remove,
        depends_on=desired.references,
        labels=desired.labels,
        manifest=desired.manifest,
        deposed=(before or blank).deposed,
        needs_delivery=same.needs_delivery,
        delivered=same.delivered,
    )


def fold(row: OwnedObject | None, intent: Intent, response: Response) -> OwnedObject | None:
    """Return the row after a step that was done; `None` if there is no object any more."""
    left = (
        {}
        if isinstance(intent, CreateIntent)
        else CarriedOver.remembered(intent.in_doubt).to_json()
    )
    if isinstance(intent, DeleteIntent) and not intent.applied:
        return _without(row, intent.target, left)
    if not (row or isinstance(intent, CreateIntent) or intent.applied):
        return None
    made = response.server_id or intent.key or ""
    base = row or OwnedObject(address=intent.address, remote_id=made, key=intent.key)
    if isinstance(intent, CreateIntent):
        base = _succeeded(base, intent, made)
    return OwnedObject(
        address=intent.address,
        remote_id=base.remote_id or made,
        key=base.key,
        applied={**base.applied, **intent.applied},
        extra=merge_extra({**base.extra, **left}, response.extra),
        provenance=base.provenance,
        protect=bool(intent.lifecycle.get("protect", False)),
        on_remove=OnRemove(str(intent.lifecycle.get("onRemove", OnRemove.DELETE.value))),
        depends_on=_addresses(intent.lifecycle.get("dependsOn")),
        labels=_texts(intent.lifecycle.get("labels")),
        manifest=str(intent.lifecycle.get("manifest", "")),
        deposed=base.deposed,
        delivered=base.delivered,
    )


def _succeeded(row: OwnedObject, intent: CreateIntent, made: str) -> OwnedObject:
    """Return the row that a create starts from: a new one if it replaces another object."""
    anew = row.remote_id == intent.target and (made != intent.target or LEFT in row.extra)
    if not anew:
        return row
    old = () if intent.gone else (row.remote_id,)
    return OwnedObject(
        address=row.address, remote_id=made, key=intent.key, deposed=(*row.deposed, *old)
    )


def merge_extra(old: Mapping[str, JsonValue], new: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Merge `new` over `old`, maps by key; a `None` removes its key."""
    merged = dict(old)
    for name, value in new.items():
        before = merged.get(name)
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            merged[name] = merge_extra(before if isinstance(before, dict) else {}, value)
        else:
            merged[name] = value
    return merged


def _addresses(value: JsonValue) -> tuple[Address, ...]:
    return tuple(Address.parse(str(item)) for item in value) if isinstance(value, list) else ()


def _texts(value: JsonValue) -> dict[str, str]:
    return {key: str(text) for key, text in value.items()} if isinstance(value, dict) else {}


def _without(row: OwnedObject | None, target: str | None, left: Fields) -> OwnedObject | None:
    """Return the row without a deleted object; of one to be made again, with what is `left`."""
    if not row or row.remote_id == target:
        return replace(row, extra=left) if row and left else None
    return replace(row, deposed=tuple(old for old in row.deposed if old != target))
