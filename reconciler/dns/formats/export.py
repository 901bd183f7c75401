"""The formats that zones are written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from reconciler.dns.formats.bind import bind
from reconciler.dns.formats.comments import MARK
from reconciler.dns.formats.dnscontrol import dnscontrol
from reconciler.dns.formats.octodns import octodns, octodns_plain, refusal
from reconciler.dns.formats.terraform import terraform
from reconciler.model.finding import Finding, Severity
from reconciler.model.zones import INVALID, RecordSet, Zone, Zones

OCTODNS = "octodns"
_TERRAFORM_FILE = "messaging_dns.tf.json"


class Format(Struct, frozen=True, kw_only=True):
    """One format: one file for each zone, or one for all."""

    write: Callable[[Sequence[Zone]], str]
    """Raises `ValueError` for what cannot be written."""
    suffix: str = ""
    """What follows a zone's name in the name of its file."""
    file: str = ""
    """The name of the one file."""
    refusal: Callable[[RecordSet], str] = lambda _record: ""
    """Says why the tool could not read a record; "" where it can."""

    def files(self, zones: Sequence[Zone]) -> dict[str, str]:
        """Return texts by their file names; raises `ValueError` for what cannot be written."""
        if self.file:
            return {self.file: self.write(zones)}
        return {f"{zone.name}{self.suffix}": self.write([zone]) for zone in zones}


def _each(write: Callable[[Zone], str]) -> Callable[[Sequence[Zone]], str]:
    return lambda zones: "\n".join(map(write, zones))


FORMATS: Mapping[str, Format] = {
    OCTODNS: Format(write=_each(octodns), suffix=".yaml", refusal=refusal),
    "dnscontrol": Format(write=_each(dnscontrol), suffix=".js"),
    "bind": Format(write=_each(bind), suffix=".zone"),
    "terraform": Format(write=terraform, file=_TERRAFORM_FILE),
}
PLAIN_OCTODNS = Format(write=_each(octodns_plain), suffix=".yaml", refusal=refusal)
"""For `escaped_semicolons: false`."""


def fitting(zones: Zones, form: Format) -> Zones:
    """Return what a format can hold; the rest is left out and told."""
    refused = {record: why for record in zones.records if (why := form.refusal(record))}
    if not refused:
        return zones
    kept = [
        replace(zone, records=tuple(each for each in zone.records if each not in refused))
        for zone in zones.zones
    ]
    return Zones(
        zones=tuple(zone for zone in kept if zone.records),
        findings=(*zones.findings, *(_left_out(*each) for each in refused.items())),
    )


def _left_out(record: RecordSet, why: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule=INVALID,
        address=record.needed_by[0],
        message=f"{record}: {why}; left out",
    )


def is_ours(text: str) -> bool:
    """Tell whether a file's text was written by this command, and so may be replaced."""
    return MARK in text[:200]
