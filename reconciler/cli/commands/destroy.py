"""`reconciler destroy`."""

from __future__ import annotations

from msgspec.structs import replace

from reconciler.cli.app import declare
from reconciler.cli.parameters.choice import Approval, Choice, Overrides
from reconciler.cli.parameters.options import (
    allow_empty_option,
    approval_options,
    choice_options,
    compact_option,
    emulate_option,
    lock_timeout_option,
    override_options,
    paths_argument,
    policy_option,
    selector_option,
    target_option,
)
from reconciler.cli.parameters.order import Order
from reconciler.cli.parameters.reports import report_options
from reconciler.cli.runs.applying import carry_out
from reconciler.cli.settings import Settings


@declare(
    "destroy",
    examples=(
        ("reconciler destroy", "Show what would be deleted, and ask."),
        ("reconciler destroy --target nhn/Category/old", "It, and the templates in it."),
        ("reconciler destroy --auto-approve --allow-deletes 9", "At the end of a rehearsal in CI."),
    ),
)
@paths_argument
@compact_option
@report_options("destroy")
@choice_options(
    target_option("Only this resource and what depends on it; may be repeated.", owned=True),
    selector_option("Only what has this label, and what depends on it; repeated: all labels."),
    allow_empty_option,
)
@approval_options
@policy_option
@override_options
@lock_timeout_option
@emulate_option
def command(
    settings: Settings,
    paths: tuple[str, ...],
    choice: Choice,
    approval: Approval,
    policies: tuple[str, ...],
    overrides: Overrides,
    emulate: bool,
) -> int:
    """Delete everything that state owns.

    Manifests are needed for the accounts alone. Objects that state does not own are left alone;
    protected ones (lifecycle.protect) are refused. With PATHs, only what came from manifests there
    goes; with --target or --selector, only those objects and what depends on them.
    `reconciler plan --destroy` shows it beforehand.

    Exit codes: as `reconciler apply`.
    """
    order = Order(
        command="destroy",
        preview="plan --destroy",
        question="Delete all of this?",
        choice=replace(choice, destroy=True),
        approval=approval,
        policies=policies,
        overrides=overrides,
        emulate=emulate,
    )
    return carry_out(settings, paths, order)
