"""`state list`, `show` and `history`."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.app import subcommand
from reconciler.cli.commands.state.group import command
from reconciler.cli.opening.places import mention_rehearsals
from reconciler.cli.opening.stores import opened_project_store
from reconciler.cli.parameters.addresses import typed_address
from reconciler.cli.parameters.completing import complete_owned
from reconciler.cli.parameters.listing import chooser, nothing_chosen
from reconciler.cli.settings import Settings
from reconciler.errors import UsageError
from reconciler.manifests.project import find_root
from reconciler.model.address import Address
from reconciler.render.commands import state as render
from reconciler.render.commands.state import list_document, list_text, show_document, show_text
from reconciler.state.base import StateStore
from reconciler.suggestions import did_you_mean


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
        ("reconciler state history --snapshots", "What `state restore --serial` can go back to."),
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
@click.option("--snapshots", is_flag=True, help="What an object store keeps of earlier states.")
def history(settings: Settings, limit: int, operations: bool, snapshots: bool) -> int:
    """Show the latest runs and how they ended."""
    if operations and snapshots:
        raise UsageError("--operations and --snapshots are two things", hint="Give one of them.")
    out = settings.out
    with opened_project_store(settings) as store:
        if snapshots:
            kept = store.snapshots(limit)
            document, text = (
                render.snapshots_document(kept),
                render.snapshots_text(kept, out.style),
            )
        elif operations:
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
