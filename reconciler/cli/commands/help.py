"""`reconciler help`."""

from __future__ import annotations

import click

from reconciler.cli.app import cli, declare
from reconciler.cli.parameters.completing import complete_command
from reconciler.cli.settings import Settings


@declare(
    "help",
    examples=(
        ("reconciler help", "What can it do?"),
        ("reconciler help state resolve", "The same as `reconciler state resolve --help`."),
    ),
)
@click.argument("words", nargs=-1, metavar="[COMMAND]...", shell_complete=complete_command)
def command(settings: Settings, words: tuple[str, ...]) -> int:
    """Explain a command; without COMMAND list all of them."""
    context = click.Context(cli, info_name="reconciler", **cli.context_settings)
    for word in words:
        group = context.command
        if not isinstance(group, click.Group):
            raise click.UsageError(f"{context.command_path} has no commands of its own", context)
        name, inner, _ = group.resolve_command(context, [word])
        if inner is None:
            raise click.UsageError(f"No such command {word!r}", context)
        context = click.Context(inner, parent=context, info_name=name, **inner.context_settings)
    settings.out.result(context.get_help() + "\n")
    return 0
