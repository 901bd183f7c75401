"""`reconciler completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from reconciler.cli.app import cli, declare
from reconciler.cli.settings import Settings


@declare(
    "completion",
    examples=(
        ("reconciler completion bash >> ~/.bashrc", "Once; in zsh ~/.zshrc, after compinit."),
        ("reconciler completion fish > ~/.config/fish/completions/reconciler.fish", "Once."),
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="bash|zsh|fish")
def command(settings: Settings, shell: str) -> int:
    """Print what makes a shell complete commands, options, kinds, addresses, labels and paths.

    Addresses come from the state and the manifests of the project that one stands in. bash must be
    4.4 or newer.
    """
    found = get_completion_class(shell)
    if found is None:  # click has all three
        raise click.UsageError(f"no completion for {shell}")
    made = found(cli, {}, "reconciler", "_RECONCILER_COMPLETE")
    settings.out.raw(made.source_template % made.source_vars())
    return 0
