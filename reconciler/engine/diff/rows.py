"""Makes the state row that a resource has once it is as desired, or after one step towards that."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from reconciler.engine.diff.fields import Digest, keep
from reconciler.model.address import Address
from reconciler.model.change import Desired
from reconciler.model.journal import Intent, Response, Verb
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.resource import OnRemove
from reconciler.model.values import Fields, JsonValue
from reconciler.providers.kind import Kind
from reconciler.providers.left import LEFT, Left, without_left


def applied_fields(kind: Kind, desired: Desired, digest: Digest) -> dict[str, JsonValue]:
    """Return what state remembers of the managed fields; members are kept elsewhere."""
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
    """Return the row of a resource once it is as `desired`, whose references have ids by then."""
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
    """Return the row after a step that is known to have happened."""
    left = Left.remembered(intent.in_doubt or {}).to_json()
    if intent.verb is Verb.DELETE and not intent.applied:
        return _without(row, intent.target, left)
    if row is None and intent.verb is Verb.UPDATE and not intent.applied:
        return None
    made = response.server_id or intent.key or ""
    base, deposed = row, row.deposed if row else ()
    anew = intent.verb is Verb.CREATE and row is not None and row.remote_id == intent.target
    if anew and row is not None and (made != intent.target or LEFT in row.extra):
        base, deposed = None, row.deposed if intent.gone else (*row.deposed, row.remote_id)
    identifier = (base.remote_id if base else None) or made
    return OwnedObject(
        address=intent.address,
        remote_id=identifier,
        key=intent.key if base is None else base.key,
        applied={**(base.applied if base else {}), **intent.applied},
        extra=merge_extra({**(base.extra if base else {}), **left}, response.extra),
        provenance=base.provenance if base else Provenance.PROVEN,
        protect=bool(intent.lifecycle.get("protect", False)),
        on_remove=OnRemove(str(intent.lifecycle.get("onRemove", OnRemove.DELETE.value))),
        depends_on=_addresses(intent.lifecycle.get("dependsOn")),
        labels=_texts(intent.lifecycle.get("labels")),
        manifest=str(intent.lifecycle.get("manifest", "")),
        deposed=deposed,
        delivered=base.delivered if base else {},
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
    """Return the row without a deleted object, or what is to be made again of it."""
    if row is None or row.remote_id == target:
        return replace(row, extra=left) if row is not None and left else None
    return replace(row, deposed=tuple(old for old in row.deposed if old != target))
