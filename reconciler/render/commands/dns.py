"""The DNS records of sender domains, and whether DNS has them, as text and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from reconciler.model.finding import Finding
from reconciler.model.zones import (
    Checked,
    Looked,
    RecordSet,
    RecordStatus,
    RecordType,
    ServerStatus,
    Verified,
    Zone,
)
from reconciler.render.envelope import FORMAT_VERSION, Document
from reconciler.render.json import findings_entries
from reconciler.render.layout.style import Colour, Style, count, pad
from reconciler.render.plans.text import finding_lines, page

_COLOURS = {
    RecordStatus.OK: Colour.GREEN,
    RecordStatus.MISSING: Colour.RED,
    RecordStatus.DIFFERENT: Colour.RED,
    RecordStatus.CONFLICT: Colour.RED,
    RecordStatus.UNREACHABLE: Colour.YELLOW,
}
_WIDEST_TYPE = max(map(len, RecordType))
_WIDEST_STATUS = max(map(len, RecordStatus))
_NOTHING = "No sender domain is in state or manifests, so no DNS records are needed."


class DnsView(Struct, frozen=True, kw_only=True):
    """What `reconciler dns` shows."""

    zones: tuple[Zone, ...]
    findings: Sequence[Finding] = ()
    checked: Checked | None = None
    """What DNS has; `None` without `--check`."""
    verified: Sequence[Verified] = ()
    """The answers of providers, with `--verify`."""

    @property
    def looked(self) -> Mapping[tuple[str, RecordType], Looked]:
        """Return what DNS has, by name and type of record."""
        return {} if self.checked is None else self.checked.status


def dns_document(view: DnsView) -> Document:
    """Return zones with their records; after `--check`, with the answer of each server."""
    zones = [
        {"zone": zone.name, "records": [_record(each, zone, view) for each in zone.records]}
        for zone in view.zones
    ]
    document: Document = {
        "formatVersion": FORMAT_VERSION,
        "zones": zones,
        **findings_entries(view.findings),
    }
    if view.verified:
        document["domains"] = [
            {"address": str(each.address), "verified": each.verified, "reason": each.reason}
            for each in view.verified
        ]
    return document


def _record(record: RecordSet, zone: Zone, view: DnsView) -> Document:
    document: Document = {
        "name": record.name(zone.name) or "@",
        "fqdn": record.fqdn,
        "type": record.type.value,
        "ttl": record.ttl,
        "values": list(record.values),
        "for": [str(address) for address in record.needed_by],
        "published": record.published,
    }
    looked = view.looked.get((record.fqdn, record.type))
    if looked is not None:
        document["status"] = looked.status.value
        document["servers"] = [_answer(each) for each in looked.servers]
    if record.change:
        document["change"] = record.change
    return document


def _answer(status: ServerStatus) -> Document:
    return {
        "server": str(status.server),
        "status": status.status.value,
        "found": list(status.found),
        "reason": status.reason,
    }


def dns_text(view: DnsView, style: Style) -> str:
    """Return records by zone, problems, and a summary.

    Values are not broken at the width of a terminal, so that they can be copied.
    """
    if not (view.zones or view.findings):
        return _NOTHING + "\n"
    zones = ("\n".join(_zone(zone, view, style)) + "\n\n" for zone in view.zones)
    return "".join(zones) + dns_remarks(view, style)


def dns_remarks(view: DnsView, style: Style) -> str:
    """Return the same without the records themselves, to be shown beside an export."""
    blocks = [
        [*_different(view, style)],
        [*_changes(view, style)],
        [*finding_lines(view.findings, style)],
        [*_domains(view, style)],
        [_summary(view, style)],
    ]
    return page(blocks, style)


def _zone(zone: Zone, view: DnsView, style: Style) -> Iterator[str]:
    ttl = "".join(f"  TTL {record.ttl}" for record in zone.records[:1])
    yield style.bold(style.clean(zone.name)) + style.dim(ttl)
    for record in zone.records:
        looked = view.looked.get((record.fqdn, record.type))
        word, colour = _last_seen(record) if looked is None else _status(looked)
        name = style.clean(record.name(zone.name) or "@")
        kind = pad(record.type, _WIDEST_TYPE)
        yield f"  {style.paint(pad(word, _WIDEST_STATUS), colour)}  {kind}  {style.bold(name)}"
        yield from (f"      {style.clean(value)}" for value in record.values)


def _last_seen(record: RecordSet) -> tuple[str, Colour]:
    return ("found", Colour.GREEN) if record.published else ("not found", Colour.YELLOW)


def _status(looked: Looked) -> tuple[str, Colour]:
    return looked.status.value, _COLOURS[looked.status]


def _different(view: DnsView, style: Style) -> Iterator[str]:
    """Yield the answers of servers that do not have a record as it should be."""
    for looked in view.looked.values():
        if looked.status is RecordStatus.OK:
            continue
        colour = _COLOURS[looked.status]
        yield f"{style.paint(looked.status, colour)} {style.bold(style.clean(looked.record))}"
        for answer, servers in _servers_by_answer(looked, _answer_text).items():
            yield f"    {style.clean(servers)}: {style.clean(answer)}"


def _answer_text(status: ServerStatus) -> str:
    values = "; ".join(status.found)
    has = f"has {values}" if values else ""
    return ", ".join(part for part in (status.reason or status.status.value, has) if part)


def _servers_by_answer(looked: Looked, tell: Callable[[ServerStatus], str]) -> dict[str, str]:
    """Return the answers of servers that do not have a record, each with its servers."""
    by_words: dict[str, list[str]] = {}
    for each in looked.servers:
        if each.status is not RecordStatus.OK:
            by_words.setdefault(tell(each), []).append(str(each.server))
    several = len(looked.servers) > 1
    return {
        words: "every server" if several and len(names) == len(looked.servers) else ", ".join(names)
        for words, names in by_words.items()
    }


def waiting_lines(waiting: Sequence[Looked], style: Style) -> list[str]:
    """Return which servers do not have a record yet: a line for all with the same answer."""
    return [
        f"  {style.clean(looked.record)}: {answer} at {style.clean(servers)}"
        for looked in waiting
        for answer, servers in _servers_by_answer(looked, lambda each: each.status.value).items()
    ]


def _changes(view: DnsView, style: Style) -> Iterator[str]:
    for record in (record for zone in view.zones for record in zone.records if record.change):
        name = style.clean(record.fqdn)
        yield f"Change the SPF record of {name}; a second one must not be there:"
        yield f"    {style.clean(record.change)}"


def _domains(view: DnsView, style: Style) -> Iterator[str]:
    for each in view.verified:
        word = {True: "verified", False: "not verified", None: "not known"}[each.verified]
        colour = Colour.GREEN if each.verified else Colour.YELLOW
        why = f": {style.clean(each.reason)}" if each.reason else ""
        yield f"{style.bold(style.clean(each.address))}  {style.paint(word, colour)}{why}"


def _summary(view: DnsView, style: Style) -> str:
    records = [record for zone in view.zones for record in zone.records]
    total = f"{count(len(records), 'record')} in {count(len(view.zones), 'zone')}"
    if view.checked is None:
        found = sum(record.published for record in records)
        way = style.clean("`reconciler dns --check` asks DNS.") if found < len(records) else ""
        return f"{total}; {found:,} found when providers last looked. {way}".rstrip()
    numbers = Counter(each.status for each in view.looked.values())
    by_word = ", ".join(
        style.paint(f"{numbers[status]:,} {status}", _COLOURS[status])
        for status in RecordStatus
        if numbers[status]
    )
    return f"{total}: {by_word}." if by_word else f"{total}."
