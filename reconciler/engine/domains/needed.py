"""Returns the DNS records that sender domains need, as far as state remembers them."""

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
    """The chosen sender domains, and the DNS records that they need."""

    records: Mapping[Address, tuple[dns.DnsRecord, ...]]
    """The records of each domain whose records are known."""
    names: Mapping[Address, str]
    """The domain names of these domains."""
    unknown: tuple[Address, ...] = ()
    """The domains in state whose records are not known."""
    unmade: tuple[Address, ...] = ()
    """The domains in manifests that state does not own yet."""

    def findings(self) -> list[Finding]:
        """Say which domains have no known records, and which command finds them."""
        return [
            *(_missing(address, "`reconciler dns --refresh` asks") for address in self.unknown),
            *(_missing(address, "`reconciler apply` makes it") for address in self.unmade),
        ]


def needed_records(
    configuration: Configuration, rows: Mapping[Address, OwnedObject], kind_of: KindOf
) -> Needed:
    """Return the records that state remembers, of the domains below the configuration's PATHs."""
    chosen = {
        address: row
        for address, row in sorted(rows.items())
        if configuration.looks_at(row.manifest)
        and (_is_domain(address, kind_of) or _has_records(row))
    }
    known = {address: row for address, row in chosen.items() if _has_records(row)}
    return Needed(
        records={address: dns.remembered(row.extra) for address, row in known.items()},
        names={address: row.key or row.remote_id for address, row in known.items()},
        unknown=tuple(address for address in chosen if address not in known),
        unmade=tuple(
            address
            for address in sorted(configuration.resources)
            if address not in rows and _is_domain(address, kind_of)
        ),
    )


def _is_domain(address: Address, kind_of: KindOf) -> bool:
    kind = kind_of(address)
    return kind is not None and kind.dns is not None


def _has_records(row: OwnedObject) -> bool:
    return bool(dns.remembered(row.extra))


def _missing(address: Address, way_out: str) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        rule=MISSING,
        address=address,
        message=f"its DNS records are not known; {way_out}",
    )
