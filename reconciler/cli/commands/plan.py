"""`reconciler plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.app import declare
from reconciler.cli.options import compact_option, emulate_option, paths_argument, selection_options
from reconciler.cli.planning import Choice, show_plan, with_lint
from reconciler.cli.settings import Settings

if TYPE_CHECKING:
    import asyncio

    from reconciler.model.plan import Plan
    from reconciler.model.resource import Configuration


@declare(
    "plan",
    examples=(
        ("reconciler plan --emulate", "Rehearse without an account."),
        ("reconciler plan --detailed-exitcode", "Exit code 2 when there is something to do."),
        ("reconciler plan --target nhn/Template/welcome", "One resource and what it refers to."),
        ("reconciler plan --destroy", "What `reconciler destroy` would delete."),
        ("reconciler plan --output json | jq .summary", "For a pull request's comment."),
    ),
)
@paths_argument
@compact_option
@click.option("--detailed-exitcode", is_flag=True, help="Exit code 2 when there are changes.")
@click.option("--destroy", is_flag=True, help="Show what `reconciler destroy` would delete.")
@selection_options
@emulate_option
def command(
    settings: Settings,
    paths: tuple[str, ...],
    detailed_exitcode: bool,
    destroy: bool,
    targets: tuple[str, ...],
    selectors: tuple[str, ...],
    no_prune: bool,
    adopt: bool,
    allow_empty_remote: bool,
    ignored: tuple[str, ...],
    emulate: bool,
) -> int:
    """Show what would be done.

    Reads live state of every account and compares it with the manifests and with what was last
    applied. Writes nothing, neither to a provider nor to state.

    With PATHs, only their manifests and what came from them is looked at; with --target or
    --selector, only those resources and what they refer to. What a deletion or a replacement takes
    with it joins the plan.

    Exit codes: 0 planned, 1 error, something is blocked or a finding has severity error, 2 changes,
    a possible duplicate or a secret that is lost (--detailed-exitcode), 4 an earlier unknown
    outcome needs a decision.
    """
    from reconciler.cli.session import configuration_of

    choice = Choice(
        targets=targets,
        selectors=selectors,
        no_prune=no_prune,
        adopt=adopt,
        allow_empty_remote=allow_empty_remote,
        ignored=ignored,
        destroy=destroy,
    )
    configuration = configuration_of(paths, emulate=emulate)

    async def work(_stop: asyncio.Event) -> Plan:
        return await _plan(settings, configuration, choice, emulate=emulate)

    plan = settings.interrupts.run(work)
    return exit_code(plan, detailed=detailed_exitcode)


def exit_code(plan: Plan, *, detailed: bool) -> int:
    """Return what a plan's exit code is: decisions first, then what is blocked, then changes."""
    if plan.undecided:
        return 4
    if plan.blocked or plan.errors:
        return 1
    told = plan.has_changes or plan.has_twins or plan.has_lost_secrets
    return 2 if detailed and told else 0


async def _plan(
    settings: Settings, configuration: Configuration, choice: Choice, *, emulate: bool
) -> Plan:
    from reconciler.cli.session import opened_workspace
    from reconciler.cli.watching import watching
    from reconciler.engine.planning.planner import make_plan

    async with opened_workspace(
        settings, configuration, emulate=emulate, writes=False
    ) as workspace:
        options = choice.options(workspace)
        with watching(settings.out) as progress:
            making = make_plan(workspace, options, progress=progress.reading)
            plan = await settings.interrupts.unless_stopped(making)
        plan = with_lint(plan, configuration, choice)
        if settings.json:
            from reconciler.render.json import plan_document

            settings.out.document(plan_document(plan))
        else:
            show_plan(settings, plan, workspace, emulate=emulate)
        return plan
