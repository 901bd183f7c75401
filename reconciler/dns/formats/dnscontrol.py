"""Zones as JavaScript for DNSControl, to be `require`d by a dnsconfig.js."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.dns.formats.comments import head, lines
from reconciler.dns.formats.strings import string
from reconciler.model.zones import RecordSet, RecordType, Zone


def dnscontrol(zone: Zone) -> str:
    """Return a zone as a call of `D_EXTEND`."""
    file = f"./{zone.name}.js"
    text = lines(head(zone, [f"In dnsconfig.js, below its D(): require({string(file)});"]), "//")
    calls = [call for record in zone.written for call in _calls(record, zone.name)]
    if not calls:
        return text
    arguments = ",\n  ".join([string(zone.name), *calls])
    return f"{text}D_EXTEND({arguments}\n);\n"


def _calls(record: RecordSet, zone: str) -> Iterator[str]:
    name = string(record.name(zone) or "@")
    for value in record.values:
        yield f"{record.type}({name}, {_value(record.type, value)}, TTL({record.ttl}))"


def _value(kind: RecordType, value: str) -> str:
    if kind is RecordType.MX:
        preference, _, host = value.partition(" ")
        return f"{preference}, {string(f'{host}.')}"
    return string(f"{value}." if kind is RecordType.CNAME else value)
