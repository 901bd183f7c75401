"""What a shell offers while somebody types: kinds, addresses, providers, labels, paths.

Called by the shell at every TAB, so whatever goes wrong offers nothing instead of an error.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import TYPE_CHECKING, TypeAlias

import click

from reconciler.cli.settings import Settings

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from reconciler.model.address import Address
    from reconciler.model.resource import Configuration

Completer: TypeAlias = "Callable[[click.Context, click.Parameter, str], list[CompletionItem | str]]"


def _offering(words: Callable[[Settings], Iterable[str]]) -> Completer:
    """Make a completer of a function that lists all words."""

    @wraps(words)
    def complete(
        context: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem | str]:
        settings = context.find_object(Settings) or Settings()
        try:
            if settings.directory is not None:
                os.chdir(settings.directory)
            found = sorted(set(words(settings)))
        except Exception:  # noqa: BLE001 -- a shell has nowhere to show it
            return []
        return [word for word in found if word.casefold().startswith(incomplete.casefold())]

    return complete


def _configuration() -> Configuration:
    from reconciler.cli.session import read_without_checks

    return read_without_checks()


def _owned(settings: Settings) -> Iterator[str]:
    from reconciler.cli.session import opened_project_store

    with opened_project_store(settings) as store:
        addresses: list[Address] = [*store.objects()]
        addresses += [entry.intent.address for entry in store.open_entries()]
    yield from map(str, addresses)


def _everywhere(settings: Settings) -> Iterator[str]:
    yield from map(str, _configuration().resources)
    yield from _owned(settings)


def _providers(_settings: Settings) -> Iterable[str]:
    return _configuration().accounts


def _labels(_settings: Settings) -> Iterator[str]:
    for resource in _configuration().resources.values():
        yield from (f"{key}={value}" for key, value in resource.labels.items())


def _kinds(_settings: Settings) -> Iterator[str]:
    from reconciler import manifests
    from reconciler.cli.kinds import PROVIDER

    for provider_type in manifests.provider_types():
        for kind in (PROVIDER, *manifests.kinds_of(provider_type)):
            yield from (kind, f"{provider_type}/{kind}")
    yield "Project"


def _topics(settings: Settings) -> Iterator[str]:
    from reconciler.lint.registry import all_rules

    yield from _kinds(settings)
    yield from ("metadata", "lifecycle")
    yield from (rule.id for rule in all_rules())


complete_owned = _offering(_owned)
complete_address = _offering(_everywhere)
complete_provider = _offering(_providers)
complete_label = _offering(_labels)
complete_kind = _offering(_kinds)
complete_topic = _offering(_topics)


def complete_command(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem | str]:
    """Offer commands, and those of a group after its name."""
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
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def complete_folder(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem | str]:
    """Leave folders to the shell."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="dir")]
