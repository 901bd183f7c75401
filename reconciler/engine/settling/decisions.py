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

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.engine.diff.fields import Digest, was_applied
from reconciler.engine.diff.rows import fold, merge_extra
from reconciler.engine.live import unlisted
from reconciler.model.address import Address
from reconciler.model.journal import (
    ANONYMOUS,
    ANY_ID,
    CreationClass,
    Intent,
    IntentStatus,
    JournalEntry,
    Response,
    Verb,
    Watch,
)
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.secret import Secret
from reconciler.model.values import Fields
from reconciler.providers.kind import Kind
from reconciler.providers.left import LEAVING
from reconciler.providers.provider import Provider


class Resolution(StrEnum):
    """What to do about an address with unsettled intents."""

    SETTLED = "settled"
    """The row (or its absence) is known; nothing is in doubt."""
    RECOVER_SECRET = "recover-secret"  # noqa: S105 -- no password, a word
    """The object is found, its secret is not: read it again or replace the object."""
    WAIT = "wait"
    """Nothing can be concluded yet: the settle window is open or a read failed."""
    ASK = "ask"
    """A person must decide."""


class Situation(Struct, frozen=True, kw_only=True):
    """What a decision about one address rests on."""

    address: Address
    entries: Sequence[JournalEntry]
    """The address's open and responded intents, oldest first."""
    row: OwnedObject | None
    provider: Provider
    kind: Kind
    collection: Collection | None
    """As listed now; `None` when it was not read."""
    digest: Digest
    settled: bool
    """The settle window has passed and two complete listings agreed."""
    taken: frozenset[str] = frozenset()
    """Remote ids that other rows of state own."""
    watch: Watch | None = None


class Decision(Struct, frozen=True, kw_only=True):
    """What becomes of one address."""

    address: Address
    resolution: Resolution
    row: OwnedObject | None = None
    """The row that state should hold from now on."""
    closes: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    """Out of stored answers, to be delivered before the row is written."""
    watch: Watch | None = None
    found: LiveObject | None = None
    """With `RECOVER_SECRET`: the object."""
    proven: bool = False
    """With `RECOVER_SECRET`: our marker is on it, so it may be deleted."""
    made: bool = False
    """A create among what was unsettled is known to have happened."""
    orphans: tuple[LiveObject, ...] = ()
    """Further objects that are ours by proof and are to be deleted."""
    intent: Intent | None = None
    """The create in doubt."""
    message: str = ""
    candidates: tuple[str, ...] = ()
    """Remote ids to choose from."""

    @property
    def hint(self) -> str:
        """Name the commands that get out of it."""
        if self.resolution is not Resolution.ASK:
            return "Run `reconciler apply`: it settles this first, or names what it could be."
        chosen = self.candidates[0] if self.candidates else "ID"
        return (
            f"Run `reconciler state resolve {self.address} --adopt {chosen}` to take it over, or "
            f"`reconciler state resolve {self.address} --forget` if none of them is this one."
        )


def decide(situation: Situation) -> Decision:
    """Settle one address as far as what is known allows."""
    decision = Decision(address=situation.address, resolution=Resolution.SETTLED, row=situation.row)
    for entry in situation.entries:
        if _unnamed(entry) and entry.response is not None:
            decision = _settle_unnamed(decision, entry.intent, entry.response, situation)
        elif entry.status is IntentStatus.RESPONDED and entry.response is not None:
            decision = _fold(decision, entry.intent, entry.response, situation.kind)
        elif entry.intent.verb is Verb.CREATE:
            decision = _settle_create(decision, entry.intent, situation)
        else:
            decision = _look_again(decision, entry.intent, situation.kind)
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
            decision = _fold(decision, intent, entry.response, situation.kind)
        elif intent.verb is not Verb.CREATE:
            decision = _look_again(decision, intent, situation.kind)
        elif intent in (likely or creates):
            decision = _take(decision, intent, chosen, provenance, situation.watch)
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
    other = set(_differences(situation, row.applied, live))
    return replace(row, applied={k: v for k, v in row.applied.items() if k not in other})


def _fold(decision: Decision, intent: Intent, response: Response, kind: Kind) -> Decision:
    row = fold(decision.row, intent, response)
    if row is not None and intent.verb is Verb.CREATE and unlisted.marks(kind):
        row = unlisted.marked(row, decision.row)
    return replace(
        decision,
        row=row,
        made=decision.made or intent.verb is Verb.CREATE,
        closes={**decision.closes, intent.op_id: "done"},
        secrets={**decision.secrets, **response.secrets},
    )


def _unnamed(entry: JournalEntry) -> bool:
    """Tell whether a create was answered without the id that alone tells its object apart."""
    return (
        entry.status is IntentStatus.RESPONDED
        and entry.response is not None
        and entry.response.server_id is None
        and entry.intent.verb is Verb.CREATE
        and entry.intent.creation in ANONYMOUS
        and "parts" not in entry.response.extra
    )


def _settle_unnamed(
    decision: Decision, intent: Intent, response: Response, situation: Situation
) -> Decision:
    """Take the one new object of the list for the one that was made, with the answer's secrets."""
    decision = replace(decision, intent=intent)
    collection = situation.collection
    if collection is None or not collection.complete:
        return _wait(decision, intent)
    # What the address owns by now may be it: the settling was interrupted, and begins again.
    found = [
        live
        for live in situation.provider.candidates(intent, collection)
        if live.id not in situation.taken
    ]
    if len(found) == 1:
        taken = _take(decision, intent, found[0], Provenance.PROVEN, situation.watch)
        return replace(taken, secrets={**decision.secrets, **response.secrets})
    if not situation.settled:
        return _wait(decision, intent)
    return _ask(decision, intent, found, "it was answered without an id")


def _look_again(decision: Decision, intent: Intent, kind: Kind) -> Decision:
    unreadable = {f.name for f in kind.fields if f.write_only}
    row = decision.row
    if row is not None and unreadable & intent.applied.keys():
        applied = {
            k: v for k, v in row.applied.items() if k not in unreadable & intent.applied.keys()
        }
        row = replace(row, applied=applied)
    if row is not None and intent.in_doubt:
        row = replace(row, extra=merge_extra(row.extra, intent.in_doubt))
    if row is not None and intent.verb is Verb.DELETE and intent.target == row.remote_id:
        row = replace(row, extra={**row.extra, LEAVING: True})
    return replace(decision, row=row, closes={**decision.closes, intent.op_id: "looked-again"})


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
    return bool(marker) and live.extra.get("marker") == marker


def _own_ids(intent: Intent, row: OwnedObject | None) -> frozenset[str]:
    """Return what the address owns already: a server never gives an id twice, a key it does."""
    if row is None or intent.creation in {CreationClass.NATURAL_KEY, CreationClass.SET_MEMBER}:
        return frozenset()
    return frozenset((row.remote_id, *row.deposed))


def _anonymous(
    decision: Decision, intent: Intent, situation: Situation, found: Sequence[LiveObject]
) -> Decision:
    found = [live for live in found if _difference(intent, situation, live) is None]
    if not found:
        return _absent(decision, intent, situation)
    if not situation.settled:
        return _wait(decision, intent)
    if len(found) > 1:
        return _ask(decision, intent, found, "more than one new object could be it")
    if intent.creation is CreationClass.SECRET_ONCE:
        return replace(
            decision, resolution=Resolution.RECOVER_SECRET, found=found[0], message=_doubt(intent)
        )
    return _take(decision, intent, found[0], Provenance.INFERRED, situation.watch)


def _difference(intent: Intent, situation: Situation, live: LiveObject) -> str | None:
    """Return the name of a field in which a live object is not what the create asked for."""
    return next(_differences(situation, intent.applied, live), None)


def _differences(situation: Situation, applied: Fields, live: LiveObject) -> Iterator[str]:
    """Yield the names of the fields in which a live object visibly is not what was applied."""
    grouped = situation.collection is not None and situation.collection.parts is not None
    for name, value in applied.items():
        declared = situation.kind.field(name)
        told = name in live.fields and not declared.local and not declared.write_only
        if not told or (grouped and isinstance(value, list)):
            continue
        if not was_applied(declared, live.fields[name], value, situation.digest):
            yield name


def _doubt(intent: Intent) -> str:
    return (
        f"the outcome of {intent.step} of {intent.address} is not known (operation {intent.op_id})"
    )


def _wait(decision: Decision, intent: Intent) -> Decision:
    return replace(decision, resolution=Resolution.WAIT, message=_doubt(intent))


def _ask(decision: Decision, intent: Intent, found: Sequence[LiveObject], why: str) -> Decision:
    ids = tuple(live.id for live in found)
    listed = f": {', '.join(ids)}" if ids else ""
    return replace(
        decision,
        resolution=Resolution.ASK,
        candidates=ids,
        message=f"{_doubt(intent)}; {why}{listed}",
    )


def _absent(decision: Decision, intent: Intent, situation: Situation) -> Decision:
    if not situation.settled:
        return _wait(decision, intent)
    anonymous = {CreationClass.SERVER_ID, CreationClass.SECRET_ONCE}
    lost_before = situation.watch is not None and situation.watch.op_id
    if lost_before and intent.creation in anonymous and not intent.marker:
        return _ask(decision, intent, [], "it was lost twice, so it is not tried a third time")
    watch = watch_of(intent, situation.watch)
    return replace(decision, closes={**decision.closes, intent.op_id: "absent"}, watch=watch)


def watch_of(intent: Intent, before: Watch | None, *known: str) -> Watch:
    """Return the watch after another unknown create; `known` are ids that are no twins of it.

    What the first of several attempts saw counts: a later one may have seen its late twin.
    """
    older = before is not None and before.op_id and ANY_ID not in before.pre_ids
    seen = before.pre_ids if before is not None and older else intent.pre_ids or ()
    return Watch(
        address=intent.address,
        op_id=intent.op_id,
        key=intent.key,
        marker=intent.marker or (before.marker if before is not None else ""),
        pre_ids=tuple(dict.fromkeys((*seen, *known))),
        gone_ids=before.gone_ids if before is not None else (),
    )


def watch_of_gone(row: OwnedObject, before: Watch | None) -> Watch:
    """Return the watch over the ids of an object that lists lack: should they be wrong, it shows.

    It knows of no operation, unlike one over a create whose outcome is unknown.
    """
    watch = before or Watch(address=row.address, op_id="")
    ids = (*watch.gone_ids, *sorted(unlisted.ids_of(row)))
    return replace(watch, gone_ids=tuple(dict.fromkeys(ids)), clean_since=0.0)


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
            message=_doubt(intent),
        )
    taken = _take(decision, intent, found[0], Provenance.PROVEN, situation.watch)
    return replace(taken, orphans=tuple(found[1:]))


def _natural(
    decision: Decision, intent: Intent, situation: Situation, found: Sequence[LiveObject]
) -> Decision:
    if len(found) > 1:
        return _ask(decision, intent, found, "several live objects have its identity")
    different = _difference(intent, situation, found[0])
    if different is not None:
        why = f"a live object has its identity but another {different}"
        return _ask(decision, intent, found, why)
    return _take(decision, intent, found[0], Provenance.INFERRED, situation.watch)


def _take(
    decision: Decision,
    intent: Intent,
    live: LiveObject,
    provenance: Provenance,
    watch: Watch | None,
) -> Decision:
    row = fold(decision.row, intent, Response(server_id=live.id, extra=live.extra))
    if row is not None and (decision.row is None or row.remote_id != decision.row.remote_id):
        row = replace(row, provenance=provenance)
    return replace(
        decision,
        row=row,
        made=True,
        closes={**decision.closes, intent.op_id: f"recovered-{provenance.value}"},
        watch=watch_of(intent, watch, live.id),
    )


def take_found(decision: Decision, watch: Watch | None) -> Decision:
    """Return the decision after the secret of the found object could be read again."""
    if decision.intent is None or decision.found is None:
        return decision
    provenance = Provenance.PROVEN if decision.proven else Provenance.INFERRED
    settled = replace(decision, resolution=Resolution.SETTLED)
    return _take(settled, decision.intent, decision.found, provenance, watch)


def ask_about_found(decision: Decision) -> Decision:
    """Return the decision when an inferred object's secret is lost: never deleted on inference."""
    if decision.intent is None or decision.found is None:
        return decision
    why = "its secret was shown once and is lost, and nothing proves that the new object is ours"
    return _ask(decision, decision.intent, [decision.found], why)


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
