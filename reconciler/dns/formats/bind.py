"""Zone files (RFC 1035 section 5), to be included into a zone."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.dns.formats.comments import head, lines
from reconciler.model.zones import RecordSet, RecordType, Zone

_CHUNK = 255
"""Bytes of one string of a TXT record."""


def bind(zone: Zone) -> str:
    """Return a zone file, read back and compared before anybody sees it.

    Raises:
        ValueError: It would not say what it should.
    """
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


def read(text: str, zone: str) -> dict[tuple[str, str], tuple[int, set[str]]]:
    """Read a zone file: TTL and values by name and type, the names whole.

    Raises:
        ValueError: It is none.
    """
    import dns.exception
    import dns.rdatatype
    import dns.zone

    try:
        found = dns.zone.from_text(text, zone, relativize=False, check_origin=False)
    except dns.exception.DNSException as error:
        raise ValueError(str(error)) from None
    rows: dict[tuple[str, str], tuple[int, set[str]]] = {}
    for name, ttl, data in found.iterate_rdatas():
        key = (name.to_text(omit_final_dot=True), dns.rdatatype.to_text(data.rdtype))
        rows.setdefault(key, (ttl, set()))[1].add(_read_value(data))
    return rows


def _read_value(data: object) -> str:
    strings = getattr(data, "strings", None)
    if strings is not None:
        return b"".join(strings).decode("latin-1")
    return str(data).removesuffix(".")


def _expected(zone: Zone) -> dict[tuple[str, str], tuple[int, set[str]]]:
    return {
        (record.fqdn, record.type.value): (record.ttl, set(record.values))
        for record in zone.written
    }
