"""Whether sender domains can send, which no comparison of fields tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.model import dns
from reconciler.model.finding import Finding, Severity
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Resource
from reconciler.providers.octeth.domains import pending_note
from reconciler.providers.octeth.rows import DomainRow


def degraded(row: DomainRow, owned: OwnedObject | None) -> str:
    """Return why a domain that was set up does not send; nothing while it only waits for DNS."""
    if row.stopped:
        return f"the server says that {row.key} is {row.stopped}: nothing is sent from it"
    if row.verified is False and owned is not None and owned.extra.get(dns.VERIFIED) is True:
        return f"{row.key} was verified and is not any more: nothing is sent from it"
    return ""


def findings(
    rows: Iterable[DomainRow], desired: Sequence[Resource], owned: Sequence[OwnedObject]
) -> Iterator[Finding]:
    """Yield what is to be said about the domains of manifests: one finding each at the most."""
    known = {one.address: one for one in owned}
    by_name = {row.key: row for row in rows}
    for resource in desired:
        row = by_name.get(str(resource.spec.get("domain")))
        said = _said(row, known.get(resource.address)) if row else None
        if said is not None:
            severity, rule, message = said
            yield Finding(
                severity=severity,
                rule=rule,
                message=message,
                address=resource.address,
                origin=resource.origin,
            )


def _said(row: DomainRow, owned: OwnedObject | None) -> tuple[Severity, str, str] | None:
    why = degraded(row, owned)
    if row.stopped:
        # Error 32 of sending; verifying lifts none of these.
        message = f"{why}; ask whoever runs the server, publishing DNS records does not help"
        return Severity.WARNING, "octeth-domain-inactive", message
    if row.verified is not False:
        return None
    records = dns.remembered(owned.extra) if owned else ()
    if why:
        message = f"{why}; its DNS records must be: {dns.listing(records)}" if records else why
        return Severity.WARNING, "octeth-verification-lost", message
    note = pending_note(row.key, records)
    message = f"{note} (status: {row.status})" if row.status else note
    return Severity.INFO, "octeth-dns-pending", message
