"""Decides what became of open intents, given what is live now. Pure: reads and changes nothing.

What became of a create whose answer was lost depends on how its object can be recognised
(`CreationClass`) and on how many live objects could be it:

| class | none, after the settle window | one | several |
|---|---|---|---|
| A natural key | try again | equal: ours (inferred); different: ask | ask |
| B marked | try again, same marker | ours (proven) | keep the lowest, delete the others |
| C server id | try again once, then ask | ours (inferred) | ask |
| F marked | try again | ours (proven): read the secret again, or delete and retry | the same |
| F unmarked | try again once, then ask | secret readable: ours (inferred); else ask | ask |

Updates, deletions and changes of members are closed: the next plan shows what is left to do.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from reconciler.engine.settling.decision import (
    Decision,
    SecretLost,
    Settled,
    Situation,
    Wait,
    ask,
    differing_fields,
    doubt,
    fold_answer,
    look_again,
    on_top_of,
    take,
    wait,
)
from reconciler.engine.settling.watches import watch_of
from reconciler.model import parts
from reconciler.model.journal import (
    ANONYMOUS,
    CreateIntent,
    CreationClass,
    JournalEntry,
    Response,
)
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject, Provenance


def decide(situation: Situation) -> Decision:
    """Settle the intents of one address in order, up to the first that stays in doubt."""
    settled = Settled(address=situation.address, row=situation.row)
    for entry in situation.entries:
        decision = _decide_one(settled, entry, situation)
        settled = decision.so_far
        if not isinstance(decision, Settled):
            return on_top_of(_with_owed_secrets(settled, situation), decision)
    return _with_owed_secrets(settled, situation)


def _decide_one(settled: Settled, entry: JournalEntry, situation: Situation) -> Decision:
    intent, response = entry.intent, entry.response
    if response is not None:
        if isinstance(intent, CreateIntent) and _unnamed(intent, response):
            return _settle_unnamed(settled, intent, response, situation)
        return fold_answer(settled, intent, response, situation.kind)
    if isinstance(intent, CreateIntent):
        return _settle_create(settled, intent, situation)
    return look_again(settled, intent, situation.kind)


def _with_owed_secrets(settled: Settled, situation: Situation) -> Settled:
    """Note in the row which sinks still wait for their secret.

    The stored answers may hold no secret for a sink, because a later step was to read or make it.
    A sink that can change in place is taken out of `applied`, so that the next plan delivers to it;
    an immutable one is noted in `needs_delivery`, so that the next plan replaces the object.
    """
    row, before = settled.row, situation.row
    if row is None or row is before:
        return settled
    if before is None or before.remote_id != row.remote_id:
        before = OwnedObject(address=row.address, remote_id=row.remote_id)
    waiting = [
        sink
        for sink in situation.kind.sinks
        if sink in row.applied
        and (sink in before.needs_delivery or before.applied.get(sink) != row.applied[sink])
        and not any(name.startswith(f"{sink}.") for name in settled.secrets)
    ]
    fixed = tuple(sink for sink in waiting if situation.kind.field(sink).immutable)
    applied = {k: v for k, v in row.applied.items() if k not in waiting or k in fixed}
    return replace(settled, row=replace(row, applied=applied, needs_delivery=fixed))


def _unnamed(intent: CreateIntent, response: Response) -> bool:
    """Tell whether a create was answered without an id, where only the id identifies its object."""
    return (
        response.server_id is None
        and intent.creation in ANONYMOUS
        and parts.remembered(response.extra) is None
    )


def _settle_unnamed(
    settled: Settled, intent: CreateIntent, response: Response, situation: Situation
) -> Decision:
    """Settle by the one new object in the list, together with the secrets of the answer."""
    if not situation.collection.complete:
        return wait(settled, intent)
    # The address's own id counts: an interrupted run may have settled this far already.
    found = _candidates(intent, situation, situation.taken)
    if len(found) == 1:
        taken = take(settled, intent, found[0], Provenance.PROVEN, situation.watch)
        return replace(taken, secrets={**settled.secrets, **response.secrets})
    if not situation.listings_agree:
        return wait(settled, intent)
    return ask(settled, intent, found, "it was answered without an id")


def _candidates(
    intent: CreateIntent, situation: Situation, excluded: frozenset[str]
) -> list[LiveObject]:
    found = situation.provider.candidates(intent, situation.collection)
    return [live for live in found if live.id not in excluded]


def _settle_create(settled: Settled, intent: CreateIntent, situation: Situation) -> Decision:
    if not situation.collection.complete:
        why = situation.collection.error
        message = f"whether {intent.step} of {intent.address} happened is not known ({why})"
        return Wait(so_far=settled, message=message)
    excluded = situation.taken | _own_ids(intent, settled.row)
    found = _candidates(intent, situation, excluded)
    found.sort(key=lambda live: (len(live.id), live.id))
    if not found:
        return _absent(settled, intent, situation)
    marked = [live for live in found if carries(intent.marker, live)]
    if marked:
        return _marked(settled, intent, situation, marked)
    if intent.creation is CreationClass.NATURAL_KEY:
        return _natural(settled, intent, situation, found)
    return _anonymous(settled, intent, situation, found)


def carries(marker: str, live: LiveObject) -> bool:
    """Tell whether a live object carries this marker, which proves that we made it."""
    return bool(marker) and live.marker == marker


def _own_ids(intent: CreateIntent, row: OwnedObject | None) -> frozenset[str]:
    """Return the ids of the address that cannot be a new object.

    A server never gives an id twice; a natural key may be used again.
    """
    if row is None or intent.creation in {CreationClass.NATURAL_KEY, CreationClass.SET_MEMBER}:
        return frozenset()
    return frozenset((row.remote_id, *row.deposed))


def _marked(
    settled: Settled, intent: CreateIntent, situation: Situation, found: Sequence[LiveObject]
) -> Decision:
    first, *more = found
    settled = replace(settled, orphans=tuple(more))
    if intent.creation is CreationClass.SECRET_ONCE:
        return _secret_lost(settled, intent, first, proven=True)
    return take(settled, intent, first, Provenance.PROVEN, situation.watch)


def _secret_lost(
    settled: Settled, intent: CreateIntent, found: LiveObject, *, proven: bool
) -> SecretLost:
    return SecretLost(
        so_far=settled, message=doubt(intent), intent=intent, found=found, proven=proven
    )


def _natural(
    settled: Settled, intent: CreateIntent, situation: Situation, found: Sequence[LiveObject]
) -> Decision:
    if len(found) > 1:
        return ask(settled, intent, found, "several live objects have its identity")
    different = _difference(intent, situation, found[0])
    if different:
        why = f"a live object has its identity but another {different}"
        return ask(settled, intent, found, why)
    return take(settled, intent, found[0], Provenance.INFERRED, situation.watch)


def _anonymous(
    settled: Settled, intent: CreateIntent, situation: Situation, found: Sequence[LiveObject]
) -> Decision:
    found = [live for live in found if not _difference(intent, situation, live)]
    if not found:
        return _absent(settled, intent, situation)
    if not situation.listings_agree:
        return wait(settled, intent)
    if len(found) > 1:
        return ask(settled, intent, found, "more than one new object could be it")
    if intent.creation is CreationClass.SECRET_ONCE:
        return _secret_lost(settled, intent, found[0], proven=False)
    return take(settled, intent, found[0], Provenance.INFERRED, situation.watch)


def _difference(intent: CreateIntent, situation: Situation, live: LiveObject) -> str:
    """Return the first field in which a live object differs from the create; empty for none."""
    return next(differing_fields(situation, intent.applied, live), "")


def _absent(settled: Settled, intent: CreateIntent, situation: Situation) -> Decision:
    if not situation.listings_agree:
        return wait(settled, intent)
    lost_before = situation.watch is not None and situation.watch.op_id
    if lost_before and intent.creation in ANONYMOUS and not intent.marker:
        return ask(settled, intent, [], "it was lost twice, so it is not tried a third time")
    watch = watch_of(intent, situation.watch)
    return replace(settled, closes=settled.closing(intent, "absent"), watch=watch)
