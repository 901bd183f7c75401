"""Sorts records into zones, and leaves out those that are invalid or conflict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.dns.records import Record, Wildcard, cleaned
from reconciler.dns.spf import together
from reconciler.dns.suffixes import zone_of
from reconciler.dns.texts import Purpose, purpose
from reconciler.model.address import Address
from reconciler.model.dns import DnsRecord
from reconciler.model.finding import Finding, Severity
from reconciler.model.zones import (
    CONFLICT,
    DEFAULT_TTL,
    INVALID,
    DnsSettings,
    RecordSet,
    RecordType,
    Zone,
    Zones,
)

_LEFT_OUT = "left out"


def zones_of(needed: Mapping[Address, Iterable[DnsRecord]], settings: DnsSettings) -> Zones:
    """Return the records that each zone needs; invalid and conflicting ones become findings.

    Loads the Public Suffix List if a name is in no zone of the settings.
    """
    findings: list[Finding] = []
    by_name: dict[str, list[Record]] = defaultdict(list)
    for record in _cleaned(needed, findings):
        by_name[record.fqdn].append(record)
    by_zone: dict[str, list[RecordSet]] = defaultdict(list)
    for fqdn, records in by_name.items():
        zone = zone_of(fqdn, settings.ttls)
        ttl = settings.ttls.get(zone, DEFAULT_TTL)
        by_zone[zone] += _sets(records, ttl, findings)
    return Zones(
        zones=tuple(
            Zone(name=name, records=tuple(sorted(found)))
            for name, found in sorted(by_zone.items())
            if found
        ),
        findings=tuple(findings),
    )


def _cleaned(
    needed: Mapping[Address, Iterable[DnsRecord]], findings: list[Finding]
) -> Iterator[Record]:
    for address, record in ((a, r) for a, records in sorted(needed.items()) for r in records):
        try:
            yield cleaned(record, address)
        except ValueError as error:
            rule = CONFLICT if isinstance(error, Wildcard) else INVALID
            shown = f"{record.name} {record.type}".strip()
            findings.append(_finding(rule, address, f"{shown}: {error}; {_LEFT_OUT}"))


def _sets(records: Sequence[Record], ttl: int, findings: list[Finding]) -> Iterator[RecordSet]:
    """Yield the records of one name that are allowed together."""
    types = sorted({record.type for record in records})
    if RecordType.CNAME in types and len(types) > 1:
        others = ", ".join(each for each in types if each is not RecordType.CNAME)
        message = f"a CNAME cannot stand beside {others} ({_for_whom(records)}); all {_LEFT_OUT}"
        findings.append(_conflict(records, message))
        return
    for each in types:
        alike = [record for record in records if record.type is each]
        try:
            values = _texts(alike) if each is RecordType.TXT else _single(alike)
        except ValueError as error:
            findings.append(_conflict(alike, f"{error}; all {_LEFT_OUT}"))
            continue
        yield _set(alike, values, ttl)


def _single(records: Sequence[Record]) -> tuple[str, ...]:
    """Return the values of a type other than TXT; raises `ValueError` where owners differ."""
    kind = records[0].type
    by_owner: dict[Address, set[str]] = defaultdict(set)
    for record in records:
        by_owner[record.needed_by].add(record.value)
    if len({frozenset(values) for values in by_owner.values()}) > 1:
        raise ValueError(f"several want another {kind} there ({_for_whom(records)})")
    values = sorted({record.value for record in records})
    if kind is RecordType.CNAME and len(values) > 1:
        raise ValueError(f"there can be one CNAME only, not {len(values)}: {', '.join(values)}")
    return tuple(values)


def _texts(records: Sequence[Record]) -> tuple[str, ...]:
    """Return the texts of a name, SPF merged; raises `ValueError` for two of DKIM or DMARC."""
    fqdn = records[0].fqdn
    found: dict[Purpose, dict[str, None]] = defaultdict(dict)
    for record in records:
        found[purpose(fqdn, record.value)][record.value] = None
    for each in (Purpose.DKIM, Purpose.DMARC):
        if len(found.get(each, ())) > 1:
            message = f"there can be one {each.upper()} record only ({_for_whom(records)})"
            raise ValueError(message)
    spf = [*found.pop(Purpose.SPF, ())]
    merged = [together(spf)] if len(spf) > 1 else spf
    return tuple(sorted([*merged, *(text for texts in found.values() for text in texts)]))


def _set(records: Sequence[Record], values: tuple[str, ...], ttl: int) -> RecordSet:
    first = records[0]
    return RecordSet(
        fqdn=first.fqdn,
        type=first.type,
        values=values,
        ttl=ttl,
        needed_by=_owners(records),
        published=all(record.published for record in records),
    )


def _owners(records: Iterable[Record]) -> tuple[Address, ...]:
    return tuple(sorted({record.needed_by for record in records}))


def _for_whom(records: Iterable[Record]) -> str:
    return "for " + ", ".join(map(str, _owners(records)))


def _conflict(records: Sequence[Record], message: str) -> Finding:
    return _finding(CONFLICT, _owners(records)[0], f"{records[0].fqdn}: {message}")


def _finding(rule: str, address: Address, message: str) -> Finding:
    return Finding(severity=Severity.ERROR, rule=rule, address=address, message=message)
