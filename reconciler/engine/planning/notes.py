"""The notes that a plan shows beside a change."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.engine.live.delivered import row_of
from reconciler.engine.tasks import task_of
from reconciler.model.change import Adopt, Create, Making, Replace, Update, is_beside
from reconciler.model.journal import Verb
from reconciler.model.owned import OwnedObject
from reconciler.providers.carried_over import CarriedOver
from reconciler.providers.kind import Kind
from reconciler.providers.provider import Provider

GAP = "the old object is deleted first, so for a moment there is none"


def notes_of(provider: Provider, kind: Kind, change: Making) -> tuple[str, ...]:
    """Return the notes of a change: its own, the provider's, and how it is carried out."""
    verb = Verb.UPDATE if isinstance(change, Update | Adopt) else Verb.CREATE
    return (
        *change.notes,
        *provider.notes(task_of(change), verb),
        *_of_making_anew(kind, change),
        *_of_what_was(change),
    )


def _of_making_anew(kind: Kind, change: Making) -> Iterator[str]:
    if isinstance(change, Replace):
        if not change.create_first:
            yield GAP
        yield from _ways_to_keep(kind, change)


def _of_what_was(change: Making) -> Iterator[str]:
    row = row_of(change)
    if isinstance(change, Create):
        yield from _given_back(change, row)
    beside = is_beside(change)
    old = (*row.deposed, row.remote_id) if beside and isinstance(change, Replace) else row.deposed
    if old:
        once = " once the new one is approved" if beside else ""
        yield f"deletes the replaced object {', '.join(old)}{once}"


def _given_back(change: Create, row: OwnedObject) -> tuple[str, ...]:
    """Say which fields keep their values although the manifest does not mention them."""
    names = sorted(CarriedOver.remembered(row.extra).fields.keys() - change.desired.fields.keys())
    if not names:
        return ()
    return (f"an interrupted run removed it to make it again: as it was then, {', '.join(names)}",)


def _ways_to_keep(kind: Kind, change: Replace) -> tuple[str, ...]:
    """Say how an object keeps its key if only its manifest was renamed."""
    return tuple(
        f"to keep the live object, set {each.path}: {each.before} in the manifest"
        for each in change.fields
        if each.replaces
        and each.path in kind.identities
        and change.desired.fields.get(each.path) == change.address.name
    )
