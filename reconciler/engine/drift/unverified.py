"""Findings about sender domains that wait for their DNS, which is no drift."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.engine.live.index import LiveIndex
from reconciler.engine.workspace import Workspace
from reconciler.model import dns
from reconciler.model.address import Address
from reconciler.model.finding import DOMAIN_UNVERIFIED, Finding, Severity
from reconciler.model.owned import OwnedObject


def unverified_domains(
    workspace: Workspace, rows: Mapping[Address, OwnedObject], index: LiveIndex
) -> Iterator[Finding]:
    """Yield a finding for each domain that was never verified.

    A domain that has lost its verification is degraded, which is drift.
    """
    for address, row in sorted(rows.items()):
        if not workspace.knows(address) or workspace.kind(address).dns is None:
            continue
        live = index.owned(address, row.remote_id)
        if live is None or live.degraded or _verified(live.extra) or _verified(row.extra):
            continue
        resource = workspace.configuration.resources.get(address)
        yield Finding(
            severity=Severity.INFO,
            rule=DOMAIN_UNVERIFIED,
            message=f"it is not verified; {dns.PUBLISHING}",
            address=address,
            origin=None if resource is None else resource.origin,
        )


def _verified(extra: Mapping[str, object]) -> bool:
    return extra.get(dns.VERIFIED) is True
