"""`state mv` and `rm`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.app import subcommand
from reconciler.cli.commands.state.group import command, edit, require_state, say
from reconciler.cli.opening.locking import begun
from reconciler.cli.opening.reading import read_without_checks, with_provider
from reconciler.cli.opening.session import opened_workspace
from reconciler.cli.parameters.addresses import named_address, typed_address
from reconciler.cli.parameters.completing import complete_address, complete_owned
from reconciler.cli.parameters.options import lock_timeout_option
from reconciler.cli.settings import Settings
from reconciler.engine.settling import by_hand
from reconciler.errors import UsageError
from reconciler.manifests.fault import no_provider
from reconciler.state.base import Run, StateStore

if TYPE_CHECKING:
    import asyncio


@subcommand(
    command,
    "mv",
    examples=(
        ("reconciler state mv nhn/Tag/vip nhn/Tag/vips", "After renaming a manifest."),
        ("reconciler state mv nhn sms", "After renaming a Provider: all that it owns."),
    ),
)
@click.argument("source", metavar="FROM", shell_complete=complete_owned)
@click.argument("target", metavar="TO", shell_complete=complete_address)
@lock_timeout_option
def move(settings: Settings, source: str, target: str) -> int:
    """Give an owned object, or all of a provider, another address.

    Live objects are left alone. `lifecycle: {movedFrom: …}` in a manifest does the same for
    everybody's state. FROM and TO may be the names of providers: their account must be one, which
    is seen by the credentials of TO's manifest.
    """
    if "/" not in source and "/" not in target:
        return _rename_provider(settings, source, target)
    one, other = typed_address(source), named_address(target)

    async def work(store: StateStore, run: Run) -> None:
        await by_hand.move(store, run, one, other)

    return edit(settings, "state mv", work, f"{one} is {other} now.")


def _rename_provider(settings: Settings, old: str, new: str) -> int:
    manifests = read_without_checks(settings, emulate=settings.emulate)
    if old in manifests.accounts:
        message = f"provider {old} still has a manifest, which has to go first"
        known = ", ".join(manifests.accounts)
        raise UsageError(message, hint=f"Providers of the manifests: {known}.")
    if new not in manifests.accounts:
        message, hint = no_provider(new, manifests.accounts)
        raise UsageError(message, hint=hint)
    configuration = with_provider(manifests, new)
    require_state(settings, "state mv")

    async def work(_stop: asyncio.Event) -> int:
        async with opened_workspace(
            settings, configuration, emulate=settings.emulate, writes=True
        ) as workspace:
            with await begun(settings, workspace.store, "state mv") as run:
                number = by_hand.rename_provider(workspace, run, old, new)
                run.finish("done", {})
                return number

    number = settings.interrupts.run(work)
    say(settings, f"{old} is {new} now: {number} owned object{'s'[: number != 1]}.")
    return 0


@subcommand(
    command,
    "rm",
    examples=(
        ("reconciler state rm nhn/Template/welcome", "Stop owning it; it stays live."),
        ("reconciler state rm --provider nhn --count 12", "Let go of a whole account."),
    ),
)
@click.argument("addresses", nargs=-1, metavar="[ADDR]...", shell_complete=complete_owned)
@click.option("--provider", metavar="NAME", help="All that state has of this provider.")
@click.option(
    "--count",
    "number",
    type=click.IntRange(min=0),
    metavar="N",
    help="With --provider: agree to forget so many objects.",
)
@lock_timeout_option
def remove(
    settings: Settings, addresses: tuple[str, ...], provider: str | None, number: int | None
) -> int:
    """Forget owned objects, which stay live."""
    if bool(addresses) == (provider is not None):
        hint = "`reconciler state list` shows addresses."
        raise UsageError("state rm needs addresses, or --provider NAME", hint=hint)
    if addresses and number is not None:
        raise UsageError(
            "--count is about --provider", hint="Leave it out: addresses say how many."
        )
    if provider is not None:
        return _remove_provider(settings, provider, number)
    targets = list(dict.fromkeys(map(typed_address, addresses)))

    async def work(store: StateStore, run: Run) -> None:
        await by_hand.remove(store, run, targets)

    names = ", ".join(map(str, targets))
    return edit(settings, "state rm", work, f"Forgotten: {names}. Live objects are untouched.")


def _remove_provider(settings: Settings, provider: str, number: int | None) -> int:
    async def work(store: StateStore, run: Run) -> None:
        await by_hand.remove_provider(store, run, provider, number)

    message = f"Forgotten: all {number} objects of {provider}. Live objects are untouched."
    return edit(settings, "state rm", work, message)
