"""The table of formats that zones are written in, with their file names."""

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
    """One format, with a file for each zone or one file for all."""

    write: Callable[[Sequence[Zone]], str]
    """Returns the text of a file; raises `ValueError` for a zone that cannot be written."""
    suffix: str = ""
    """The end of a file name, after the zone's name."""
    file: str = ""
    """The name of the one file; "" where each zone has its own."""
    refusal: Callable[[RecordSet], str] = lambda _record: ""
    """Returns why the tool would misread a record; "" if it would not."""

    def files(self, zones: Sequence[Zone]) -> dict[str, str]:
        """Return texts by file name; raises `ValueError` for a zone that cannot be written."""
        if self.file:
            return {self.file: self.write(zones)}
        return {f"{zone.name}{self.suffix}": self.write([zone]) for zone in zones}


def _for_each_zone(write: Callable[[Zone], str]) -> Callable[[Sequence[Zone]], str]:
    return lambda zones: "\n".join(map(write, zones))


FORMATS: Mapping[str, Format] = {
    OCTODNS: Format(write=_for_each_zone(octodns), suffix=".yaml", refusal=refusal),
    "dnscontrol": Format(write=_for_each_zone(dnscontrol), suffix=".js"),
    "bind": Format(write=_for_each_zone(bind), suffix=".zone"),
    "terraform": Format(write=terraform, file=_TERRAFORM_FILE),
}
PLAIN_OCTODNS = Format(write=_for_each_zone(octodns_plain), suffix=".yaml", refusal=refusal)
"""The octoDNS format for `escaped_semicolons: false`."""


def fitting(zones: Zones, form: Format) -> Zones:
    """Return the records that a format can hold; each left out becomes a finding."""
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
    """Tell whether this command wrote a text, so that it may be replaced."""
    return MARK in text[:200]
