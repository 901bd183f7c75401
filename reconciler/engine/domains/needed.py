"""Which DNS records owned sender domains need, as far as their providers told."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from reconciler.model import dns
from reconciler.model.address import Address
from reconciler.model.finding import Finding, Severity
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Configuration
from reconciler.model.zones import MISSING
from reconciler.providers.kind import Kind

KindOf = Callable[[Address], Kind | None]


class Needed(Struct, frozen=True, kw_only=True):
    """The sender domains that were chosen."""

    records: Mapping[Address, tuple[dns.DnsRecord, ...]]
    """Of those whose records are known."""
    names: Mapping[Address, str]
    """The names of the same domains."""
    unknown: tuple[Address, ...] = ()
    """Those in state whose records the provider has not told."""
    unmade: tuple[Address, ...] = ()
    """Those that manifests have and state has not."""

    def findings(self) -> list[Finding]:
        """Say which records are not known, and what tells them."""
        return [
            *(_missing(address, "`reconciler dns --refresh` asks") for address in self.unknown),
            *(_missing(address, "`reconciler apply` makes it") for address in self.unmade),
        ]


def needed_records(
    configuration: Configuration, rows: Mapping[Address, OwnedObject], kind_of: KindOf
) -> Needed:
    """Return what state remembers of the domains of the configuration's PATHs; all without any."""
    chosen = {
        address: row
        for address, row in sorted(rows.items())
        if configuration.looks_at(row.manifest) and (_is_domain(address, kind_of) or _told(row))
    }
    told = {address: row for address, row in chosen.items() if _told(row)}
    return Needed(
        records={address: dns.remembered(row.extra) for address, row in told.items()},
        names={address: row.key or row.remote_id for address, row in told.items()},
        unknown=tuple(address for address in chosen if address not in told),
        unmade=tuple(
            address
            for address in sorted(configuration.resources)
            if address not in rows and _is_domain(address, kind_of)
        ),
    )


def _is_domain(address: Address, kind_of: KindOf) -> bool:
    kind = kind_of(address)
    return kind is not None and kind.dns is not None


def _told(row: OwnedObject) -> bool:
    return bool(dns.remembered(row.extra))


def _missing(address: Address, way_out: str) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        rule=MISSING,
        address=address,
        message=f"its DNS records are not known; {way_out}",
    )
