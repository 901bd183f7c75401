"""The comments at the head of each file, with what is left to do by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.dns.spf_mending import needed_spf
from reconciler.model.zones import Zone

MARK = "Written by `reconciler dns`"
"""The text near the beginning of every file of ours."""


def head(zone: Zone, purpose: Sequence[str]) -> list[str]:
    """Return the comments above a zone's records: origin, purpose, and what to do by hand."""
    return [f"{MARK}: what sender domains need in {zone.name}.", *purpose, *by_hand(zone)]


def by_hand(zone: Zone) -> Iterator[str]:
    """Yield what is to be done by hand about SPF, as a name may have only one such record."""
    for record in zone.records:
        if record.change:
            yield f"{record.fqdn} has an SPF record. Change it, do not add a second one:"
            yield f"  {record.change}"
        elif record.existing:
            yield f"The SPF record of {record.fqdn} names everybody already."
        elif needed_spf(record):
            yield f"If {record.fqdn} has another SPF record, this one must not be added:"
            yield "  `reconciler dns --check` says what yours has to be."


def lines(texts: Sequence[str], sign: str) -> str:
    """Return texts as comments, a line each after `sign`."""
    return "".join(f"{sign} {text}\n" for text in texts)
