"""What `reconciler dns` does, step by step: refresh, sort into zones, check, verify."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from reconciler import clock
from reconciler.cli.dns.domains import Domains
from reconciler.cli.dns.zone_files import check_files, files_of
from reconciler.dns.formats.export import Format, fitting
from reconciler.dns.spf_mending import mended
from reconciler.dns.zones import zones_of
from reconciler.engine.domains import Needed
from reconciler.lint import rate
from reconciler.model.address import Address
from reconciler.model.finding import Finding
from reconciler.model.zones import Checked, RecordStatus, Server, Verified, Zones
from reconciler.render.commands.dns import DnsView

_NOT_THERE = "not asked: its records are not all in DNS yet"


class DnsRequest(Struct, frozen=True, kw_only=True):
    """The options of `reconciler dns`."""

    refresh: bool
    allow_probe: bool
    check: bool
    verify: bool
    resolvers: tuple[Server, ...]
    until: float
    """When waiting ends, in seconds of the clock `waiting.SYSTEM`."""
    folder: Path | None
    export: Format | None


async def dns_view(domains: Domains, request: DnsRequest) -> DnsView:
    """Refresh, check and verify as the options ask for, and return what to show.

    Raises:
        DnsMissing: There are domains, but the records of none are known.
        UsageError: A file cannot be written, or nobody can be asked for approval.
        PlanRefused: A provider name stands for another account than in state.
    """
    needed = domains.needed()
    if request.refresh:
        needed = await _refreshed(domains, needed, allow_probe=request.allow_probe)
    domains.require_some(needed)
    zones = _zones(domains, needed, request.export)
    if request.folder is not None and request.export is not None:
        check_files(request.folder, list(files_of(zones.zones, request.export)))
    checked = await _checked(domains, request, needed, zones) if request.check else None
    verified: Sequence[Verified] = ()
    if request.verify:
        verified = await _verified(domains, request, needed, checked)
        zones = _zones(domains, domains.needed(), request.export)
    return _view(
        domains,
        DnsView(zones=zones.zones, checked=checked, verified=verified),
        [*needed.findings(), *zones.findings, *(checked.findings if checked else ())],
    )


async def _refreshed(domains: Domains, needed: Needed, *, allow_probe: bool) -> Needed:
    known = [*needed.records, *needed.unknown]
    domains.agree(known, agreed=allow_probe)
    await domains.asked(known)
    return domains.needed()


def _zones(domains: Domains, needed: Needed, export: Format | None) -> Zones:
    zones = zones_of(needed.records, domains.configuration.project.dns)
    return zones if export is None else fitting(zones, export)


async def _checked(domains: Domains, request: DnsRequest, needed: Needed, zones: Zones) -> Checked:
    from reconciler.cli.dns.checks import Question, checked  # loads dnspython

    question = Question(
        zones=zones.zones,
        names=needed.names,
        resolvers=request.resolvers or domains.configuration.project.dns.resolvers,
        until=request.until,
    )
    settings = domains.settings
    return await settings.interrupts.unless_stopped(checked(question, settings.out))


async def _verified(
    domains: Domains, request: DnsRequest, needed: Needed, checked: Checked | None
) -> list[Verified]:
    """Ask providers to verify the domains whose records are all in DNS; without a check, all."""
    absent = _absent(checked)
    ready = [address for address in needed.records if address not in absent]
    answers = await domains.asked_until(ready, request.until)
    not_asked = [Verified(address=each, verified=False, reason=_NOT_THERE) for each in absent]
    return sorted([*answers, *not_asked], key=lambda each: each.address)


def _absent(checked: Checked | None) -> frozenset[Address]:
    found = checked.looked if checked else ()
    return frozenset(
        address
        for each in found
        if each.status is not RecordStatus.OK
        for address in each.record.needed_by
    )


def _view(domains: Domains, view: DnsView, findings: Sequence[Finding]) -> DnsView:
    """Complete a view: findings with the project's severities, and SPF merged with DNS's."""
    today = clock.now().date()
    rated = rate(findings, domains.configuration, today=today, whole=False)
    zones = view.zones if view.checked is None else mended(view.zones, view.checked)
    return replace(view, zones=zones, findings=rated)
