"""The words that a shell offers: kinds, addresses, names, labels. Loaded only at a TAB."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from reconciler import manifests
from reconciler.cli.opening.reading import read_without_checks
from reconciler.cli.opening.stores import opened_project_store
from reconciler.cli.parameters.kinds import PROVIDER
from reconciler.cli.settings import Settings
from reconciler.lint.registry import offline_rules
from reconciler.manifests.project import find_root, read_project
from reconciler.model.address import Address


def _owned(settings: Settings) -> Iterator[str]:
    with opened_project_store(settings) as store:
        addresses: list[Address] = [*store.objects()]
        addresses += [entry.intent.address for entry in store.open_entries()]
    yield from map(str, addresses)


def _everywhere(settings: Settings) -> Iterator[str]:
    yield from map(str, read_without_checks(settings).resources)
    yield from _owned(settings)


def _providers(settings: Settings) -> Iterable[str]:
    return read_without_checks(settings).accounts


def _environments(_settings: Settings) -> Iterable[str]:
    return read_project(find_root((), Path.cwd()), []).environments


def _labels(settings: Settings) -> Iterator[str]:
    for resource in read_without_checks(settings).resources.values():
        yield from (f"{key}={value}" for key, value in resource.labels.items())


def _kinds(_settings: Settings) -> Iterator[str]:
    for provider_type in manifests.provider_types():
        for kind in (PROVIDER, *manifests.kinds_of(provider_type)):
            yield from (kind, f"{provider_type}/{kind}")
    yield "Project"


def _topics(settings: Settings) -> Iterator[str]:
    yield from _kinds(settings)
    yield from ("metadata", "lifecycle")
    yield from (rule.id for rule in offline_rules())


WORDS: Mapping[str, Callable[[Settings], Iterable[str]]] = {
    "owned": _owned,
    "address": _everywhere,
    "provider": _providers,
    "environment": _environments,
    "label": _labels,
    "kind": _kinds,
    "topic": _topics,
}
"""What returns all words of a sort, by the name of the sort."""
