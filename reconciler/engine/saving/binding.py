"""Binds a plan to the manifests, the state, the accounts and the live objects it was made from."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from reconciler import VERSION
from reconciler.engine.saving.manifests import Keys, manifest_digests, whole_digest
from reconciler.engine.workspace import Workspace
from reconciler.model.ids import new_uuid
from reconciler.model.moment import rfc3339
from reconciler.model.saved_plan import Binding, SavedOptions


class Lifetime(Struct, frozen=True, kw_only=True):
    """When a plan was made, and how long it may be applied."""

    made_at: float
    """Seconds since the epoch."""
    seconds: float


def bind(
    workspace: Workspace, document: Mapping[str, Any], options: SavedOptions, lifetime: Lifetime
) -> Binding:
    """Return the binding of a plan; `document` is what `plan --output json` prints of it."""
    nonce = new_uuid(lifetime.made_at)
    store = workspace.store
    there = bool(store.lineage)
    keys = Keys.of(store, store.lineage)
    files = manifest_digests(workspace.configuration, workspace.kind, keys)
    return Binding(
        nonce=nonce,
        created_at=rfc3339(lifetime.made_at),
        expires_at=rfc3339(lifetime.made_at + lifetime.seconds),
        tool=VERSION,
        environment=workspace.configuration.environment.name or None,
        changes_digest=document["changesDigest"],
        manifests_digest=whole_digest(files, keys),
        manifests=files,
        policies_digest=document["policies"].get("digest"),
        lineage=store.lineage if there else None,
        serial=store.serial if there else None,
        state_digest=store.contents() if there else None,
        accounts=account_digests(workspace, nonce),
        observed=observed(document, keys),
        options=options,
    )


def account_digests(workspace: Workspace, nonce: str) -> dict[str, str]:
    """Return a digest of each provider's account, by the provider's name."""
    return {
        name: hmac.digest(nonce.encode(), provider.account_identity().encode(), "sha256").hex()
        for name, provider in sorted(workspace.providers.items())
    }


def observed(document: Mapping[str, Any], keys: Keys) -> dict[str, str]:
    """Return a digest of each live object that a plan would change, as the plan shows it."""
    return {
        change["address"]: keys.digest(f"live\n{_live(change)}")[:32]
        for change in document["changes"]
        if "id" in change
    }


def _live(change: Mapping[str, Any]) -> str:
    seen = [change["id"], change["before"]]
    return msgspec.json.encode(seen, order="deterministic").decode()
