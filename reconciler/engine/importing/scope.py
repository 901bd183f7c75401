"""Decides which collections an import reads: its own, and those its objects refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from reconciler.engine.importing.forms import form_of
from reconciler.engine.importing.options import ImportOptions
from reconciler.engine.workspace import Workspace
from reconciler.errors import NeedsDecision, UsageError
from reconciler.model.address import Address, CollectionKey
from reconciler.model.imported import NotRead
from reconciler.model.resource import Resource
from reconciler.providers.kind import Capability, Kind


class ImportScope(Struct, frozen=True, kw_only=True):
    """What an import reads."""

    chosen: tuple[CollectionKey, ...]
    """The collections whose objects are imported."""
    pointed_at: frozenset[CollectionKey]
    """The collections that those objects may refer to, read for their names."""
    people: tuple[NotRead, ...] = ()
    """Collections of people, left out because they were not asked for."""
    unlistable: tuple[NotRead, ...] = ()
    """Collections left out because their provider does not list them."""
    asked_for: Mapping[Address, Resource] = {}
    """A stand-in for the one object of an unlistable kind: reading finds it by its identity."""

    @property
    def needed(self) -> frozenset[CollectionKey]:
        """Return the collections that must be read completely."""
        return self.pointed_at.union(self.chosen)


def scope_of(workspace: Workspace, options: ImportOptions) -> ImportScope:
    """Return what an import is to read.

    Raises:
        UsageError: The object that was asked for can only be probed, or the kinds are people.
        NeedsDecision: An earlier run left an intent open in one of the collections.
    """
    chosen = [*_chosen(workspace, options)]
    people = [] if options.people else _people(chosen, options)
    listed = [p for p, kind in chosen if p not in people and Capability.LIST in kind.capabilities]
    unlisted = [each for each, kind in chosen if Capability.LIST not in kind.capabilities]
    asked: Mapping[Address, Resource] = {}
    if options.object and unlisted:
        asked = _asked_for(workspace, unlisted[0], options)
        listed, unlisted = unlisted, []
    found = ImportScope(
        chosen=tuple(listed),
        pointed_at=frozenset(_pointed_at(workspace, listed)),
        people=_not_read(people),
        unlistable=_not_read(unlisted),
        asked_for=asked,
    )
    _refuse_open_intents(workspace, found)
    return found


def _chosen(workspace: Workspace, options: ImportOptions) -> Iterator[tuple[CollectionKey, Kind]]:
    for name, provider in workspace.providers.items():
        for kind in provider.kinds.values():
            if options.wants(name, kind.name):
                yield (name, kind.name), kind


def _not_read(collections: list[CollectionKey]) -> tuple[NotRead, ...]:
    return tuple(NotRead(provider=provider, kind=kind) for provider, kind in collections)


def _people(
    chosen: list[tuple[CollectionKey, Kind]], options: ImportOptions
) -> list[CollectionKey]:
    found = [each for each, kind in chosen if kind.is_personal]
    if found and options.kinds:
        raise UsageError(
            f"the objects of {found[0][1]} are people, with their numbers",
            hint="To have them in manifests: --with-contacts. Think of who reads the repository.",
        )
    return found


def _asked_for(
    workspace: Workspace, collection: CollectionKey, options: ImportOptions
) -> Mapping[Address, Resource]:
    """Return a stand-in for an object that can only be found by its identity."""
    kind = _kind(workspace, collection)
    if kind.probed and not options.probe:
        raise UsageError(
            f"nothing lists a {kind.name}: to look for {options.object}, {collection[0]} has to be "
            f"asked to {kind.probed}",
            hint="To have that done: --allow-probe.",
        )
    [field] = kind.identities
    form = form_of(workspace.providers[collection[0]].type, kind.name)
    if not form.fits(field, options.object):
        raise UsageError(
            f"--object {options.object}: no {kind.name} can have this {field}",
            hint=f"`reconciler explain {kind.name}.{field}` says what it may be.",
        )
    address = Address(*collection, options.object)
    return {address: Resource(address=address, spec={field: options.object})}


def asked_keys(kind: Kind, asked: str) -> frozenset[str]:
    """Return the identities that a text may mean: as typed, and in the kind's canonical form."""
    known = {asked}
    if len(kind.identities) == 1:
        [field] = kind.identities
        known.add(kind.identity(kind.canonical({field: asked}, asked), lambda _value: None) or "")
    return frozenset(known - {""})


def _pointed_at(workspace: Workspace, collections: list[CollectionKey]) -> Iterator[CollectionKey]:
    waiting, seen = [*collections], set[CollectionKey]()
    while waiting:
        provider, kind = waiting.pop()
        for declared in workspace.providers[provider].kinds[kind].fields:
            collection = (provider, declared.refers_to)
            if declared.refers_to and collection not in seen:
                seen.add(collection)
                waiting.append(collection)
                yield collection


def _refuse_open_intents(workspace: Workspace, scope: ImportScope) -> None:
    """Raise `NeedsDecision` if an open intent may own one of the objects."""
    entries = workspace.store.open_entries()
    about = sorted({e.intent.address for e in entries if e.intent.address[:2] in scope.needed})
    if about:
        raise NeedsDecision(
            "an earlier run left open what became of a write, so what is whose is not known",
            details=[str(address) for address in about],
            hint="Run `reconciler apply` first: it settles that. Then import.",
        )


def _kind(workspace: Workspace, collection: CollectionKey) -> Kind:
    return workspace.providers[collection[0]].kinds[collection[1]]
