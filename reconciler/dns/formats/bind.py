"""Zone files (RFC 1035 section 5), to be included in a zone."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.dns.formats.comments import head, lines
from reconciler.model.zones import RecordSet, RecordType, Zone

_CHUNK = 255
"""Bytes of one string of a TXT record."""


def bind(zone: Zone) -> str:
    """Return a zone file, after reading it back and comparing it.

    Raises:
        ValueError: Read back, it has other records.
    """
    from reconciler.dns.formats.reading import read  # loads dnspython

    text = lines(head(zone, ["Include it into your zone file."]), ";")
    text += f"$ORIGIN {zone.name}.\n"
    for record in zone.written:
        text += "".join(f"{line}\n" for line in _lines(record, zone.name))
    if read(text, zone.name) != _expected(zone):
        raise ValueError(f"the zone file of {zone.name} would not say what it should")
    return text


def _lines(record: RecordSet, zone: str) -> Iterator[str]:
    name = record.name(zone) or "@"
    for value in record.values:
        yield f"{name} {record.ttl} IN {record.type} {_value(record.type, value)}"


def _value(kind: RecordType, value: str) -> str:
    if kind is RecordType.TXT:
        return " ".join(_quoted(value[at : at + _CHUNK]) for at in range(0, len(value), _CHUNK))
    return f"{value}." if kind in {RecordType.CNAME, RecordType.MX} else value


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("##", "#\\035")
    return f'"{escaped}"'


def _expected(zone: Zone) -> dict[tuple[str, str], tuple[int, set[str]]]:
    return {
        (record.fqdn, record.type.value): (record.ttl, set(record.values))
        for record in zone.written
    }
