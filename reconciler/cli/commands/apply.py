"""`reconciler apply`."""

from __future__ import annotations

from reconciler.cli.app import declare
from reconciler.cli.options import (
    approval_options,
    compact_option,
    emulate_option,
    paths_argument,
    selection_options,
)
from reconciler.cli.settings import Settings


@declare(
    "apply",
    examples=(
        ("reconciler apply", "Plan, ask, and do it."),
        ("reconciler apply --auto-approve", "In CI, after the plan was reviewed."),
        ("reconciler apply --selector team=growth", "Only resources with this label."),
        ("reconciler apply --allow-deletes 12", "Agree to a plan that deletes twelve objects."),
    ),
)
@paths_argument
@compact_option
@selection_options
@approval_options
@emulate_option
def command(
    settings: Settings,
    paths: tuple[str, ...],
    targets: tuple[str, ...],
    selectors: tuple[str, ...],
    no_prune: bool,
    adopt: bool,
    allow_empty_remote: bool,
    ignored: tuple[str, ...],
    auto_approve: bool,
    allow_deletes: int | None,
    emulate: bool,
) -> int:
    """Plan, ask, and do it.

    Settles first what an earlier run left unknown. Changes are made in the order of their
    references, in parallel where they are independent; a failure stops only what depends on it.
    Killing the process loses nothing: run it again.

    With PATHs, only their manifests and what came from them is looked at. Manifests from stdin need
    --auto-approve.

    Exit codes: 0 done, 1 error, 3 some changes failed, 4 an unknown outcome needs a decision or
    another run, 130/143 stopped by a signal.
    """
    from reconciler.cli.applying import Order, carry_out
    from reconciler.cli.confirm import require_a_way_to_ask
    from reconciler.cli.planning import Choice
    from reconciler.cli.session import configuration_of

    require_a_way_to_ask(
        settings, paths, auto_approve=auto_approve, preview="plan", emulate=emulate
    )
    configuration = configuration_of(paths, emulate=emulate)
    choice = Choice(
        targets=targets,
        selectors=selectors,
        no_prune=no_prune,
        adopt=adopt,
        allow_empty_remote=allow_empty_remote,
        ignored=ignored,
    )
    order = Order(
        command="apply",
        choice=choice,
        question="Make these changes?",
        auto_approve=auto_approve,
        allow_deletes=allow_deletes,
        emulate=emulate,
    )
    return carry_out(settings, configuration, order)
