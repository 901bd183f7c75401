"""`reconciler apply`."""

from __future__ import annotations

import click

from reconciler.cli.app import declare
from reconciler.cli.parameters.choice import Approval, Choice, Overrides
from reconciler.cli.parameters.options import (
    approval_options,
    compact_option,
    emulate_option,
    expect_option,
    lock_timeout_option,
    one_key_option,
    override_options,
    paths_argument,
    plan_option,
    policy_option,
    selection_options,
    wait_approval_option,
)
from reconciler.cli.parameters.order import Order
from reconciler.cli.parameters.reports import report_options
from reconciler.cli.runs.applying import carry_out
from reconciler.cli.saved_plans.ordering import ordered_by
from reconciler.cli.settings import Settings
from reconciler.model.changes_digest import read_digest


@declare(
    "apply",
    examples=(
        ("reconciler apply", "Plan, ask, and do it."),
        ("reconciler apply --auto-approve", "In CI, after the plan was reviewed."),
        ("reconciler apply --selector team=growth", "Only resources with this label."),
        ("reconciler apply --plan /tmp/plan", "Only what `plan --out /tmp/plan` saved."),
        ("reconciler apply --expect 3f9c2a81d0be", "Only the plan that was approved."),
        ("reconciler apply --allow-deletes 12", "Agree to a plan that deletes twelve objects."),
    ),
)
@paths_argument
@compact_option
@report_options("apply")
@selection_options()
@approval_options
@policy_option
@override_options
@lock_timeout_option
@one_key_option
@wait_approval_option
@expect_option
@plan_option
@click.option("--verify", is_flag=True, help="Verify what was changed, and send its canaries.")
@emulate_option
def command(
    settings: Settings,
    paths: tuple[str, ...],
    choice: Choice,
    approval: Approval,
    policies: tuple[str, ...],
    overrides: Overrides,
    wait_approval: float,
    expect: str | None,
    plan_file: str | None,
    verify: bool,
    emulate: bool,
) -> int:
    """Plan, ask, and do it.

    Settles first what an earlier run left unknown. Changes are made in the order of their
    references, in parallel where they are independent; a failure stops only what depends on it.
    Killing the process loses nothing: run it again. What waits for a provider's review is no
    failure: the next run takes it up.

    With PATHs, only their manifests and what came from them is looked at. Manifests from stdin need
    --auto-approve.

    With --plan a plan is made again as the saved one was, and carried out only if it says the same:
    manifests, state, accounts and what would change must be as they were. It is applied once.

    Exit codes: 0 done, 1 error, 3 some changes failed, 4 an unknown outcome needs a decision or
    another run, 130/143 stopped by a signal; with --verify also 5 what was changed does not work, 6
    that is undecided.
    """
    order = Order(
        command="apply",
        preview="plan",
        question="Make these changes?",
        choice=choice,
        approval=approval,
        policies=policies,
        overrides=overrides,
        emulate=emulate,
        wait_approval=wait_approval,
        verify=verify,
        expect="" if expect is None else read_digest(expect),
    )
    if plan_file is not None:
        paths, order = ordered_by(settings, plan_file, paths, order)
    return carry_out(settings, paths, order)
