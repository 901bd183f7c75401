"""Reads the collections of an import, and refuses incomplete ones."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from reconciler.engine.importing.scope import ImportScope
from reconciler.engine.live.observer import Selection, collections_of, observe, probe, together
from reconciler.engine.settling import unsettled
from reconciler.engine.workspace import Workspace
from reconciler.errors import ImportIncomplete
from reconciler.model.address import Address, CollectionKey
from reconciler.model.live import Observation
from reconciler.model.resource import Resource
from reconciler.providers.task import Progress

Observations = Mapping[str, Observation]


async def read(workspace: Workspace, scope: ImportScope, progress: Progress) -> Observations:
    """Read the collections that an import needs, and those that the plan before it needs.

    Raises `ImportIncomplete` if one of the former is incomplete.
    """
    resources, rows = workspace.configuration.resources, workspace.store.objects()
    probed = frozenset(a[:2] for a in scope.asked_for if workspace.kind(a).probed)
    asked = {a: r for a, r in scope.asked_for.items() if a[:2] not in probed}
    selection = Selection(
        desired={**asked, **resources},
        owned=rows,
        collections=(collections_of(resources, rows) | scope.needed) - probed,
        also=unsettled.collections(workspace.store) - probed,
        whole=True,
        progress=progress,
    )
    seen: Observations = await observe(workspace, selection)
    if probed:
        seen = together(seen, await probe(_asking(workspace, scope.asked_for), probed))
    refuse_incomplete(seen, scope.needed)
    return seen


async def read_again(
    workspace: Workspace, scope: ImportScope, kinds: frozenset[CollectionKey], before: Observations
) -> Observations:
    """Read some collections again, as the manifests of this workspace group them.

    Raises `ImportIncomplete` as `read` does.
    """
    rows, resources = workspace.store.objects(), workspace.configuration.resources
    probed = frozenset(a[:2] for a in scope.asked_for if workspace.kind(a).probed) & kinds
    selection = Selection(desired=resources, owned=rows, collections=kinds - probed, whole=True)
    seen: Observations = before
    if kinds - probed:
        seen = together(seen, await observe(workspace, selection))
    if probed:
        seen = together(seen, await probe(_asking(workspace, scope.asked_for), probed))
    refuse_incomplete(seen, kinds)
    return seen


def _asking(workspace: Workspace, asked_for: Mapping[Address, Resource]) -> Workspace:
    configuration = workspace.configuration
    resources = {**asked_for, **configuration.resources}
    return replace(workspace, configuration=replace(configuration, resources=resources))


def refuse_incomplete(seen: Observations, needed: frozenset[CollectionKey]) -> None:
    """Raise `ImportIncomplete` if one of these collections was not read completely."""
    wrong = [
        f"{provider}/{kind}: {collection.error}"
        for provider, kind in sorted(needed)
        if not (collection := seen[provider].collections[kind]).complete
    ]
    if wrong:
        raise ImportIncomplete(
            "not everything could be read, so nothing was imported: half an account would look "
            "like a whole one",
            details=wrong,
            hint="Try again once it can be read, or leave it out with --provider and --kind.",
        )
