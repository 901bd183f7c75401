"""`state resolve`, `unlock` and `trust`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.app import subcommand
from reconciler.cli.commands.state.group import command, edit, has_state, require_state, say
from reconciler.cli.opening.locking import begun
from reconciler.cli.opening.reading import (
    configuration_of,
    kinds_of,
    read_without_checks,
    with_provider,
)
from reconciler.cli.opening.session import opened_workspace
from reconciler.cli.opening.stores import opened_project_store
from reconciler.cli.parameters.addresses import named_address
from reconciler.cli.parameters.completing import complete_owned, complete_provider
from reconciler.cli.parameters.options import lock_timeout_option
from reconciler.cli.settings import Settings
from reconciler.engine.planning.accounts import check_accounts
from reconciler.engine.settling import by_hand
from reconciler.engine.settling.adoption import adopt, check_id, find
from reconciler.errors import UsageError
from reconciler.manifests.fault import no_provider
from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Configuration
from reconciler.render.commands.state import adopted_document, run_document, run_text
from reconciler.state.base import Run, StateStore
from reconciler.suggestions import did_you_mean

if TYPE_CHECKING:
    import asyncio


@subcommand(
    command,
    "resolve",
    examples=(
        ("reconciler state resolve mail/ApiKey/app --adopt 17", "Object 17 is the one."),
        ("reconciler state resolve mail/ApiKey/app --forget", "None of what exists is it."),
    ),
)
@click.argument("address", metavar="ADDR", shell_complete=complete_owned)
@click.option("--adopt", metavar="ID", help="The live object with this remote id is the one.")
@click.option("--forget", is_flag=True, help="Nothing that exists now is it.")
@lock_timeout_option
def resolve(settings: Settings, address: str, adopt: str | None, forget: bool) -> int:
    """Settle by hand what an unknown outcome left open.

    Plans and errors that need this print the command with the ids to choose from. For --adopt the
    provider's list is read first: an object that is not there, or that another address owns, is
    refused.
    """
    if (adopt is None) == (not forget):
        raise UsageError(
            "state resolve needs one of --adopt ID and --forget",
            hint=f"`reconciler plan` shows what is open about {address}.",
        )
    target = named_address(address)
    if adopt is None:
        return _forget(settings, target)
    return _adopt(settings, target, adopt)


def _forget(settings: Settings, address: Address) -> int:
    twins = _looks_for_twins(settings, address)

    async def work(store: StateStore, run: Run) -> None:
        await by_hand.resolve_forget(store, run, address, twins=twins)

    message = f"Settled: {address} is none of the live objects."
    return edit(settings, "state resolve", work, message, makes=twins)


def _looks_for_twins(settings: Settings, address: Address) -> bool:
    configuration = read_without_checks(settings)
    account = configuration.accounts.get(address.provider)
    kind = None if account is None else kinds_of(account.type).get(address.kind)
    return address in configuration.resources and kind is not None and kind.twin_check


def _adopt(settings: Settings, address: Address, remote_id: str) -> int:
    check_id(remote_id)
    manifests = read_without_checks(settings, emulate=settings.emulate)
    slip = did_you_mean(address.provider, manifests.accounts)
    if slip and address.provider not in manifests.accounts:
        raise _no_provider(address.provider, manifests)
    configuration = with_provider(manifests, address.provider)
    if not has_state(settings):
        _check_first(settings, configuration, address, remote_id)

    async def work(_stop: asyncio.Event) -> OwnedObject:
        async with opened_workspace(
            settings, configuration, emulate=settings.emulate, writes=True
        ) as workspace:
            check_accounts(workspace)
            with await begun(settings, workspace.store, "state resolve") as run:
                row = await adopt(workspace, run, address, remote_id)
                run.finish("done", {})
                return row

    row = settings.interrupts.run(work)
    message = f"Settled: {address} is the live object {remote_id}."
    if settings.json:
        settings.out.document(adopted_document(row, message))
    else:
        settings.out.result(settings.out.style.clean(message) + "\n")
    return 0


def _no_provider(name: str, manifests: Configuration) -> UsageError:
    message, hint = no_provider(name, manifests.accounts)
    return UsageError(message, hint=hint)


def _check_first(
    settings: Settings, configuration: Configuration, address: Address, remote_id: str
) -> None:
    """Raise for what cannot be taken over, before the first state is made for its row."""

    async def work(_stop: asyncio.Event) -> None:
        async with opened_workspace(
            settings, configuration, emulate=settings.emulate, writes=False
        ) as workspace:
            await find(workspace, address, remote_id)

    settings.interrupts.run(work)


@subcommand(
    command,
    "unlock",
    examples=(("reconciler state unlock", "After the machine that held the lock is gone."),),
)
def unlock(settings: Settings) -> int:
    """Take the lock away from a dead run.

    Should that run still live, its next write to state is refused.
    """
    with opened_project_store(settings) as store:
        record = store.unlock()
    out = settings.out
    if settings.json:
        out.document({"formatVersion": "1.0", "unlocked": record and run_document(record)})
    elif record is None:
        out.result("No run holds the lock.\n")
    else:
        out.result(f"Unlocked: {run_text(record, out.style)}\n")
    return 0


@subcommand(
    command,
    "trust",
    examples=(("reconciler state trust nhn", "The account is the same, its key was rotated."),),
)
@click.argument("provider", metavar="PROVIDER", shell_complete=complete_provider)
@lock_timeout_option
def trust(settings: Settings, provider: str) -> int:
    """Accept the account behind a provider name.

    State is bound to accounts, so that a wrong key cannot make a mess of another account. After a
    key was rotated, say here that the account behind it is the same.
    """
    configuration = configuration_of(settings, (), emulate=settings.emulate)
    if provider not in configuration.accounts:
        raise _no_provider(provider, configuration)
    require_state(settings, "state trust")

    async def work(_stop: asyncio.Event) -> None:
        async with opened_workspace(
            settings, configuration, emulate=settings.emulate, writes=True
        ) as workspace:
            with await begun(settings, workspace.store, "state trust") as run:
                by_hand.trust(run, provider, workspace.fingerprint(provider))
                run.finish("done", {})

    settings.interrupts.run(work)
    say(settings, f"{provider} is trusted to be the account that this state belongs to.")
    return 0
