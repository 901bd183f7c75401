"""Decisions that need more than a listing: a person's choice, or the search for a lost secret."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from reconciler.engine.settling.decision import (
    Ask,
    SecretLost,
    Settled,
    Situation,
    ask,
    differing_fields,
    fold_answer,
    look_again,
    take,
)
from reconciler.engine.settling.watches import watch_of
from reconciler.model.journal import CreateIntent, JournalEntry, Watch
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject, Provenance


def take_chosen(situation: Situation, chosen: LiveObject) -> Settled:
    """Settle an address whose live object is `chosen`, because a person says so.

    The creates in doubt that may have made the object are settled with it, which proves that it is
    ours; the others stay open. If none may have made it, all are settled with it, and it is only
    inferred to be ours. What a create asked for counts as applied, except for the fields that the
    object visibly shows otherwise.
    """
    settled = Settled(address=situation.address, row=situation.row)
    creates = [*_creates_in_doubt(situation.entries)]
    likely = [each for each in creates if _may_be(situation, each, chosen)]
    provenance = Provenance.PROVEN if likely else Provenance.INFERRED
    for entry in situation.entries:
        intent = entry.intent
        if entry.response is not None:
            settled = fold_answer(settled, intent, entry.response, situation.kind)
        elif not isinstance(intent, CreateIntent):
            settled = look_again(settled, intent, situation.kind)
        elif intent in (likely or creates):
            settled = take(settled, intent, chosen, provenance, situation.watch)
    return replace(settled, row=_without_differing(settled.row, situation, chosen))


def _creates_in_doubt(entries: Sequence[JournalEntry]) -> Iterator[CreateIntent]:
    for entry in entries:
        if not entry.response and isinstance(entry.intent, CreateIntent):
            yield entry.intent


def _may_be(situation: Situation, intent: CreateIntent, live: LiveObject) -> bool:
    found = situation.provider.candidates(intent, situation.collection)
    return any(each.id == live.id for each in found)


def _without_differing(
    row: OwnedObject | None, situation: Situation, live: LiveObject
) -> OwnedObject | None:
    """Return the row without the fields that the live object shows otherwise.

    The next plan compares them anew.
    """
    if row is None:
        return None
    other = set(differing_fields(situation, row.applied, live))
    return replace(row, applied={k: v for k, v in row.applied.items() if k not in other})


def take_found(lost: SecretLost, watch: Watch | None) -> Settled:
    """Return the decision if the secret of the found object could be read again."""
    provenance = Provenance.PROVEN if lost.proven else Provenance.INFERRED
    return take(lost.so_far, lost.intent, lost.found, provenance, watch)


def ask_about_found(lost: SecretLost) -> Ask:
    """Return the decision if the secret is lost and the object only inferred to be ours.

    An inferred object is never deleted, so a person has to decide.
    """
    why = "its secret was shown once and is lost, and nothing proves that the new object is ours"
    return ask(lost.so_far, lost.intent, [lost.found], why)


def absent_after_orphan(lost: SecretLost, watch: Watch | None) -> Settled:
    """Return the decision once the proven orphan is deleted: the create is tried again."""
    return replace(
        lost.so_far,
        closes=lost.so_far.closing(lost.intent, "orphan-deleted"),
        watch=watch_of(lost.intent, watch, lost.found.id),
    )
