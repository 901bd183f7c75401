"""`reconciler dns`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
from msgspec import Struct

from reconciler.cli.app import declare
from reconciler.cli.dns.domains import Domains
from reconciler.cli.dns.steps import DnsRequest, dns_view
from reconciler.cli.dns.zone_files import check_folder, files_of, show, write
from reconciler.cli.opening.reading import configuration_of
from reconciler.cli.parameters.durations import Duration
from reconciler.cli.parameters.options import (
    as_one,
    emulate_option,
    lock_timeout_option,
    paths_argument,
)
from reconciler.cli.parameters.reports import report_options
from reconciler.cli.settings import Settings
from reconciler.dns import waiting
from reconciler.dns.formats.export import FORMATS, OCTODNS, PLAIN_OCTODNS, Format
from reconciler.dns.spf_mending import without_existing
from reconciler.errors import UsageError
from reconciler.exit_codes import ExitCode
from reconciler.model.finding import Severity
from reconciler.model.zones import CONFLICT, INVALID, MISSING, RecordStatus, Server
from reconciler.render.commands.dns import DnsView, dns_document, dns_remarks, dns_text

_TABLE, _JSON = "table", "json"
_PLAIN = "plain"
_LEFT_OUT = frozenset({CONFLICT, INVALID})
"""The rules whose findings are about records that are left out of all zones."""
_UNANSWERED = frozenset({RecordStatus.CONFLICT, RecordStatus.UNREACHABLE})


class DnsOptions(Struct, frozen=True, kw_only=True):
    """The options as they were typed."""

    form: str | None = None
    folder: Path | None = None
    semicolons: str | None = None
    check: bool = False
    resolvers: tuple[str, ...] = ()
    wait: float | None = None
    refresh: bool = False
    allow_probe: bool = False
    verify: bool = False

    @property
    def export(self) -> Format | None:
        """Return the format of files; `None` for the table and for JSON."""
        if self.form == OCTODNS and self.semicolons == _PLAIN:
            return PLAIN_OCTODNS
        return FORMATS.get(self.form or _TABLE)

    def request(self, settings: Settings) -> DnsRequest:
        """Return the options, read and checked; raises `UsageError` for contradictory ones."""
        self._check_formats(settings)
        self._check_companions(settings)
        return DnsRequest(
            refresh=self.refresh,
            allow_probe=self.allow_probe,
            check=self.check,
            verify=self.verify,
            resolvers=tuple(map(_server, self.resolvers)),
            until=waiting.SYSTEM.now() + (self.wait or 0.0),
            folder=self.folder,
            export=self.export,
        )

    def _check_formats(self, settings: Settings) -> None:
        if self.form not in {None, _JSON} and settings.json:
            raise UsageError(
                f"--output json is --format json, not {self.form}", hint="Leave one of them out."
            )
        if self.semicolons and self.form != OCTODNS:
            raise UsageError("--octodns-semicolons goes with --format octodns")
        if self.folder is None:
            return
        if self.export is None:
            raise UsageError(
                "--out takes files of other tools",
                hint=f"Add --format {', '.join(FORMATS)}; JSON and the table go to stdout.",
            )
        check_folder(self.folder)

    def _check_companions(self, settings: Settings) -> None:
        """Refuse an option without the one that it belongs to."""
        alone = (
            ("--resolver", bool(self.resolvers), "--check", self.check),
            ("--wait", self.wait is not None, "--check", self.check),
            ("--report", bool(settings.report), "--check", self.check),
            ("--output markdown", settings.markdown, "--check", self.check),
            ("--allow-probe", self.allow_probe, "--refresh", self.refresh),
        )
        for option, given, other, there in alone:
            if given and not there:
                raise UsageError(f"{option} goes with {other}")


def _server(text: str) -> Server:
    try:
        return Server.parse(text)
    except ValueError:
        raise UsageError(
            f"--resolver {text!r} is no IP address with a port",
            hint="Such as 1.1.1.1, 127.0.0.1:5353 or [2001:db8::1]:5353.",
        ) from None


_OPTIONS = as_one(
    "options",
    DnsOptions,
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
            "--check", is_flag=True, help="Ask the servers of the zones, then each resolver."
        ),
        click.option(
            "--resolver",
            "resolvers",
            multiple=True,
            metavar="IP[:PORT]",
            help="Ask this resolver; may be repeated.  [default: spec.dns.resolvers, else the "
            "system's]",
        ),
        click.option(
            "--wait",
            type=Duration(most="7d"),
            metavar="DURATION",
            help="Ask again until all is there, so long: 90s, 30m, 24h.",
        ),
        click.option(
            "--verify",
            is_flag=True,
            help="At the end have providers verify the domains, and remember what they say; with "
            "--check those whose records are there.",
        ),
        click.option(
            "--refresh", is_flag=True, help="First have providers look, and tell records anew."
        ),
        click.option(
            "--allow-probe",
            is_flag=True,
            help="Do not ask before a --refresh by requests that may change something.",
        ),
    ),
)


@declare(
    "dns",
    examples=(
        ("reconciler dns", "Which records do our sender domains need?"),
        ("reconciler dns --format octodns --out dns/", "As files, for octoDNS."),
        ("reconciler dns --check --resolver 1.1.1.1", "Are they there?"),
        (
            "reconciler dns --check --wait 30m --verify",
            "They are published: wait until they are there, then have the providers verify.",
        ),
    ),
)
@paths_argument
@_OPTIONS
@report_options("dns")
@lock_timeout_option
@emulate_option
def command(settings: Settings, paths: tuple[str, ...], options: DnsOptions, emulate: bool) -> int:
    """Show the DNS records that sender domains need, and whether they are there.

    Providers tell them when a domain is made or verified, and state remembers them: nobody is
    asked without --check, --verify or --refresh. Zones are those of spec.dns.zones in
    reconciler.yaml, else registered domains. What can be no record, and what cannot stand
    together, is left out and told.

    Exit codes: 0 done, and all is there; 1 error, a conflict, or nobody answered; 2 something is
    missing or different, or a domain is not verified.
    """
    request = options.request(settings)
    if options.form == _JSON:
        settings.output, settings.out.json = _JSON, True
    domains = Domains(
        settings=settings,
        configuration=configuration_of(settings, paths, emulate=emulate),
        emulate=emulate,
    )

    async def work(_stop: asyncio.Event) -> DnsView:
        return await dns_view(domains, request)

    view = settings.interrupts.run(work)
    _show(settings, view, request)
    return _exit_code(view)


def _show(settings: Settings, view: DnsView, request: DnsRequest) -> None:
    out = settings.out

    def text() -> None:
        out.result(dns_text(view, out.style))

    if request.export is not None:
        files = files_of(without_existing(view.zones), request.export)
        if request.folder is not None:
            write(request.folder, files, out)
        else:
            show(files, out)

            def text() -> None:
                out.note(dns_remarks(view, out.note_style).rstrip("\n"))

    settings.tell(lambda: dns_document(view), text)


def _exit_code(view: DnsView) -> ExitCode:
    """Return 1 for conflicts and missing answers, else 2 for missing or different records."""
    errors = {
        each.rule for each in view.findings if each.severity is Severity.ERROR and not each.ignored
    }
    statuses = {each.status for each in view.looked.values()}
    verified = {each.verified for each in view.verified}
    looked_for = view.checked is not None or bool(view.verified)
    unknown = looked_for and any(each.rule == MISSING for each in view.findings)
    if statuses & _UNANSWERED or None in verified or errors & _LEFT_OUT:
        return ExitCode.ERROR
    if statuses - {RecordStatus.OK} or False in verified or errors or unknown:
        return ExitCode.CHANGES
    return ExitCode.DONE
