"""`reconciler verify`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import click
from msgspec.structs import replace

from reconciler.cli.app import declare
from reconciler.cli.opening.reading import configuration_of
from reconciler.cli.opening.session import opened_workspace
from reconciler.cli.parameters.choice import Choice
from reconciler.cli.parameters.options import (
    emulate_option,
    lock_timeout_option,
    paths_argument,
    target_option,
)
from reconciler.cli.runs.choosing import chosen_targets, options_of
from reconciler.cli.runs.verifying import canaries_of, exit_code, show, verified
from reconciler.cli.settings import Settings
from reconciler.cli.webhooks.collected import collected_receipts
from reconciler.engine.planning.frame import Choice as Chosen
from reconciler.engine.verifying import SendOptions, VerifyOptions
from reconciler.engine.workspace import Workspace
from reconciler.errors import UsageError
from reconciler.model.verification import Check


@declare(
    "verify",
    examples=(
        ("reconciler verify", "Does what was applied work? Canaries that are due are sent."),
        ("reconciler verify --no-send", "Only what costs nothing: statuses, keys, log-ins."),
        ("reconciler verify --target nhn/Template/welcome", "One object, and its canaries."),
        ("reconciler verify --all --wait 300", "Also canaries that are not due."),
    ),
)
@paths_argument
@target_option("Only this owned object, or this Canary; may be repeated.", owned=True)
@click.option("--no-send", is_flag=True, help="Send no canary.")
@click.option("--all", "everything", is_flag=True, help="Also send canaries that are not due.")
@click.option(
    "--wait",
    "patience",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Wait so long for receipts, in place of each canary's deadlineSeconds.",
)
@click.option(
    "--receipts",
    "files",
    multiple=True,
    metavar="FILE",
    help="Webhook calls, a line of JSON each, as `webhook receive --save` writes them; "
    "may be repeated.",
)
@lock_timeout_option
@emulate_option
def command(
    settings: Settings,
    paths: tuple[str, ...],
    targets: tuple[str, ...],
    no_send: bool,
    everything: bool,
    patience: float | None,
    files: tuple[str, ...],
    emulate: bool,
) -> int:
    """Find out whether what was applied works.

    First, what costs nothing, of every owned object: is a domain verified, a template approved, a
    sender registered, a delivered key accepted, does an SMTP access log in? Then canaries, which
    are real messages: only where `spec.canaries.enabled` of the Provider is true, within its
    budget, and each at most every `atMostEveryHours`.

    Exit codes: 0 all passed or skipped, 1 error, 5 something failed, 6 something is undecided,
    130/143 stopped by a signal.
    """
    if no_send:
        _refuse_beside_no_send(everything=everything, patience=patience, files=files)
    configuration = configuration_of(settings, paths, emulate=emulate)
    collected = collected_receipts(files, configuration)
    writes = not no_send and bool(configuration.canaries)

    async def work(_stop: asyncio.Event) -> list[Check]:
        async with opened_workspace(
            settings, configuration, emulate=emulate, writes=writes
        ) as workspace:
            options = _options(workspace, targets)
            return await verified(
                settings,
                workspace,
                VerifyOptions(
                    sending=SendOptions(send=not no_send, everything=everything),
                    chosen=options.chosen,
                    canaries=options.canaries,
                    patience=patience,
                    receipts=collected,
                ),
            )

    checks = settings.interrupts.run(work)
    show(settings, checks)
    return exit_code(checks)


def _refuse_beside_no_send(
    *, everything: bool, patience: float | None, files: Sequence[str]
) -> None:
    """Raise `UsageError` for an option about canaries, of which none is sent."""
    given = {"--all": everything, "--wait": patience is not None, "--receipts": files}
    for option in (option for option, is_given in given.items() if is_given):
        raise UsageError(
            f"{option} is about canaries, and --no-send sends none", hint="Leave one of them out."
        )


def _options(workspace: Workspace, targets: tuple[str, ...]) -> VerifyOptions:
    """Return the chosen objects and canaries; raises `UsageError` for an unknown address."""
    chosen = chosen_targets(targets, workspace, canaries=True)
    options = replace(options_of(Choice(destroy=True), workspace), targets=chosen)
    rows = workspace.store.objects()
    owned = Chosen(configuration=workspace.configuration, rows=rows, options=options).owned()
    return VerifyOptions(chosen=owned, canaries=canaries_of(workspace, owned, targets=chosen))
