"""`reconciler drift`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from reconciler import clock
from reconciler.cli.app import declare
from reconciler.cli.opening.reading import configuration_of
from reconciler.cli.opening.session import opened_workspace
from reconciler.cli.parameters.choice import Acceptance, Choice
from reconciler.cli.parameters.options import (
    acceptance_options,
    choice_options,
    compact_option,
    emulate_option,
    lock_timeout_option,
    paths_argument,
    policy_option,
    selector_option,
    target_option,
)
from reconciler.cli.parameters.reports import report_options
from reconciler.cli.runs.accepting import accept, check
from reconciler.cli.runs.choosing import options_of
from reconciler.cli.runs.planning import heading
from reconciler.cli.runs.policing import policing_of
from reconciler.cli.runs.watching import watching
from reconciler.cli.settings import Settings
from reconciler.engine.drift import DriftReport, find_drift
from reconciler.engine.drift.first_seen import with_first_seen
from reconciler.errors import UsageError
from reconciler.exit_codes import ExitCode
from reconciler.lint import rate
from reconciler.model.policy import Policies
from reconciler.model.refusal import stopped_by
from reconciler.model.resource import Configuration
from reconciler.model.result import Drift
from reconciler.render.commands.accepting import accepted_text
from reconciler.render.commands.drift import drift_text
from reconciler.render.envelope import Document, error_entry
from reconciler.render.json import drift_document

if TYPE_CHECKING:
    import asyncio


@declare(
    "drift",
    examples=(
        ("reconciler drift", "What did somebody change by hand?"),
        ("reconciler drift --unmanaged", "And what exists that no manifest manages?"),
        ("reconciler drift --output json", "For a nightly job."),
        ("reconciler drift --accept nhn/Template/welcome", "Keep it as it is now."),
    ),
)
@paths_argument
@compact_option
@report_options("drift")
@policy_option
@click.option("--unmanaged", is_flag=True, help="Also list live objects that state does not own.")
@choice_options(
    target_option("Only this owned object; may be repeated.", owned=True),
    selector_option("Only owned objects with this label; repeated: with all of them."),
)
@acceptance_options
@lock_timeout_option
@emulate_option
def command(
    settings: Settings,
    paths: tuple[str, ...],
    policies: tuple[str, ...],
    unmanaged: bool,
    choice: Choice,
    acceptance: Acceptance,
    emulate: bool,
) -> int:
    """Compare live state with what was last applied.

    Manifests are needed for the accounts alone: what they want does not matter here. With PATHs,
    only what came from manifests there is compared. Fields that no API gives back are shown as such
    and are not drift. Nothing is ever written to a provider.

    With --accept, what is live is written into manifests in place, once you agree; comments and all
    else in the files stay. It counts as applied from then on.

    Exit codes: 0 no drift (or none but what was accepted), 1 error, something could not be compared
    or a policy of severity error is violated, 2 drift or a possible duplicate.
    """
    if unmanaged and (choice.targets or choice.selectors):
        raise UsageError(
            "--unmanaged is about whole accounts",
            hint="Leave out --target and --selector, or --unmanaged.",
        )
    if acceptance.accept and (unmanaged or choice.targets or choice.selectors):
        raise UsageError(
            "--accept names what it is about, and looks at everything else as well",
            hint="Leave out --target, --selector and --unmanaged.",
        )
    check(settings, paths, acceptance, emulate=emulate)
    read = partial(configuration_of, settings, paths, emulate=emulate, policies=policies)
    configuration = read()
    look = _Look(
        read=read,
        choice=replace(choice, destroy=True),
        acceptance=acceptance,
        unmanaged=unmanaged,
        emulate=emulate,
    )

    async def work(_stop: asyncio.Event) -> DriftReport:
        return await _drift(settings, configuration, look)

    report = settings.interrupts.run(work)
    if report.violations:
        raise stopped_by(report.violations)
    if report.blocked:
        return ExitCode.ERROR
    return ExitCode.CHANGES if report.drifted else ExitCode.DONE


class _Look(Struct, frozen=True, kw_only=True):
    """What is looked for, and what is accepted."""

    read: Callable[[], Configuration]
    """Reads the manifests; called again after they were rewritten."""
    choice: Choice
    acceptance: Acceptance
    unmanaged: bool
    emulate: bool


async def _drift(settings: Settings, configuration: Configuration, look: _Look) -> DriftReport:
    """Find drift, accept what `--accept` names, then show and return the rest."""
    accepts = bool(look.acceptance.accept)
    policing = policing_of(configuration, resources=False)
    async with opened_workspace(
        settings, configuration, emulate=look.emulate, writes=accepts
    ) as workspace:
        options = options_of(look.choice, workspace)
        with watching(settings.out) as progress:
            finding = find_drift(
                workspace, options, unmanaged=look.unmanaged, progress=progress.reading
            )
            found = await settings.interrupts.unless_stopped(finding)
        today = clock.now().date()
        findings = rate(found.findings, configuration, today=today, whole=False)
        report = replace(found, findings=findings)
        accepted: tuple[Drift, ...] | None = None
        if accepts:
            accepted = await accept(settings, workspace, report, look.acceptance, look.read)
            report = report.without(accepted)
        now = clock.now().timestamp()
        report = with_first_seen(workspace, report, now=now)
        report, verdict = policing.with_drift(report, workspace)
        extent = report.extent
        title = heading("Drift", workspace, emulate=look.emulate, owned=True, extent=extent)
        _show(settings, report, title, policies=verdict, accepted=accepted, now=now)
        return report


def _show(
    settings: Settings,
    report: DriftReport,
    title: str,
    *,
    policies: Policies,
    accepted: tuple[Drift, ...] | None,
    now: float,
) -> None:
    out = settings.out

    def document() -> Document:
        made = drift_document(
            report.drift,
            findings=report.findings,
            blocked=report.blocked,
            unread=report.unread,
            extent=report.extent,
            policies=policies,
            accepted=accepted,
        )
        if report.violations and not report.blocked:
            made["error"] = error_entry(stopped_by(report.violations))
        return made

    def text() -> None:
        if accepted is not None:
            out.result(accepted_text(accepted, out.style))
        shown = drift_text(
            report.drift,
            out.style,
            heading=title,
            findings=report.findings,
            blocked=report.blocked,
            extent=report.extent,
            unread=report.unread,
            compact=settings.compact,
            now=now,
        )
        out.result(shown)

    settings.tell(document, text)
