"""Zones, the records that sender domains need in them, and what DNS servers say of each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from reconciler.model.address import Address
from reconciler.model.finding import Finding

DEFAULT_TTL = 3600
"""Seconds that a record may be kept in caches, where the project says nothing."""
DNS_PORT = 53

CONFLICT = "dns-conflict"
"""The rule of a record that cannot stand beside another one."""
INVALID = "dns-invalid"
"""The rule of something that a provider calls a record and that cannot be one."""
MISSING = "dns-missing"
"""The rule of a sender domain of which nobody knows its records yet."""


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
    """Host names like `fqdn`, an MX with its preference before; a TXT as one printable text."""
    ttl: int
    needed_by: tuple[Address, ...]
    published: bool
    """Whether every provider found it when it last looked."""
    existing: bool = False
    """DNS has another SPF record at this name, beside which ours must not be added."""
    change: str = ""
    """What the existing SPF record has to become; empty where it is right."""

    def name(self, zone: str) -> str:
        """Return its name in a zone, empty for the zone's own."""
        return self.fqdn.removesuffix(zone).removesuffix(".")

    def __str__(self) -> str:
        """Return what it is, without its values."""
        return f"{self.fqdn} {self.type}"


class Zone(Struct, frozen=True, kw_only=True):
    """What belongs into one zone, sorted by name and type."""

    name: str
    records: tuple[RecordSet, ...]

    @property
    def written(self) -> list[RecordSet]:
        """Return the records of which something is to be added, not only changed by hand."""
        return [record for record in self.records if record.values]


class Zones(Struct, frozen=True, kw_only=True):
    """All records that are needed, and what is wrong with some of them."""

    zones: tuple[Zone, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def records(self) -> list[RecordSet]:
        """Return the records of all zones."""
        return [record for zone in self.zones for record in zone.records]


class DnsSettings(Struct, frozen=True, kw_only=True):
    """`spec.dns` of the project file."""

    resolvers: tuple[Server, ...] = ()
    """Who is asked where the command line names nobody; none: the system's."""
    ttls: Mapping[str, int] = field(default_factory=dict)
    """The zones that are named, with the TTL of their records."""


class Server(Struct, frozen=True, order=True):
    """Somebody who answers questions about DNS."""

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
        """Return it as people know it."""
        host = f"[{self.host}]" if ":" in self.host and self.port != DNS_PORT else self.host
        where = host if self.port == DNS_PORT else f"{host}:{self.port}"
        return f"{self.name} ({where})" if self.name else where


class RecordStatus(StrEnum):
    """How a record stands in DNS."""

    OK = "ok"
    MISSING = "missing"
    DIFFERENT = "different"
    """There is one, and it says something else."""
    CONFLICT = "conflict"
    """Something else stands at its name, beside which it cannot be."""
    UNREACHABLE = "unreachable"
    """Nobody answered."""


class Said(Struct, frozen=True, kw_only=True):
    """What one server says of one record."""

    server: Server
    status: RecordStatus
    found: tuple[str, ...] = ()
    """The values that it has."""
    reason: str = ""
    """Why it is not as it should be, where the values do not tell."""
    chain: tuple[str, ...] = ()
    """The names that the record's name is an alias of, one after the other."""
    joined: bool = False
    """The value is there but for white space and quotes."""
    until: float = 0.0
    """Until when it will go on saying so, by the clock that waits; of caches alone."""


class Looked(Struct, frozen=True, kw_only=True):
    """What all servers together say of one record."""

    record: RecordSet
    status: RecordStatus
    said: tuple[Said, ...] = ()
    """The zone's own servers first."""

    @property
    def lagging(self) -> tuple[Said, ...]:
        """Return what the servers say that answer, and do not have the record as it should be."""
        silent = {RecordStatus.OK, RecordStatus.UNREACHABLE}
        return tuple(each for each in self.said if each.status not in silent)


class Checked(Struct, frozen=True, kw_only=True):
    """What DNS has of the records that are needed."""

    looked: tuple[Looked, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def status(self) -> Mapping[tuple[str, RecordType], Looked]:
        """Return what was found, by name and type."""
        return {(each.record.fqdn, each.record.type): each for each in self.looked}


class Verified(Struct, frozen=True, kw_only=True):
    """What a provider says of one sender domain."""

    address: Address
    verified: bool | None
    """`None` where it does not say."""
    reason: str = ""
    """Why it could not be asked, or was not."""
