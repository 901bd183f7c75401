"""Makes the state row that a resource has once it is as wanted."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.engine.differ import Digest, keep
from reconciler.model.change import Change
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.values import Fields, JsonValue
from reconciler.providers.kind import Kind
from reconciler.providers.left import without_left


def applied_fields(
    kind: Kind, desired: Fields, managed: frozenset[str], digest: Digest
) -> dict[str, JsonValue]:
    """Return what state remembers of the managed fields; members are kept elsewhere."""
    return {
        declared.name: keep(declared, desired[declared.name], digest)
        for declared in kind.fields
        if declared.name in managed and declared.name in desired and not declared.members
    }


def row_after(
    change: Change,
    *,
    kind: Kind,
    remote_id: str,
    extra: Mapping[str, JsonValue],
    desired: Fields,
    digest: Digest,
) -> OwnedObject:
    """Return the row of a resource after its change; `desired` has its references resolved."""
    old = change.owned
    stays = old is not None and old.remote_id == remote_id
    return OwnedObject(
        address=change.address,
        remote_id=remote_id,
        key=change.key,
        applied=applied_fields(kind, desired, change.managed, digest),
        extra=without_left(extra),
        provenance=old.provenance if stays and old is not None else Provenance.PROVEN,
        protect=change.lifecycle.protect,
        on_remove=change.lifecycle.on_remove,
        depends_on=change.references,
        deposed=old.deposed if old is not None else (),
        needs_delivery=old.needs_delivery if stays and old is not None else (),
    )
