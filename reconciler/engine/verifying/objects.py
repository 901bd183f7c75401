"""The checks of owned objects, which send nothing and cost nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

from reconciler.engine.live.delivered import places_of
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.workspace import Workspace
from reconciler.errors import ProviderError
from reconciler.manifests.schema.schemas import CANARY
from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject
from reconciler.model.secret import Secret
from reconciler.model.verification import Check, CheckKind, CheckStatus
from reconciler.providers.examination import Subject


async def check_objects(
    workspace: Workspace, index: LiveIndex, rows: Mapping[Address, OwnedObject]
) -> list[Check]:
    """Check every object of a kind that can be checked; a read that fails leaves it undecided."""
    proving = {
        address: check
        for address in rows
        if workspace.knows(address) and (check := workspace.kind(address).proves) is not None
    }
    found = await asyncio.gather(
        *(_check(workspace, index, rows[address], check) for address, check in proving.items())
    )
    return [check for checks in found for check in checks]


async def _check(
    workspace: Workspace, index: LiveIndex, row: OwnedObject, proves: CheckKind
) -> list[Check]:
    address = row.address

    def check(status: CheckStatus, reason: str, kind: CheckKind = proves) -> Check:
        return Check(address=address, check=kind, status=status, reason=reason)

    collection = index.collection(address)
    if not collection.complete:
        why = f"it could not be read: {collection.error}".rstrip(": ")
        return [check(CheckStatus.UNDECIDED, why)]
    live = index.owned(address, row.remote_id)
    if live is None:
        return [check(CheckStatus.FAILED, "it is missing at the provider")]
    subject = Subject(owned=row, live=live, delivered=secrets_of(workspace, row))
    try:
        proofs = await workspace.provider(address).examine(subject)
    except ProviderError as error:
        return [check(CheckStatus.UNDECIDED, error.message)]
    return [check(each.status, each.reason, each.check) for each in proofs]


def secrets_of(workspace: Workspace, row: OwnedObject) -> Callable[[str], Secret | None]:
    """Return a function that reads a delivered secret back by its `<sink field>.<part>`."""

    def read(name: str) -> Secret | None:
        field, _, part = name.partition(".")
        for place in places_of(workspace, row):
            document = place.document() if place.field == field else None
            if document is not None:
                return document.get(part)
        return None

    return read


def obstacles(checks: Iterable[Check]) -> dict[Address, str]:
    """Return why canaries cannot be sent, by the address that they would prove.

    That is so if a check of that object failed, or if its template is not approved yet. A sender
    that failed its check is an obstacle for its canary alone, by the canary's address.
    """
    found: dict[Address, str] = {}
    for check in checks:
        pending = check.check is CheckKind.TEMPLATE and check.status is CheckStatus.UNDECIDED
        if check.status is CheckStatus.FAILED or pending:
            address = check.address
            if check.canary:
                address = Address(address.provider, CANARY, check.canary)
            found.setdefault(address, f"{check.check}: {check.reason}")
    return found
