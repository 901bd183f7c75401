"""Completes words in a shell: kinds, addresses, providers, labels, paths.

The shell calls this at every TAB, so any error leads to no offer at all.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias

import click
from click.shell_completion import CompletionItem

from reconciler.cli.settings import Settings

Completer: TypeAlias = "Callable[[click.Context, click.Parameter, str], list[CompletionItem | str]]"


def _offering(sort: str) -> Completer:
    """Return a completer that offers the words of a sort, a key of `offers.WORDS`."""

    def complete(
        context: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem | str]:
        settings = context.find_object(Settings) or Settings()
        try:
            if settings.directory is not None:
                os.chdir(settings.directory)
            offers = import_module("reconciler.cli.parameters.offers")
            found = sorted(set(offers.WORDS[sort](settings)))
        except Exception:  # noqa: BLE001 -- a shell has nowhere to show it
            return []
        return [word for word in found if word.casefold().startswith(incomplete.casefold())]

    return complete


complete_owned = _offering("owned")
complete_address = _offering("address")
complete_provider = _offering("provider")
complete_label = _offering("label")
complete_environment = _offering("environment")
complete_kind = _offering("kind")
complete_topic = _offering("topic")


def complete_command(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem | str]:
    """Offer commands; after the name of a group, its commands."""
    group = context.find_root().command
    for word in context.params.get(parameter.name or "") or ():
        if isinstance(group, click.Group):
            group = group.get_command(context, word) or group
    names = group.list_commands(context) if isinstance(group, click.Group) else []
    return [name for name in names if name.startswith(incomplete)]


def complete_path(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem | str]:
    """Leave files and folders to the shell."""
    return [CompletionItem(incomplete, type="file")]


def complete_folder(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem | str]:
    """Leave folders to the shell."""
    return [CompletionItem(incomplete, type="dir")]
