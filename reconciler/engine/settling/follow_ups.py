"""What follows on a decision once more is known: a person chose, or a secret was looked for."""

from __future__ import annotations

from msgspec.structs import replace

from reconciler.engine.settling.decision import (
    Decision,
    Resolution,
    Situation,
    ask,
    differing_fields,
    fold_answer,
    look_again,
    take,
)
from reconciler.engine.settling.watches import watch_of
from reconciler.model.journal import Intent, IntentStatus, JournalEntry, Verb, Watch
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject, Provenance


def take_chosen(situation: Situation, chosen: LiveObject) -> Decision:
    """Settle an address as a person says who read the ids: `chosen` is its live object.

    What an open create asked for holds of it, but for what it visibly shows otherwise. It is proven
    to be ours where such a create may have made it. Creates that cannot have are left open.
    """
    decision = Decision(address=situation.address, resolution=Resolution.SETTLED, row=situation.row)
    creates = [each.intent for each in situation.entries if _in_doubt(each)]
    likely = [each for each in creates if _may_be(situation, each, chosen)]
    provenance = Provenance.PROVEN if likely else Provenance.INFERRED
    for entry in situation.entries:
        intent = entry.intent
        if entry.status is IntentStatus.RESPONDED and entry.response is not None:
            decision = fold_answer(decision, intent, entry.response, situation.kind)
        elif intent.verb is not Verb.CREATE:
            decision = look_again(decision, intent, situation.kind)
        elif intent in (likely or creates):
            decision = take(decision, intent, chosen, provenance, situation.watch)
            decision = replace(decision, intent=intent)
    return replace(decision, row=_as_shown(decision.row, situation, chosen))


def _in_doubt(entry: JournalEntry) -> bool:
    return entry.status is IntentStatus.OPEN and entry.intent.verb is Verb.CREATE


def _may_be(situation: Situation, intent: Intent, live: LiveObject) -> bool:
    collection = situation.collection
    found = situation.provider.candidates(intent, collection) if collection is not None else []
    return any(each.id == live.id for each in found)


def _as_shown(
    row: OwnedObject | None, situation: Situation, live: LiveObject
) -> OwnedObject | None:
    """Return the row without what the live object is visibly not: the next plan compares that."""
    if row is None:
        return None
    other = set(differing_fields(situation, row.applied, live))
    return replace(row, applied={k: v for k, v in row.applied.items() if k not in other})


def take_found(decision: Decision, watch: Watch | None) -> Decision:
    """Return the decision after the secret of the found object could be read again."""
    if decision.intent is None or decision.found is None:
        return decision
    provenance = Provenance.PROVEN if decision.proven else Provenance.INFERRED
    settled = replace(decision, resolution=Resolution.SETTLED)
    return take(settled, decision.intent, decision.found, provenance, watch)


def ask_about_found(decision: Decision) -> Decision:
    """Return the decision when an inferred object's secret is lost: never deleted on inference."""
    if decision.intent is None or decision.found is None:
        return decision
    why = "its secret was shown once and is lost, and nothing proves that the new object is ours"
    return ask(decision, decision.intent, [decision.found], why)


def absent_after_orphan(decision: Decision, watch: Watch | None) -> Decision:
    """Return the decision once the proven orphan is deleted: the create is tried again."""
    if decision.intent is None or decision.found is None:
        return decision
    intent = decision.intent
    return replace(
        decision,
        resolution=Resolution.SETTLED,
        closes={**decision.closes, intent.op_id: "orphan-deleted"},
        watch=watch_of(intent, watch, decision.found.id),
    )
