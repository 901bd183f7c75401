"""`reconciler dns`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
from msgspec import Struct

from reconciler import clock
from reconciler.cli.app import declare
from reconciler.cli.domains import Domains
from reconciler.cli.options import as_one, emulate_option, paths_argument
from reconciler.cli.reading import configuration_of
from reconciler.cli.settings import Settings
from reconciler.cli.zone_files import check_files, check_folder, files_of, show, write
from reconciler.dns.formats.export import FORMATS, OCTODNS, PLAIN_OCTODNS, Format
from reconciler.dns.zones import zones_of
from reconciler.errors import UsageError
from reconciler.exit_codes import ExitCode
from reconciler.lint import settled
from reconciler.model.finding import Severity
from reconciler.model.zones import MISSING, Verified
from reconciler.render.dns import DnsView, dns_document, dns_remarks, dns_text

_TABLE, _JSON = "table", "json"
_PLAIN = "plain"


class Wish(Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    form: str | None = None
    folder: Path | None = None
    semicolons: str | None = None
    refresh: bool = False
    allow_probe: bool = False
    verify: bool = False

    @property
    def export(self) -> Format | None:
        """Return the format of files; `None` for what is read by people, and for JSON."""
        if self.form == OCTODNS and self.semicolons == _PLAIN:
            return PLAIN_OCTODNS
        return FORMATS.get(self.form or _TABLE)

    def check(self, settings: Settings) -> None:
        """Refuse what makes no sense together, before anything is read; raises `UsageError`."""
        if self.form not in {None, _JSON} and settings.json:
            raise UsageError(
                f"--output json is --format json, not {self.form}", hint="Leave one of them out."
            )
        if self.semicolons and self.form != OCTODNS:
            raise UsageError("--octodns-semicolons goes with --format octodns")
        if self.folder is not None:
            if self.export is None:
                raise UsageError(
                    "--out takes files of other tools",
                    hint=f"Add --format {', '.join(FORMATS)}; JSON and the table go to stdout.",
                )
            check_folder(self.folder)
        if self.allow_probe and not self.refresh:
            raise UsageError("--allow-probe goes with --refresh")


_OPTIONS = as_one(
    "wish",
    Wish,
    (
        click.option(
            "--format",
            "form",
            type=click.Choice([_TABLE, _JSON, *FORMATS]),
            help="What is written: a table, a JSON document, or files for another tool.  "
            "[default: table]",
        ),
        click.option(
            "--out",
            "folder",
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="Write files into this folder, in place of stdout; only files of this command "
            "are replaced.",
        ),
        click.option(
            "--octodns-semicolons",
            "semicolons",
            type=click.Choice(["escaped", _PLAIN]),
            help="How octoDNS reads `;` in texts: `plain` with escaped_semicolons: false.",
        ),
        click.option(
            "--refresh", is_flag=True, help="First have providers look, and tell records anew."
        ),
        click.option(
            "--allow-probe",
            is_flag=True,
            help="Do not ask before a --refresh by requests that may change something.",
        ),
        click.option(
            "--verify",
            is_flag=True,
            help="At the end have providers verify the domains, and remember what they say.",
        ),
    ),
)


@declare(
    "dns",
    examples=(
        ("reconciler dns", "Which records do our sender domains need?"),
        ("reconciler dns --format octodns --out dns/", "As files, for octoDNS."),
        ("reconciler dns --verify", "They are published: have the providers look."),
    ),
)
@paths_argument
@_OPTIONS
@emulate_option
def command(settings: Settings, paths: tuple[str, ...], wish: Wish, emulate: bool) -> int:
    """Show the DNS records that sender domains need.

    Providers tell them when a domain is made or verified, and state remembers them: nothing is
    asked for without --refresh or --verify. Zones are those of spec.dns.zones in
    reconciler.yaml, else registered domains. What cannot be a record, and what cannot stand
    together, is left out and told.

    Exit codes: 0 done, 1 error or something is left out, 2 a domain is not verified.
    """
    wish.check(settings)
    if wish.form == _JSON:
        settings.output, settings.out.json = _JSON, True
    domains = Domains(
        settings=settings,
        configuration=configuration_of(settings, paths, emulate=emulate),
        emulate=emulate,
    )

    async def work(_stop: asyncio.Event) -> DnsView:
        return await _looked(domains, wish)

    view = settings.interrupts.run(work)
    _show(settings, view, wish)
    return _exit_code(view)


async def _looked(domains: Domains, wish: Wish) -> DnsView:
    wanted = domains.wanted()
    if wish.refresh:
        known = [*wanted.records, *wanted.unknown]
        domains.agree(known, agreed=wish.allow_probe)
        await domains.asked(known)
        wanted = domains.wanted()
    domains.require_some(wanted)
    settings = domains.configuration.project.dns
    zones = zones_of(wanted.records, settings)
    if wish.folder is not None and wish.export is not None:
        check_files(wish.folder, list(files_of(zones.zones, wish.export)))
    verified: list[Verified] = []
    if wish.verify:
        verified = await domains.asked(list(wanted.records))
        zones = zones_of(domains.wanted().records, settings)
    findings = [*wanted.findings(), *zones.findings]
    return DnsView(
        zones=zones.zones,
        findings=settled(findings, domains.configuration, today=clock.now().date(), whole=False),
        verified=verified,
    )


def _show(settings: Settings, view: DnsView, wish: Wish) -> None:
    out = settings.out
    export = wish.export
    if export is None:
        settings.tell(lambda: dns_document(view), lambda: out.result(dns_text(view, out.style)))
        return
    files = files_of(view.zones, export)
    if wish.folder is None:
        show(files, out)
        out.note(dns_remarks(view, out.note_style).rstrip("\n"))
        return
    write(wish.folder, files, out)
    settings.tell(lambda: dns_document(view), lambda: out.result(dns_text(view, out.style)))


def _exit_code(view: DnsView) -> ExitCode:
    if any(each.severity is Severity.ERROR and not each.ignored for each in view.findings):
        return ExitCode.ERROR
    if any(each.verified is None for each in view.verified):
        return ExitCode.ERROR
    open_ones = not all(each.verified for each in view.verified)
    unknown = bool(view.verified) and any(each.rule == MISSING for each in view.findings)
    return ExitCode.CHANGES if open_ones or unknown else ExitCode.DONE
