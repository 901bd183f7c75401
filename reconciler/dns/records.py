"""Checks the records that providers name, which are untrusted text."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

from msgspec import Struct

from reconciler.dns.names import host_name
from reconciler.model.address import Address
from reconciler.model.dns import DnsRecord
from reconciler.model.zones import RecordType

LONGEST_TEXT = 4096
"""Characters of a TXT record: enough for any key, and within the limits of every zone."""
_PRINTABLE = re.compile(r"[\x20-\x7e]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"(?:\s+|$)')


class Record(Struct, frozen=True, kw_only=True):
    """One well-formed record that a sender domain needs."""

    fqdn: str
    type: RecordType
    value: str
    needed_by: Address
    published: bool


class Wildcard(ValueError):
    """A wildcard name, which would also answer for names of others."""


def cleaned(record: DnsRecord, needed_by: Address) -> Record:
    """Return a record, checked and in the form of zones.

    Raises:
        Wildcard: Its name is a wildcard.
        ValueError: It is no valid record.
    """
    if record.name.lstrip().startswith("*"):
        raise Wildcard("a wildcard would answer for other names, too")
    try:
        kind = RecordType(record.type.upper())
    except ValueError:
        known = ", ".join(RecordType)
        raise ValueError(f"{record.type!r} is no type of record that is known: {known}") from None
    return Record(
        fqdn=_checked_name(record.name, "its name"),
        type=kind,
        value=_VALUES[kind](record.value.strip()),
        needed_by=needed_by,
        published=record.published,
    )


def _checked_name(text: str, part: str) -> str:
    try:
        return host_name(text)
    except ValueError:
        raise ValueError(f"{part} {text!r} is no host name") from None


def _target(value: str) -> str:
    return _checked_name(value, "its target")


def _mail_host(value: str) -> str:
    preference, _, host = value.partition(" ")
    if not re.fullmatch(r"[0-9]{1,5}", preference) or int(preference) > 65535:
        raise ValueError(f"{value!r} is no preference with a host name")
    return f"{int(preference)} {_target(host)}"


def _text(value: str) -> str:
    if value.startswith('"') and _QUOTED.sub("", value) == "":
        value = "".join(re.sub(r"\\(.)", r"\1", part) for part in _QUOTED.findall(value))
    if not _PRINTABLE.fullmatch(value):
        raise ValueError("its text is empty, or not of printable ASCII characters alone")
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"its text has {len(value):,} characters; {LONGEST_TEXT:,} are the most")
    return value


_VALUES = {
    RecordType.A: lambda value: str(IPv4Address(value)),
    RecordType.AAAA: lambda value: str(IPv6Address(value)),
    RecordType.CNAME: _target,
    RecordType.MX: _mail_host,
    RecordType.TXT: _text,
}
