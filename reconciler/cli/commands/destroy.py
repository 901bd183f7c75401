"""`reconciler destroy`."""

from __future__ import annotations

from reconciler.cli.app import declare
from reconciler.cli.options import (
    allow_empty_option,
    approval_options,
    compact_option,
    emulate_option,
    paths_argument,
    selector_option,
    target_option,
)
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
@target_option("Only this resource and what depends on it; may be repeated.", owned=True)
@selector_option("Only what has this label, and what depends on it; repeated: all labels.")
@allow_empty_option
@approval_options
@emulate_option
def command(
    settings: Settings,
    paths: tuple[str, ...],
    targets: tuple[str, ...],
    selectors: tuple[str, ...],
    allow_empty_remote: bool,
    auto_approve: bool,
    allow_deletes: int | None,
    emulate: bool,
) -> int:
    """Delete everything that state owns.

    Manifests are needed for the accounts alone. Objects that state does not own are left alone;
    protected ones (lifecycle.protect) are refused. With PATHs, only what came from manifests there
    goes; with --target or --selector, only those objects and what depends on them.
    `reconciler plan --destroy` shows it beforehand.

    Exit codes: as `reconciler apply`.
    """
    from reconciler.cli.applying import Order, carry_out
    from reconciler.cli.confirm import require_a_way_to_ask
    from reconciler.cli.planning import Choice
    from reconciler.cli.session import configuration_of

    require_a_way_to_ask(
        settings, paths, auto_approve=auto_approve, preview="plan --destroy", emulate=emulate
    )
    configuration = configuration_of(paths, emulate=emulate)
    order = Order(
        command="destroy",
        choice=Choice(
            targets=targets,
            selectors=selectors,
            allow_empty_remote=allow_empty_remote,
            destroy=True,
        ),
        question="Delete all of this?",
        auto_approve=auto_approve,
        allow_deletes=allow_deletes,
        emulate=emulate,
    )
    return carry_out(settings, configuration, order)
