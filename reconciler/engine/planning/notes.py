"""What a person should know of a change besides what it changes."""

from __future__ import annotations

from reconciler.engine.tasks import task_of
from reconciler.model.change import Action, Change
from reconciler.model.journal import Verb
from reconciler.providers.kind import Kind
from reconciler.providers.left import Left
from reconciler.providers.provider import Provider

GAP = "the old object is deleted first, so for a moment there is none"


def notes_of(provider: Provider, kind: Kind, change: Change) -> tuple[str, ...]:
    """Return the notes of a change: its own, the provider's, and how it is carried out."""
    verb = Verb.UPDATE if change.action in {Action.UPDATE, Action.ADOPT} else Verb.CREATE
    notes = (*change.notes, *provider.notes(task_of(change), verb))
    if change.action is Action.REPLACE and not change.create_first:
        notes = (*notes, GAP)
    if change.action is Action.REPLACE:
        notes = (*notes, *_ways_to_keep(kind, change))
    if change.action is Action.CREATE:
        notes = (*notes, *_given_back(change))
    if change.owned is not None and change.owned.deposed:
        notes = (*notes, f"deletes the replaced object {', '.join(change.owned.deposed)}")
    return notes


def _given_back(change: Change) -> tuple[str, ...]:
    """Say which fields get what they had, though the manifest does not mention them."""
    left = Left.remembered(change.owned.extra) if change.owned is not None else Left()
    names = sorted(left.fields.keys() - change.desired.keys())
    if not names:
        return ()
    return (f"an interrupted run removed it to make it again: as it was then, {', '.join(names)}",)


def _ways_to_keep(kind: Kind, change: Change) -> tuple[str, ...]:
    """Say how an object keeps its key where only its manifest has got another name."""
    return tuple(
        f"to keep the live object, set {each.path}: {each.before} in the manifest"
        for each in change.fields
        if each.replaces
        and each.path in kind.identities
        and change.desired.get(each.path) == change.address.name
    )
