"""`reconciler plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.app import declare
from reconciler.cli.opening.reading import configuration_of
from reconciler.cli.opening.session import opened_workspace
from reconciler.cli.parameters.choice import Choice, SaveOptions
from reconciler.cli.parameters.options import (
    compact_option,
    emulate_option,
    paths_argument,
    policy_option,
    saving_options,
    selection_options,
)
from reconciler.cli.parameters.reports import report_options
from reconciler.cli.runs.choosing import options_of
from reconciler.cli.runs.planning import show_plan, with_lint
from reconciler.cli.runs.policing import Policing, policing_of
from reconciler.cli.runs.watching import watching
from reconciler.cli.saved_plans.placing import place_for
from reconciler.cli.settings import Settings
from reconciler.engine.planning.planner import make_plan
from reconciler.errors import UsageError
from reconciler.exit_codes import ExitCode
from reconciler.model.plan import Plan
from reconciler.model.resource import Configuration
from reconciler.render.json import plan_document

if TYPE_CHECKING:
    import asyncio

    from reconciler.cli.saved_plans.saving import Saving


@declare(
    "plan",
    examples=(
        ("reconciler plan --emulate", "Rehearse without an account."),
        ("reconciler plan --detailed-exitcode", "Exit code 2 when there is something to do."),
        ("reconciler plan --target nhn/Template/welcome", "One resource and what it refers to."),
        ("reconciler plan --destroy", "What `reconciler destroy` would delete."),
        ("reconciler plan --output json | jq .summary", "For a pull request's comment."),
        ("reconciler plan --out /tmp/plan", "For `apply --plan`, which does that or nothing."),
    ),
)
@paths_argument
@compact_option
@report_options("plan")
@policy_option
@click.option("--detailed-exitcode", is_flag=True, help="Exit code 2 when there are changes.")
@selection_options(
    click.option("--destroy", is_flag=True, help="Show what `reconciler destroy` would delete.")
)
@saving_options
@emulate_option
def command(
    settings: Settings,
    paths: tuple[str, ...],
    policies: tuple[str, ...],
    detailed_exitcode: bool,
    choice: Choice,
    save: SaveOptions,
    emulate: bool,
) -> int:
    """Show what would be done.

    Reads live state of every account and compares it with the manifests and with what was last
    applied. Writes nothing, neither to a provider nor to state.

    With PATHs, only their manifests and what came from them is looked at; with --target or
    --selector, only those resources and what they refer to. What a deletion or a replacement takes
    with it joins the plan.

    Policies, those of the project and of --policy, judge the manifests before anything is read, and
    then the plan.

    With --out the plan is saved, also where there is nothing to do, for `show` and `apply --plan`.
    None is saved, and an older one removed, where this command ends with 1 or 4.

    Exit codes: 0 planned, 1 error, something is blocked or a finding (a policy's, too) has severity
    error, 2 changes, a possible duplicate or a secret that is lost (--detailed-exitcode), 4 an
    earlier unknown outcome needs a decision.
    """
    _check_destruction(choice)
    with place_for(settings, save, paths) as place:
        configuration = configuration_of(settings, paths, emulate=emulate, policies=policies)
        policing = policing_of(configuration, resources=not choice.destroy)
        policing.require(settings)
        saved_as = None
        if place is not None:
            from reconciler.cli.saved_plans import saving

            options = saving.options_of(choice, paths, emulate=emulate)
            saved_as = saving.saving_of(save, place, configuration.project, options)

        async def work(_stop: asyncio.Event) -> Plan:
            return await _plan(settings, configuration, choice, policing, saved_as, emulate=emulate)

        plan = settings.interrupts.run(work)
    return exit_code(plan, detailed=detailed_exitcode)


def _check_destruction(choice: Choice) -> None:
    """Refuse options beside --destroy that `reconciler destroy` does not have."""
    given = {
        "--no-prune": choice.no_prune,
        "--adopt": choice.adopt,
        "--ignore-finding": choice.ignored,
    }
    if choice.destroy and any(given.values()):
        named = " and ".join(option for option, value in given.items() if value)
        raise UsageError(
            f"{named} cannot stand beside --destroy, which deletes what state owns",
            hint="`reconciler destroy` takes no such option either: leave it out.",
        )


def exit_code(plan: Plan, *, detailed: bool) -> ExitCode:
    """Return the exit code of a plan: for pending decisions, else errors, else changes."""
    if plan.undecided:
        return ExitCode.UNDECIDED
    if plan.blocked or plan.errors:
        return ExitCode.ERROR
    changes = plan.has_changes or plan.has_twins or plan.has_lost_secrets
    return ExitCode.CHANGES if detailed and changes else ExitCode.DONE


async def _plan(
    settings: Settings,
    configuration: Configuration,
    choice: Choice,
    policing: Policing,
    saved_as: Saving | None,
    *,
    emulate: bool,
) -> Plan:
    async with opened_workspace(
        settings, configuration, emulate=emulate, writes=False, previews=True
    ) as workspace:
        options = options_of(choice, workspace)
        with watching(settings.out) as progress:
            making = make_plan(workspace, options, progress=progress.reading)
            plan = await settings.interrupts.unless_stopped(making)
        plan = policing.with_plan(with_lint(plan, configuration, choice))
        settings.tell(
            lambda: plan_document(plan),
            lambda: show_plan(settings, plan, workspace, emulate=emulate),
        )
        if saved_as is not None:
            saved_as.save_if_good(
                settings, workspace, plan, good=exit_code(plan, detailed=False) == 0
            )
        return plan
