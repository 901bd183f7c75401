"""`state gc`."""

from __future__ import annotations

import click

from reconciler.cli.app import subcommand
from reconciler.cli.commands.state.group import command, say
from reconciler.cli.opening.stores import opened_project_store
from reconciler.cli.parameters.durations import Duration
from reconciler.cli.settings import Settings


@subcommand(
    command,
    "gc",
    examples=(("reconciler state gc --keep 30d", "What was superseded a month ago goes."),),
)
@click.option(
    "--keep",
    type=Duration(),
    default="90d",
    show_default=True,
    metavar="DURATION",
    help="What is younger stays, whether it is needed or not.",
)
def gc(settings: Settings, keep: float) -> int:
    """Remove old entries of a state in an object store that newer snapshots hold too.

    The three newest snapshots stay, and all that was written since the oldest of them. Other stores
    keep no log: there is nothing to remove.
    """
    with opened_project_store(settings) as store:
        gone = store.sweep(keep)
    say(settings, f"Old objects removed: {gone:,}." if gone else "There is nothing to remove.")
    return 0
