"""Reads the live state of all accounts, in bulk and in parallel."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from reconciler.engine.workspace import Workspace
from reconciler.errors import ProviderError
from reconciler.model.address import Address, CollectionKey
from reconciler.model.live import Collection, Observation
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Resource
from reconciler.providers.task import Progress, Scope, no_progress


class Selection(Struct, frozen=True, kw_only=True):
    """What a run reads."""

    desired: Mapping[Address, Resource]
    owned: Mapping[Address, OwnedObject]
    collections: frozenset[CollectionKey] | None = None
    """The collections to read; `None` for all that `desired` and `owned` touch."""
    also: frozenset[CollectionKey] = frozenset()
    """Further collections, such as those of open intents."""
    whole: bool = False
    """Also read objects that neither manifests nor state refer to."""
    progress: Progress = no_progress


def scopes(workspace: Workspace, selection: Selection) -> dict[str, Scope]:
    """Return what to read, by provider name; accounts with nothing to read are left out."""
    desired: dict[str, dict[str, list[Resource]]] = defaultdict(lambda: defaultdict(list))
    owned: dict[str, dict[str, list[OwnedObject]]] = defaultdict(lambda: defaultdict(list))
    for address, resource in selection.desired.items():
        canonical = workspace.kind(address).canonical(resource.spec, address.name)
        desired[address.provider][address.kind].append(
            Resource(  # written out: `replace` takes three times as long
                address=address,
                spec=canonical,
                references=resource.references,
                lifecycle=resource.lifecycle,
                labels=resource.labels,
                origin=resource.origin,
                manifest=resource.manifest,
                locate=resource.locate,
            )
        )
    for address, row in selection.owned.items():
        if workspace.knows(address):
            owned[address.provider][address.kind].append(row)
    made: dict[str, Scope] = {}
    for name in workspace.providers:
        kinds = {*desired[name], *owned[name]}
        if selection.collections is not None:
            kinds = {kind for provider, kind in selection.collections if provider == name}
        kinds |= {kind for provider, kind in selection.also if provider == name}
        if kinds:
            made[name] = Scope(
                kinds=frozenset(kinds),
                desired=desired[name],
                owned=owned[name],
                whole=selection.whole,
                progress=_of_account(name, selection.progress),
            )
    return made


def _of_account(name: str, progress: Progress) -> Progress:
    """Put the account's name before progress messages that do not begin with it."""

    def report(what: str, done: int, total: int) -> None:
        progress(what if what.startswith(f"{name} ") else f"{name} {what}", done, total)

    return report


def collections_of(*groups: Iterable[Address]) -> frozenset[CollectionKey]:
    """Return the collections that addresses belong to."""
    return frozenset((a.provider, a.kind) for group in groups for a in group)


async def probe(
    workspace: Workspace,
    collections: frozenset[CollectionKey],
    *,
    progress: Progress = no_progress,
) -> dict[str, Observation]:
    """Read collections to settle intents; also asks about objects whose existence no list shows.

    Raises `ProviderError` if a read fails, unlike `observe`.
    """
    providers = {provider for provider, _ in collections}
    resources, rows = workspace.configuration.resources, workspace.store.objects()
    selection = Selection(
        desired={a: r for a, r in resources.items() if a.provider in providers},
        owned={a: r for a, r in rows.items() if a.provider in providers},
        collections=collections,
        progress=progress,
    )
    seen = await asyncio.gather(
        *(
            workspace.providers[name].observe(replace(scope, probe=True))
            for name, scope in scopes(workspace, selection).items()
        )
    )
    return {each.provider: each for each in seen}


async def observe_more(
    workspace: Workspace,
    selection: Selection,
    collections: frozenset[CollectionKey],
    seen: Mapping[str, Observation],
) -> dict[str, Observation]:
    """Read further collections; return them together with those already `seen`."""
    wider = replace(selection, collections=collections, also=frozenset())
    return together(seen, await observe(workspace, wider))


def together(
    seen: Mapping[str, Observation], more: Mapping[str, Observation]
) -> dict[str, Observation]:
    """Merge two readings; where both have a collection, the later reading, `more`, counts."""
    return {name: _together(seen.get(name), more.get(name)) for name in {**seen, **more}}


def _together(one: Observation | None, other: Observation | None) -> Observation:
    if one is None or other is None:
        found = one or other
        assert found is not None  # noqa: S101 -- a name is in one of the two
        return found
    return replace(
        one,
        collections={**one.collections, **other.collections},
        findings=tuple(dict.fromkeys((*one.findings, *other.findings))),
        requests=one.requests + other.requests,
    )


async def observe(workspace: Workspace, selection: Selection) -> dict[str, Observation]:
    """Read every account that the selection touches; failures become incomplete collections."""
    asked = scopes(workspace, selection)
    observations = await asyncio.gather(
        *(_observe_one(workspace, name, scope) for name, scope in asked.items())
    )
    return {observation.provider: observation for observation in observations}


async def _observe_one(workspace: Workspace, name: str, scope: Scope) -> Observation:
    try:
        return await workspace.providers[name].observe(scope)
    except ProviderError as error:
        failed = {
            kind: Collection(kind=kind, complete=False, error=error.message) for kind in scope.kinds
        }
        return Observation(provider=name, collections=failed)
