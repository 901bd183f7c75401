"""What is decided of one address with unsettled intents, and the ways in which that ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.engine.diff.fields import Digest, was_applied
from reconciler.engine.diff.rows import fold, merge_extra
from reconciler.engine.live import unlisted
from reconciler.engine.settling.watches import watch_of
from reconciler.model.address import Address
from reconciler.model.journal import Intent, JournalEntry, Response, Verb, Watch
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


def differing_fields(situation: Situation, applied: Fields, live: LiveObject) -> Iterator[str]:
    """Yield the names of the fields in which a live object visibly is not what was applied."""
    grouped = situation.collection is not None and situation.collection.parts is not None
    for name, value in applied.items():
        declared = situation.kind.field(name)
        told = name in live.fields and not declared.local and not declared.write_only
        if not told or (grouped and isinstance(value, list)):
            continue
        if not was_applied(declared, live.fields[name], value, situation.digest):
            yield name


def fold_answer(decision: Decision, intent: Intent, response: Response, kind: Kind) -> Decision:
    """Take over an answer that is stored."""
    row = _leaving(fold(decision.row, intent, response), intent)
    if row is not None and intent.verb is Verb.CREATE and unlisted.marks(kind):
        row = unlisted.marked(row, decision.row)
    return replace(
        decision,
        row=row,
        made=decision.made or intent.verb is Verb.CREATE,
        closes={**decision.closes, intent.op_id: "done"},
        secrets={**decision.secrets, **response.secrets},
    )


def look_again(decision: Decision, intent: Intent, kind: Kind) -> Decision:
    """Close what the next plan settles by looking: an update, a deletion, members."""
    unreadable = {f.name for f in kind.fields if f.write_only}
    row = decision.row
    if row is not None and unreadable & intent.applied.keys():
        applied = {
            k: v for k, v in row.applied.items() if k not in unreadable & intent.applied.keys()
        }
        row = replace(row, applied=applied)
    if row is not None and intent.in_doubt:
        row = replace(row, extra=merge_extra(row.extra, intent.in_doubt))
    row = _leaving(row, intent)
    return replace(decision, row=row, closes={**decision.closes, intent.op_id: "looked-again"})


def _leaving(row: OwnedObject | None, intent: Intent) -> OwnedObject | None:
    """Mark the row of what the last step took away: that no list has it is no outage."""
    if row is None or intent.verb is not Verb.DELETE or intent.target != row.remote_id:
        return row
    return replace(row, extra={**row.extra, LEAVING: True})


def take(
    decision: Decision,
    intent: Intent,
    live: LiveObject,
    provenance: Provenance,
    watch: Watch | None,
) -> Decision:
    """Take a live object for the one that a create in doubt made."""
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


def wait(decision: Decision, intent: Intent) -> Decision:
    """Leave it open: nothing can be concluded yet."""
    return replace(decision, resolution=Resolution.WAIT, message=doubt(intent))


def ask(decision: Decision, intent: Intent, found: Sequence[LiveObject], why: str) -> Decision:
    """Leave it to a person, with the ids to choose from."""
    ids = tuple(live.id for live in found)
    listed = f": {', '.join(ids)}" if ids else ""
    return replace(
        decision,
        resolution=Resolution.ASK,
        candidates=ids,
        message=f"{doubt(intent)}; {why}{listed}",
    )


def doubt(intent: Intent) -> str:
    """Say what is not known."""
    return (
        f"the outcome of {intent.step} of {intent.address} is not known (operation {intent.op_id})"
    )
