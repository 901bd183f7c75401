"""`reconciler destroy`."""

from __future__ import annotations

import click

from reconciler.cli.app import declare
from reconciler.cli.completing import complete_owned
from reconciler.cli.options import (
    allow_empty_option,
    approval_options,
    emulate_option,
    paths_argument,
)
from reconciler.cli.settings import Settings


@declare(
    "destroy",
    examples=(
        ("reconciler destroy", "Show what would be deleted, and ask."),
        ("reconciler destroy --auto-approve --allow-deletes 9", "At the end of a rehearsal in CI."),
    ),
)
@paths_argument
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="ADDR",
    shell_complete=complete_owned,
    help="Only this resource; may be repeated.",
)
@allow_empty_option
@approval_options
@emulate_option
def command(
    settings: Settings,
    paths: tuple[str, ...],
    targets: tuple[str, ...],
    allow_empty_remote: bool,
    auto_approve: bool,
    allow_deletes: int | None,
    emulate: bool,
) -> int:
    """Delete everything that state owns.

    Manifests are needed for the accounts alone. Objects that state does not own are left alone;
    protected ones (lifecycle.protect) are refused.

    Exit codes: as `reconciler apply`.
    """
    from reconciler.cli.applying import Order, carry_out
    from reconciler.cli.confirm import require_a_way_to_ask
    from reconciler.cli.planning import Choice
    from reconciler.cli.session import configuration_of

    require_a_way_to_ask(settings, auto_approve=auto_approve)
    configuration = configuration_of(paths, emulate=emulate)
    order = Order(
        command="destroy",
        choice=Choice(targets=targets, allow_empty_remote=allow_empty_remote, destroy=True),
        question="Delete all of this?",
        auto_approve=auto_approve,
        allow_deletes=allow_deletes,
        emulate=emulate,
    )
    return carry_out(settings, configuration, order)
