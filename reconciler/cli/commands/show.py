"""`reconciler show`."""

from __future__ import annotations

from functools import cache

import click

from reconciler.cli.app import declare
from reconciler.cli.opening.reading import configuration_of
from reconciler.cli.parameters.options import compact_option
from reconciler.cli.parameters.reports import report_options
from reconciler.cli.saved_plans import files
from reconciler.cli.saved_plans.checking import refusals
from reconciler.cli.saved_plans.ordering import refuse_other_environment
from reconciler.cli.settings import Settings
from reconciler.errors import PlanDamaged, PlanRefused
from reconciler.exit_codes import ExitCode
from reconciler.model.changes_digest import short
from reconciler.model.plan import Plan
from reconciler.model.resource import Configuration
from reconciler.model.saved_plan import SavedPlan
from reconciler.render.envelope import Document, error_entry
from reconciler.render.errors import error_text
from reconciler.render.plans.replay import plan_of
from reconciler.render.plans.text import plan_text


@declare(
    "show",
    examples=(
        ("reconciler show /tmp/plan", "What a saved plan would do."),
        ("reconciler show /tmp/plan --check", "And whether it can still be applied."),
        ("reconciler show /tmp/plan --output markdown", "As a comment on a pull request."),
    ),
)
@click.argument("file", metavar="FILE")
@compact_option
@report_options("show")
@click.option("--check", is_flag=True, help="Tell what of it does not hold any more.")
def command(settings: Settings, file: str, check: bool) -> int:
    """Show a saved plan.

    Needs neither state nor an account, and so says nothing of its signature. With --check, state
    and manifests are read: whether it is as it was saved, in time and not applied yet, and whether
    they are as they were. Accounts are not asked.

    Exit codes: 0 shown, 1 error, or with --check something does not hold any more.
    """
    saved = files.read(file)
    refuse_other_environment(settings, saved.binding)
    plan = _replayed(saved)
    settings.env = saved.binding.environment or ""
    broken = _broken(settings, saved) if check else []
    state = "not checked" if not check else "holds" if not broken else "does not hold"
    settings.tell(
        lambda: _document(saved, broken, state),
        lambda: _show(settings, saved, plan, broken, state),
    )
    return ExitCode.ERROR if broken else ExitCode.DONE


def _replayed(saved: SavedPlan) -> Plan:
    """Return the plan to show; raises `PlanDamaged` where the file's document is no plan."""
    try:
        return plan_of(saved.plan)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PlanDamaged(
            "this plan is damaged: it does not say what would change",
            hint="Make a new plan: `reconciler plan --out FILE`.",
        ) from error


def _broken(settings: Settings, saved: SavedPlan) -> list[PlanRefused]:
    options = saved.binding.options

    @cache
    def read() -> Configuration:
        return configuration_of(settings, options.paths, emulate=options.emulated)

    return list(refusals(settings, saved, read))


def _document(saved: SavedPlan, broken: list[PlanRefused], state: str) -> Document:
    binding = saved.binding
    document: Document = dict(saved.plan)
    document["saved"] = {"expiresAt": binding.expires_at, "binding": state}
    if broken:
        document["error"] = error_entry(broken[0])
        document["saved"]["broken"] = [error_entry(each) for each in broken]
    return document


def _show(
    settings: Settings, saved: SavedPlan, plan: Plan, broken: list[PlanRefused], state: str
) -> None:
    out = settings.out
    binding = saved.binding
    name = f" for {binding.environment}" if binding.environment else ""
    emulated = " (emulated)" if binding.options.emulated else ""
    heading = f"Saved plan {short(binding.changes_digest)}{name}{emulated}"
    out.result(plan_text(plan, out.style, heading=heading, compact=settings.compact))
    until = f"Made {binding.created_at} by version {binding.tool}, until {binding.expires_at}."
    signature = f"signature: {state}" if state == "not checked" else f"binding: {state}"
    for line in ("", until, signature):
        out.result(out.style.dim(out.style.clean(line)) + "\n")
    for each in broken:
        out.note(error_text(each, out.note_style).rstrip("\n"))
