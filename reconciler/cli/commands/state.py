"""`reconciler state …`: looking at state, and putting it right by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.addresses import named_address, typed_address
from reconciler.cli.app import group, subcommand
from reconciler.cli.completing import complete_address, complete_owned, complete_provider
from reconciler.cli.options import rehearsal_option
from reconciler.cli.settings import Settings
from reconciler.errors import UsageError
from reconciler.suggestions import did_you_mean

if TYPE_CHECKING:
    import asyncio

    from reconciler.engine.workspace import Workspace
    from reconciler.model.address import Address
    from reconciler.model.owned import OwnedObject
    from reconciler.state.base import Run, StateStore

command = group(
    "state",
    """Look at state, and put it right by hand.

    State remembers what reconciler owns: the remote id of every object and the values last applied.
    None of these commands changes anything at a provider, and none needs a terminal.
    """,
    examples=(
        ("reconciler state list", "What do we own?"),
        ("reconciler state resolve mail/ApiKey/app --adopt 17", "Settle a lost answer."),
    ),
)


@subcommand(
    command,
    "list",
    examples=(
        ("reconciler state list Template", "Of one kind, at every provider."),
        ("reconciler state list --output json | jq -r '.objects[].address'", "For scripts."),
    ),
)
@click.argument(
    "chosen", required=False, default="", metavar="[FILTER]", shell_complete=complete_owned
)
def list_(settings: Settings, chosen: str) -> int:
    """List what state owns: all, or of a kind, of a provider, or by how addresses begin.

    A filter that nothing matches is no error; a word that is neither a kind nor a provider, nor
    begins any address, is one.
    """
    from reconciler.cli.listing import chooser, nothing_chosen
    from reconciler.cli.places import mention_rehearsals
    from reconciler.cli.session import find_root, opened_project_store
    from reconciler.render.state import list_document, list_text

    with opened_project_store(settings) as store:
        owned = store.objects()
        doubtful = {entry.intent.address for entry in store.open_entries()}
        matches = chooser(chosen, {*owned, *doubtful}, store.accounts())
    rows = [row for address, row in sorted(owned.items()) if matches(address)]
    in_doubt = set(filter(matches, doubtful))
    out = settings.out
    if not rows:
        mention_rehearsals(settings, find_root((), Path.cwd()))
    if settings.json:
        out.document(list_document(rows, in_doubt))
    elif owned and not rows and not in_doubt:
        out.result(out.style.clean(nothing_chosen(chosen, owned)) + "\n")
    else:
        out.result(list_text(rows, in_doubt, out.style))
    return 0


@subcommand(
    command,
    "show",
    examples=(("reconciler state show nhn/Template/welcome", "What was last applied?"),),
)
@click.argument("address", metavar="ADDR", shell_complete=complete_owned)
def show(settings: Settings, address: str) -> int:
    """Show one owned object as last applied."""
    from reconciler.cli.session import opened_project_store
    from reconciler.render.state import show_document, show_text

    target = typed_address(address)
    with opened_project_store(settings) as store:
        row = store.objects().get(target)
        entries = [entry for entry in store.open_entries() if entry.intent.address == target]
        if row is None and not entries:
            raise _unknown(store, target)
    out = settings.out
    if settings.json:
        out.document(show_document(target, row, entries))
    else:
        out.result(show_text(target, row, entries, out.style))
    return 0


def _unknown(store: StateStore, address: Address) -> UsageError:
    hint = did_you_mean(str(address), map(str, store.objects()))
    return UsageError(
        f"{address} is not in state", hint=hint or "`reconciler state list` shows what is."
    )


@subcommand(
    command,
    "history",
    examples=(
        ("reconciler state history", "The latest runs."),
        ("reconciler state history --operations -n 100", "The latest writes, one by one."),
    ),
)
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    metavar="N",
    help="At most so many.",
)
@click.option("--operations", is_flag=True, help="Single writes instead of runs.")
def history(settings: Settings, limit: int, operations: bool) -> int:
    """Show the latest runs and how they ended."""
    from reconciler.cli.session import opened_project_store
    from reconciler.render import state as render

    out = settings.out
    with opened_project_store(settings) as store:
        if operations:
            entries = store.journal(limit)
            document, text = (
                render.journal_document(entries),
                render.journal_text(entries, out.style),
            )
        else:
            runs = store.history(limit)
            document, text = render.history_document(runs), render.history_text(runs, out.style)
    if settings.json:
        out.document(document)
    else:
        out.result(text)
    return 0


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
        from reconciler.engine.settling.by_hand import move

        await move(store, run, one, other)

    return _edit(settings, "state mv", work, f"{one} is {other} now.")


def _rename_provider(settings: Settings, old: str, new: str) -> int:
    from reconciler.cli.session import opened_workspace, read_without_checks, with_provider

    manifests = read_without_checks(emulate=settings.emulate)
    if new not in manifests.accounts or old in manifests.accounts:
        name = old if old in manifests.accounts else new
        message = f"provider {old} still has a manifest, which has to go first"
        if name == new:
            message = f"no manifest has a provider {new}"
        known = ", ".join(manifests.accounts) or "none"
        raise UsageError(message, hint=f"Providers of the manifests: {known}.")
    configuration = with_provider(manifests, new)

    async def work(_stop: asyncio.Event) -> int:
        from reconciler.engine.settling import by_hand

        async with opened_workspace(
            settings, configuration, emulate=settings.emulate, writes=True
        ) as workspace:
            with workspace.store.begin("state mv") as run:
                number = by_hand.rename_provider(workspace, run, old, new)
                run.finish("done", {})
                return number

    number = settings.interrupts.run(work)
    _say(settings, f"{old} is {new} now: {number} owned object{'s'[: number != 1]}.")
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
def remove(
    settings: Settings, addresses: tuple[str, ...], provider: str | None, number: int | None
) -> int:
    """Forget owned objects, which stay live."""
    if bool(addresses) == (provider is not None):
        hint = "`reconciler state list` shows addresses."
        raise UsageError("state rm needs addresses, or --provider NAME", hint=hint)
    if provider is not None:
        return _remove_provider(settings, provider, number)
    targets = [typed_address(address) for address in addresses]

    async def work(store: StateStore, run: Run) -> None:
        from reconciler.engine.settling.by_hand import remove

        for address in targets:
            await remove(store, run, address)

    said = ", ".join(map(str, targets))
    return _edit(settings, "state rm", work, f"Forgotten: {said}. Live objects are untouched.")


def _remove_provider(settings: Settings, provider: str, number: int | None) -> int:
    async def work(store: StateStore, run: Run) -> None:
        from reconciler.engine.settling.by_hand import remove_provider

        await remove_provider(store, run, provider, number)

    said = f"Forgotten: all {number} objects of {provider}. Live objects are untouched."
    return _edit(settings, "state rm", work, said)


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
    async def work(store: StateStore, run: Run) -> None:
        from reconciler.engine.settling import by_hand

        await by_hand.resolve_forget(store, run, address, twins=_looks_for_twins(address))

    return _edit(
        settings, "state resolve", work, f"Settled: {address} is none of the live objects."
    )


def _looks_for_twins(address: Address) -> bool:
    from reconciler.cli.session import kinds_of, read_without_checks

    configuration = read_without_checks()
    account = configuration.accounts.get(address.provider)
    kind = None if account is None else kinds_of(account.type).get(address.kind)
    return address in configuration.resources and kind is not None and kind.twin_check


def _adopt(settings: Settings, address: Address, remote_id: str) -> int:
    from reconciler.cli.session import opened_workspace, read_without_checks, with_provider
    from reconciler.engine.settling.adoption import adopt, check_id
    from reconciler.render.state import adopted_document

    check_id(remote_id)
    configuration = with_provider(read_without_checks(emulate=settings.emulate), address.provider)

    async def work(_stop: asyncio.Event) -> OwnedObject:
        async with opened_workspace(
            settings, configuration, emulate=settings.emulate, writes=True
        ) as workspace:
            from reconciler.engine.planning.accounts import check_accounts

            check_accounts(workspace)
            with workspace.store.begin("state resolve") as run:
                row = await adopt(workspace, run, address, remote_id)
                run.finish("done", {})
                return row

    row = settings.interrupts.run(work)
    said = f"Settled: {address} is the live object {remote_id}."
    if settings.json:
        settings.out.document(adopted_document(row, said))
    else:
        settings.out.result(settings.out.style.clean(said) + "\n")
    return 0


@subcommand(
    command,
    "unlock",
    examples=(("reconciler state unlock", "After the machine that held the lock is gone."),),
)
def unlock(settings: Settings) -> int:
    """Take the lock away from a dead run.

    Should that run still live, its next write to state is refused.
    """
    from reconciler.cli.session import opened_project_store
    from reconciler.render.state import run_document, run_text

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
def trust(settings: Settings, provider: str) -> int:
    """Accept the account behind a provider name.

    State is bound to accounts, so that a wrong key cannot make a mess of another account. After a
    key was rotated, say here that the account behind it is the same.
    """
    from reconciler.cli.session import configuration_of, opened_workspace

    configuration = configuration_of((), emulate=settings.emulate)
    if provider not in configuration.accounts:
        known = ", ".join(configuration.accounts) or "none"
        raise UsageError(f"no manifest has a provider {provider}", hint=f"Providers: {known}.")

    async def work(_stop: asyncio.Event) -> None:
        async with opened_workspace(
            settings, configuration, emulate=settings.emulate, writes=True
        ) as workspace:
            _trust(workspace, provider)

    settings.interrupts.run(work)
    _say(settings, f"{provider} is trusted to be the account that this state belongs to.")
    return 0


def _trust(workspace: Workspace, provider: str) -> None:
    from reconciler.engine.settling import by_hand

    with workspace.store.begin("state trust") as run:
        by_hand.trust(run, provider, workspace.fingerprint(provider))
        run.finish("done", {})


def _edit(
    settings: Settings,
    name: str,
    work: Callable[[StateStore, Run], Awaitable[None]],
    said: str,
) -> int:
    from reconciler.cli.session import opened_project_store

    async def locked(_stop: asyncio.Event) -> None:
        with opened_project_store(settings, create=True) as store, store.begin(name) as run:
            await work(store, run)
            run.finish("done", {})

    settings.interrupts.run(locked)
    _say(settings, said)
    return 0


def _say(settings: Settings, said: str) -> None:
    if settings.json:
        settings.out.document({"formatVersion": "1.0", "message": said})
    else:
        settings.out.result(settings.out.style.clean(said) + "\n")


for _taking in (command, *command.commands.values()):
    _taking.params.append(rehearsal_option())
