"""The records that sender domains need, by zone, and what DNS servers say of each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from reconciler.model.address import Address
from reconciler.model.finding import Finding

DEFAULT_TTL = 3600
"""How many seconds a record may stay in caches, unless the project says otherwise."""
DNS_PORT = 53

CONFLICT = "dns-conflict"
"""The rule of a record that cannot exist beside another one."""
INVALID = "dns-invalid"
"""The rule of a record that a provider names and that is not valid."""
MISSING = "dns-missing"
"""The rule of a sender domain whose records are not known yet."""


class RecordType(StrEnum):
    """The types of records that providers ask for."""

    A = "A"
    AAAA = "AAAA"
    CNAME = "CNAME"
    MX = "MX"
    TXT = "TXT"


class RecordSet(Struct, frozen=True, kw_only=True, order=True):
    """All records of one type at one name."""

    fqdn: str
    """Lower case, ASCII, without a final dot."""
    type: RecordType
    values: tuple[str, ...]
    """Host names in the form of `fqdn`, of an MX after its preference; a TXT as printable text."""
    ttl: int
    needed_by: tuple[Address, ...]
    published: bool
    """Whether every provider found it at its last check."""
    existing: bool = False
    """DNS has another SPF record at this name, beside which ours must not be added."""
    change: str = ""
    """What the existing SPF record has to become; empty if it is right."""

    def name(self, zone: str) -> str:
        """Return the name relative to a zone; empty for the zone itself."""
        return self.fqdn.removesuffix(zone).removesuffix(".")

    def __str__(self) -> str:
        """Return name and type, without the values."""
        return f"{self.fqdn} {self.type}"


class Zone(Struct, frozen=True, kw_only=True):
    """The records of one zone, sorted by name and type."""

    name: str
    records: tuple[RecordSet, ...]

    @property
    def written(self) -> list[RecordSet]:
        """Return the records with values to add; others are only to be changed by hand."""
        return [record for record in self.records if record.values]


class Zones(Struct, frozen=True, kw_only=True):
    """All records that are needed, and findings about some of them."""

    zones: tuple[Zone, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def records(self) -> list[RecordSet]:
        """Return the records of all zones."""
        return [record for zone in self.zones for record in zone.records]


class DnsSettings(Struct, frozen=True, kw_only=True):
    """`spec.dns` of the project file."""

    resolvers: tuple[Server, ...] = ()
    """The servers to ask unless the command line names some; empty for the system's."""
    ttls: Mapping[str, int] = field(default_factory=dict)
    """The TTL of records, by zone."""


class Server(Struct, frozen=True, order=True):
    """A DNS server to ask."""

    host: str
    """An IP address."""
    port: int = DNS_PORT
    name: str = ""
    """The host name of a zone's own server; a resolver has none."""

    @classmethod
    def parse(cls, text: str) -> Server:
        """Read `1.1.1.1`, `1.1.1.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`.

        Raises:
            ValueError: It is none of these.
        """
        from ipaddress import ip_address  # few projects name servers

        host, port = text, str(DNS_PORT)
        if text.startswith("["):
            host, _, port = text[1:].partition("]")
            port = port.removeprefix(":") or str(DNS_PORT)
        elif text.count(":") == 1:
            host, _, port = text.partition(":")
        if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise ValueError(f"{port!r} is no port")
        return cls(str(ip_address(host)), int(port))

    def __str__(self) -> str:
        """Return the server as people write it."""
        host = f"[{self.host}]" if ":" in self.host and self.port != DNS_PORT else self.host
        where = host if self.port == DNS_PORT else f"{host}:{self.port}"
        return f"{self.name} ({where})" if self.name else where


class RecordStatus(StrEnum):
    """How a record stands in DNS."""

    OK = "ok"
    MISSING = "missing"
    DIFFERENT = "different"
    """There is a record, but with another value."""
    CONFLICT = "conflict"
    """The name has another record, beside which this one cannot exist."""
    UNREACHABLE = "unreachable"
    """No server answered."""


class ServerStatus(Struct, frozen=True, kw_only=True):
    """The status of one record at one server."""

    server: Server
    status: RecordStatus
    found: tuple[str, ...] = ()
    """The values that the server has."""
    reason: str = ""
    """What is wrong, unless the values tell."""
    chain: tuple[str, ...] = ()
    """The names that the record's name is an alias of, one after the other."""
    joined: bool = False
    """The value is there, apart from white space and quotes."""
    until: float = 0.0
    """When a cache will forget this answer, by the clock that waits; 0 for other servers."""


class Looked(Struct, frozen=True, kw_only=True):
    """The status of one record at all servers."""

    record: RecordSet
    status: RecordStatus
    servers: tuple[ServerStatus, ...] = ()
    """The status at each server; servers of the zone come first."""


class Checked(Struct, frozen=True, kw_only=True):
    """What DNS servers say of all records that are needed."""

    looked: tuple[Looked, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def status(self) -> Mapping[tuple[str, RecordType], Looked]:
        """Return the checks by name and type."""
        return {(each.record.fqdn, each.record.type): each for each in self.looked}


class Verified(Struct, frozen=True, kw_only=True):
    """What a provider says of one sender domain."""

    address: Address
    verified: bool | None
    """`None` if it does not say, or was not asked."""
    reason: str = ""
    """Why it is not verified, or why the provider was not asked."""
