"""How an SPF record that DNS has must be changed, as a name may have only one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from reconciler.dns.spf import covers, extended, together
from reconciler.dns.texts import Purpose, purpose
from reconciler.model.zones import Checked, Looked, RecordSet, RecordType, Zone


def mended(zones: Iterable[Zone], checked: Checked) -> tuple[Zone, ...]:
    """Return zones whose SPF records are marked with the change that DNS's record needs."""
    known = checked.status
    return tuple(
        replace(
            zone,
            records=tuple(
                _mended(record, known.get((record.fqdn, record.type))) for record in zone.records
            ),
        )
        for zone in zones
    )


def without_existing(zones: Iterable[Zone]) -> list[Zone]:
    """Return zones for files: without an SPF record where DNS has another one."""
    return [
        replace(zone, records=tuple(_without(record) for record in zone.records)) for zone in zones
    ]


def spf_of(looked: Looked) -> list[str]:
    """Return the SPF records at a name, from the first server that has any texts."""
    fqdn = looked.record.fqdn
    found = next((each.found for each in looked.servers if each.found), ())
    return [text for text in found if purpose(fqdn, text) is Purpose.SPF]


def needed_spf(record: RecordSet) -> str:
    """Return the SPF record that a domain needs at a name; "" if it needs none."""
    if record.type is not RecordType.TXT:
        return ""
    texts = (text for text in record.values if purpose(record.fqdn, text) is Purpose.SPF)
    return next(texts, "")


def _mended(record: RecordSet, looked: Looked | None) -> RecordSet:
    needed = needed_spf(record)
    live = spf_of(looked) if looked and needed else []
    if not live or live == [needed]:
        return record
    return replace(record, existing=True, change=_change(live, needed))


def _change(live: Sequence[str], needed: str) -> str:
    if len(live) == 1 and covers(live[0], needed):
        return ""
    return extended(live[0] if len(live) == 1 else together(live), [needed])


def _without(record: RecordSet) -> RecordSet:
    if not record.existing:
        return record
    needed = needed_spf(record)
    return replace(record, values=tuple(text for text in record.values if text != needed))
