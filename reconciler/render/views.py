"""The documents that policies judge: parts of the JSON output, with some more about each object.

They hold nothing that a report would not show: secrets are null, personal data is masked.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.address import Address
from reconciler.model.origin import Origin
from reconciler.model.owned import OwnedObject, is_digest
from reconciler.model.personal import mask_personal
from reconciler.model.plan import Plan
from reconciler.model.resource import Resource
from reconciler.model.result import Drift
from reconciler.model.values import Fields, JsonValue
from reconciler.providers.kind import Kind
from reconciler.render.envelope import Document
from reconciler.render.json import drift_entry, plan_document


def resource_view(resource: Resource, kind: Kind) -> Document:
    """Return a resource as its manifest describes it."""
    secret = {field.name for field in kind.fields if field.secret}
    personal = {field.name for field in kind.fields if field.personal}
    return _identity(resource.address) | {
        "labels": dict(resource.labels),
        "protected": resource.lifecycle.protect,
        "source": _source(resource.origin),
        "spec": {
            name: None if name in secret else mask_personal(value) if name in personal else value
            for name, value in resource.spec.items()
        },
        "sensitive": sorted(secret & resource.spec.keys()),
    }


def plan_view(plan: Plan) -> Document:
    """Return a plan as `plan --output json` has it, before any policy has judged it."""
    document = plan_document(plan)
    del document["policies"]
    return document


def drift_view(
    row: OwnedObject | None, drift: Drift | None, address: Address, origin: Origin | None
) -> Document:
    """Return an object as drift found it; its status is `none` where nothing differs.

    `applied` has the managed fields as last applied, null where state keeps only a digest. An
    unmanaged object has no `row`.
    """
    plain: Document = {"status": "none", "id": row.remote_id if row else None, "fields": []}
    found = plain if drift is None else drift_entry(drift)
    return (
        found
        | _identity(address)
        | {
            "labels": dict(row.labels) if row else {},
            "protected": row.protect if row else False,
            "source": _source(origin),
            "applied": _applied(row.applied) if row else {},
        }
    )


def _applied(fields: Fields) -> Mapping[str, JsonValue]:
    return {name: None if is_digest(value) else value for name, value in fields.items()}


def _identity(address: Address) -> Document:
    return {
        "address": str(address),
        "provider": address.provider,
        "kind": address.kind,
        "name": address.name,
    }


def _source(origin: Origin | None) -> Document | None:
    return None if origin is None else {"file": origin.file, "line": origin.line}
