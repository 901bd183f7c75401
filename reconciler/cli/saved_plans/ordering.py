"""What `apply --plan FILE` is to do: everything comes from the file, nothing from other options."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from msgspec.structs import replace

from reconciler.cli.parameters.choice import Choice
from reconciler.cli.parameters.order import Order
from reconciler.cli.saved_plans import files
from reconciler.cli.saved_plans.saving import choice_of
from reconciler.cli.settings import ENV, Settings
from reconciler.errors import PlanEnvironment, UsageError
from reconciler.model.saved_plan import Binding


def ordered_by(
    settings: Settings, file: str, paths: Sequence[str], order: Order
) -> tuple[tuple[str, ...], Order]:
    """Return the manifests and the order of a saved plan, and choose its environment in `settings`.

    Raises:
        UsageError: The command line gives something that is in the file.
        PlanEnvironment: `RECONCILER_ENV` names another environment.
        PlanDamaged: The file is not a saved plan.
        PlanLocked: The file is encrypted, and no identity here opens it.
    """
    _refuse_other_choices(paths, order)
    saved = files.read(file)
    options = saved.binding.options
    _choose_environment(settings, saved.binding)
    if order.emulate and not options.emulated:
        raise UsageError(
            "this plan is for real accounts, and --emulate rehearses",
            hint="Leave --emulate and RECONCILER_EMULATE out, or save a plan of a rehearsal.",
        )
    chosen = replace(
        order,
        command="destroy" if options.destroy else order.command,
        preview=f"show {quote(file)}",
        question="Delete all of this?" if options.destroy else order.question,
        choice=choice_of(options),
        emulate=options.emulated,
        saved=saved,
    )
    return options.paths, chosen


def _refuse_other_choices(paths: Sequence[str], order: Order) -> None:
    given = "PATHs" if paths else "--expect" if order.expect else ""
    if order.choice != Choice():
        given = "what chooses resources or how they are planned"
    if given:
        raise UsageError(
            f"--plan FILE says what is applied, so {given} cannot be given with it",
            hint="These are in the file: leave them out, or make a new plan with them.",
        )


def refuse_other_environment(settings: Settings, binding: Binding) -> None:
    """Raise `UsageError` if `--env` names another environment than a saved plan's."""
    name = binding.environment or ""
    if settings.env is not None and settings.env != name:
        raise UsageError(
            f"this plan is of {name or 'a project without environments'}, not of {settings.env}",
            hint="The environment is in the file: leave --env out.",
        )


def _choose_environment(settings: Settings, binding: Binding) -> None:
    refuse_other_environment(settings, binding)
    name = binding.environment or ""
    if settings.environment and settings.environment != name:
        raise PlanEnvironment(
            f"this plan is of {name or 'a project without environments'}, and {ENV} says "
            f"{settings.environment}",
            hint=f"Apply it where {ENV} is {name}, or is not set." if name else f"Unset {ENV}.",
        )
    settings.env = name
