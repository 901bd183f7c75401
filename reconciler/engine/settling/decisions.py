"""What an unsettled intent means, given what is live now. Pure: reads nothing, changes nothing.

A create whose answer was lost is settled by how its object can be recognised (`CreationClass`):

| class | none there after the settle window | one there | several there |
|---|---|---|---|
| A natural key | try again | equal: ours (inferred); different: ask | ask |
| B marked | try again, same marker | ours (proven) | keep the lowest, delete the others |
| C server id | try again once, then ask | ours (inferred) | ask |
| F marked | try again | ours (proven): read the secret again, or delete and retry | the same |
| F unmarked | try again once, then ask | secret readable: ours (inferred); else ask | ask |

Updates, deletes and set members are settled by looking again: the next plan shows what is left.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from reconciler.engine.settling.decision import (
    Decision,
    Resolution,
    Situation,
    ask,
    differing_fields,
    doubt,
    fold_answer,
    look_again,
    take,
    wait,
)
from reconciler.engine.settling.watches import watch_of
from reconciler.model import parts
from reconciler.model.journal import (
    ANONYMOUS,
    CreationClass,
    Intent,
    IntentStatus,
    JournalEntry,
    Response,
    Verb,
)
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject, Provenance


def decide(situation: Situation) -> Decision:
    """Settle one address as far as what is known allows."""
    decision = Decision(address=situation.address, resolution=Resolution.SETTLED, row=situation.row)
    for entry in situation.entries:
        if _unnamed(entry) and entry.response is not None:
            decision = _settle_unnamed(decision, entry.intent, entry.response, situation)
        elif entry.status is IntentStatus.RESPONDED and entry.response is not None:
            decision = fold_answer(decision, entry.intent, entry.response, situation.kind)
        elif entry.intent.verb is Verb.CREATE:
            decision = _settle_create(decision, entry.intent, situation)
        else:
            decision = look_again(decision, entry.intent, situation.kind)
        if decision.resolution is not Resolution.SETTLED:
            break
    return replace(decision, row=_owing(decision, situation))


def _owing(decision: Decision, situation: Situation) -> OwnedObject | None:
    """Return the row with what it owes: a sink is served once its secret got there, not before.

    The answers at hand may hold none: it was to be read, or made, by a later step. A sink that can
    change in place is left out of what was applied, so that the next plan serves it; an object
    whose secret is shown once is replaced.
    """
    row, before = decision.row, situation.row
    if row is None or row is before:
        return row
    stays = before is not None and before.remote_id == row.remote_id
    served = before.applied if before is not None and stays else {}
    owed = before.needs_delivery if before is not None and stays else ()
    waiting = [
        sink
        for sink in situation.kind.sinks
        if sink in row.applied
        and (sink in owed or served.get(sink) != row.applied[sink])
        and not any(name.startswith(f"{sink}.") for name in decision.secrets)
    ]
    fixed = tuple(sink for sink in waiting if situation.kind.field(sink).immutable)
    applied = {k: v for k, v in row.applied.items() if k not in waiting or k in fixed}
    return replace(row, applied=applied, needs_delivery=fixed)


def _unnamed(entry: JournalEntry) -> bool:
    """Tell whether a create was answered without the id that alone tells its object apart."""
    return (
        entry.status is IntentStatus.RESPONDED
        and entry.response is not None
        and entry.response.server_id is None
        and entry.intent.verb is Verb.CREATE
        and entry.intent.creation in ANONYMOUS
        and parts.remembered(entry.response.extra) is None
    )


def _settle_unnamed(
    decision: Decision, intent: Intent, response: Response, situation: Situation
) -> Decision:
    """Take the one new object of the list for the one that was made, with the answer's secrets."""
    decision = replace(decision, intent=intent)
    collection = situation.collection
    if collection is None or not collection.complete:
        return wait(decision, intent)
    # What the address owns by now may be it: the settling was interrupted, and begins again.
    found = [
        live
        for live in situation.provider.candidates(intent, collection)
        if live.id not in situation.taken
    ]
    if len(found) == 1:
        taken = take(decision, intent, found[0], Provenance.PROVEN, situation.watch)
        return replace(taken, secrets={**decision.secrets, **response.secrets})
    if not situation.settled:
        return wait(decision, intent)
    return ask(decision, intent, found, "it was answered without an id")


def _settle_create(decision: Decision, intent: Intent, situation: Situation) -> Decision:
    collection = situation.collection
    decision = replace(decision, intent=intent)
    if collection is None or not collection.complete:
        why = collection.error if collection else "not read yet"
        message = f"whether {intent.step} of {intent.address} happened is not known ({why})"
        return replace(decision, resolution=Resolution.WAIT, message=message)
    excluded = situation.taken | _own_ids(intent, decision.row)
    found = [
        live
        for live in situation.provider.candidates(intent, collection)
        if live.id not in excluded
    ]
    found.sort(key=lambda live: (len(live.id), live.id))
    if not found:
        return _absent(decision, intent, situation)
    marked = [live for live in found if carries(intent.marker, live)]
    if marked:
        return _marked(decision, intent, situation, marked)
    if intent.creation is CreationClass.NATURAL_KEY:
        return _natural(decision, intent, situation, found)
    return _anonymous(decision, intent, situation, found)


def carries(marker: str, live: LiveObject) -> bool:
    """Tell whether a live object shows this marker, which proves that we made it."""
    return bool(marker) and live.marker == marker


def _own_ids(intent: Intent, row: OwnedObject | None) -> frozenset[str]:
    """Return what the address owns already: a server never gives an id twice, a key it does."""
    if row is None or intent.creation in {CreationClass.NATURAL_KEY, CreationClass.SET_MEMBER}:
        return frozenset()
    return frozenset((row.remote_id, *row.deposed))


def _marked(
    decision: Decision, intent: Intent, situation: Situation, found: Sequence[LiveObject]
) -> Decision:
    if intent.creation is CreationClass.SECRET_ONCE:
        return replace(
            decision,
            resolution=Resolution.RECOVER_SECRET,
            found=found[0],
            proven=True,
            orphans=tuple(found[1:]),
            message=doubt(intent),
        )
    taken = take(decision, intent, found[0], Provenance.PROVEN, situation.watch)
    return replace(taken, orphans=tuple(found[1:]))


def _natural(
    decision: Decision, intent: Intent, situation: Situation, found: Sequence[LiveObject]
) -> Decision:
    if len(found) > 1:
        return ask(decision, intent, found, "several live objects have its identity")
    different = _difference(intent, situation, found[0])
    if different is not None:
        why = f"a live object has its identity but another {different}"
        return ask(decision, intent, found, why)
    return take(decision, intent, found[0], Provenance.INFERRED, situation.watch)


def _anonymous(
    decision: Decision, intent: Intent, situation: Situation, found: Sequence[LiveObject]
) -> Decision:
    found = [live for live in found if _difference(intent, situation, live) is None]
    if not found:
        return _absent(decision, intent, situation)
    if not situation.settled:
        return wait(decision, intent)
    if len(found) > 1:
        return ask(decision, intent, found, "more than one new object could be it")
    if intent.creation is CreationClass.SECRET_ONCE:
        return replace(
            decision, resolution=Resolution.RECOVER_SECRET, found=found[0], message=doubt(intent)
        )
    return take(decision, intent, found[0], Provenance.INFERRED, situation.watch)


def _difference(intent: Intent, situation: Situation, live: LiveObject) -> str | None:
    """Return the name of a field in which a live object is not what the create asked for."""
    return next(differing_fields(situation, intent.applied, live), None)


def _absent(decision: Decision, intent: Intent, situation: Situation) -> Decision:
    if not situation.settled:
        return wait(decision, intent)
    lost_before = situation.watch is not None and situation.watch.op_id
    if lost_before and intent.creation in ANONYMOUS and not intent.marker:
        return ask(decision, intent, [], "it was lost twice, so it is not tried a third time")
    watch = watch_of(intent, situation.watch)
    return replace(decision, closes={**decision.closes, intent.op_id: "absent"}, watch=watch)
