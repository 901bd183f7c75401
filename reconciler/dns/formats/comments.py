"""What stands at the head of each file, and what is to be done by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.dns.spf import terms
from reconciler.dns.texts import Purpose, purpose
from reconciler.model.zones import RecordSet, RecordType, Zone

MARK = "Written by `reconciler dns`"
"""Begins every file of ours."""


def head(zone: Zone, what: Sequence[str]) -> list[str]:
    """Return the lines above a zone's records: whose they are, and what nobody writes for you."""
    return [f"{MARK}: what sender domains need in {zone.name}.", *what, *by_hand(zone)]


def by_hand(zone: Zone) -> Iterator[str]:
    """Yield what is to be done by hand in a zone, because only one SPF record may be there."""
    for record in zone.records:
        if record.change:
            yield f"{record.fqdn} has an SPF record. Change it, do not add a second one:"
            yield f"  {record.change}"
        elif has_spf(record) and not record.published:
            yield f"If {record.fqdn} has an SPF record already, this one must not be added:"
            yield "  `reconciler dns --check` says what yours has to be."


def has_spf(record: RecordSet) -> bool:
    """Tell whether one of the values is an SPF record."""
    return record.type is RecordType.TXT and any(
        purpose(record.fqdn, value) is Purpose.SPF and terms(value) for value in record.values
    )


def lines(texts: Sequence[str], sign: str) -> str:
    """Return comments, each line behind a sign."""
    return "".join(f"{sign} {text}\n" for text in texts)
