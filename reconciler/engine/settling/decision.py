"""The possible decisions about one address with open intents, and how each is made up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.engine.diff.fields import Digest, was_applied
from reconciler.engine.diff.rows import fold, merge_extra
from reconciler.engine.live import unlisted
from reconciler.engine.settling.watches import watch_of
from reconciler.model.address import Address
from reconciler.model.journal import (
    CreateIntent,
    DeleteIntent,
    Intent,
    JournalEntry,
    Response,
    UpdateIntent,
    Watch,
)
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.secret import Secret
from reconciler.model.values import Fields
from reconciler.providers.carried_over import LEAVING
from reconciler.providers.kind import Kind
from reconciler.providers.provider import Provider


class Situation(Struct, frozen=True, kw_only=True):
    """What a decision about one address is based on."""

    address: Address
    entries: Sequence[JournalEntry]
    """The intents of the address that are not closed, oldest first."""
    row: OwnedObject | None
    provider: Provider
    kind: Kind
    collection: Collection
    """As listed now; incomplete where it was not read."""
    digest: Digest
    listings_agree: bool
    """After the settle window, two complete listings in a row were equal."""
    taken: frozenset[str] = frozenset()
    """Remote ids that belong to other addresses, by their rows or by stored answers."""
    watch: Watch | None = None


class Settled(Struct, frozen=True, kw_only=True):
    """Nothing about the address is in doubt any more."""

    address: Address
    row: OwnedObject | None
    """The row that state should hold from now on; `None` for none."""
    closes: Mapping[str, str] = field(default_factory=dict)
    """The intents to close: operation id to outcome."""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    """Secrets from stored answers, to be delivered before the row is written."""
    watch: Watch | None = None
    made: bool = False
    """At least one of the creates is known to have happened."""
    orphans: tuple[LiveObject, ...] = ()
    """Further objects that carry our marker, to be deleted."""

    @property
    def so_far(self) -> Settled:
        """The decision itself; the same property of the others holds their settled part."""
        return self

    def closing(self, intent: Intent, outcome: str) -> dict[str, str]:
        """Return `closes` with one more intent."""
        return {**self.closes, intent.op_id: outcome}


class _Open(Struct, frozen=True, kw_only=True):
    """One of the intents stays in doubt."""

    so_far: Settled
    """What the older intents of the address have settled."""
    message: str

    @property
    def address(self) -> Address:
        """The address in doubt."""
        return self.so_far.address

    @property
    def hint(self) -> str:
        """Name the command that goes on from here."""
        return "Run `reconciler apply`: it settles this first, or names what it could be."


class SecretLost(_Open, frozen=True, kw_only=True):
    """The object was found, but the secret in the lost answer has to be read again or replaced."""

    intent: CreateIntent
    """The create in doubt."""
    found: LiveObject
    proven: bool
    """Our marker is on it, so it may be deleted."""


class Wait(_Open, frozen=True, kw_only=True):
    """Nothing can be concluded yet: the settle window is open or a read failed."""


class Ask(_Open, frozen=True, kw_only=True):
    """A person must decide."""

    candidates: tuple[str, ...]
    """Remote ids to choose from."""

    @property
    def hint(self) -> str:
        """Name the commands that tell the decision."""
        chosen = self.candidates[0] if self.candidates else "ID"
        return (
            f"Run `reconciler state resolve {self.address} --adopt {chosen}` to take it over, or "
            f"`reconciler state resolve {self.address} --forget` if none of them is this one."
        )


Unsettled = SecretLost | Wait | Ask
"""A decision that leaves something in doubt."""

Decision = Settled | Unsettled
"""What becomes of one address with open intents."""


def on_top_of(so_far: Settled, decision: Decision) -> Decision:
    """Return the decision with `so_far` in place of what it took as settled."""
    return so_far if isinstance(decision, Settled) else replace(decision, so_far=so_far)


def differing_fields(situation: Situation, applied: Fields, live: LiveObject) -> Iterator[str]:
    """Yield the names of the fields whose live value visibly differs from what was applied."""
    grouped = situation.collection.parts is not None
    for name, value in applied.items():
        declared = situation.kind.field(name)
        readable = name in live.fields and not declared.local and not declared.write_only
        if not readable or (grouped and isinstance(value, list)):
            continue
        if not was_applied(declared, live.fields[name], value, situation.digest):
            yield name


def fold_answer(settled: Settled, intent: Intent, response: Response, kind: Kind) -> Settled:
    """Settle an intent by its answer, which the journal holds."""
    row = _leaving(fold(settled.row, intent, response), intent)
    created = isinstance(intent, CreateIntent)
    if row and created and unlisted.marks(kind):
        row = unlisted.marked(row, settled.row)
    return replace(
        settled,
        row=row,
        made=settled.made or created,
        closes=settled.closing(intent, "done"),
        secrets={**settled.secrets, **response.secrets},
    )


def look_again(settled: Settled, intent: UpdateIntent | DeleteIntent, kind: Kind) -> Settled:
    """Close an update, a deletion or a change of members: the next plan reads what came of it.

    Write-only fields that the intent was about are dropped from the row, since no plan can read
    them: so they are sent again.
    """
    closes = settled.closing(intent, "looked-again")
    row = settled.row
    if row is None:
        return replace(settled, closes=closes)
    unreadable = {f.name for f in kind.fields if f.write_only} & intent.applied.keys()
    applied = {name: value for name, value in row.applied.items() if name not in unreadable}
    extra = merge_extra(row.extra, intent.in_doubt)
    looked = replace(row, applied=applied, extra=extra)
    return replace(settled, row=_leaving(looked, intent), closes=closes)


def _leaving(row: OwnedObject | None, intent: Intent) -> OwnedObject | None:
    """Mark the row of an object that a deletion may have removed: its absence is no outage."""
    if row and isinstance(intent, DeleteIntent) and intent.target == row.remote_id:
        return replace(row, extra={**row.extra, LEAVING: True})
    return row


def take(
    settled: Settled,
    intent: CreateIntent,
    live: LiveObject,
    provenance: Provenance,
    watch: Watch | None,
) -> Settled:
    """Settle a create in doubt: `live` is the object that it made."""
    row = fold(settled.row, intent, Response(server_id=live.id, extra=live.extra))
    if row and (not settled.row or row.remote_id != settled.row.remote_id):
        row = replace(row, provenance=provenance)
    return replace(
        settled,
        row=row,
        made=True,
        closes=settled.closing(intent, f"recovered-{provenance.value}"),
        watch=watch_of(intent, watch, live.id),
    )


def wait(settled: Settled, intent: Intent) -> Wait:
    """Leave the intent open: nothing can be concluded yet."""
    return Wait(so_far=settled, message=doubt(intent))


def ask(settled: Settled, intent: Intent, found: Sequence[LiveObject], why: str) -> Ask:
    """Leave the intent to a person, with the ids to choose from."""
    ids = tuple(live.id for live in found)
    listed = f": {', '.join(ids)}" if ids else ""
    return Ask(so_far=settled, candidates=ids, message=f"{doubt(intent)}; {why}{listed}")


def doubt(intent: Intent) -> str:
    """Say which operation has an unknown outcome."""
    return (
        f"the outcome of {intent.step} of {intent.address} is not known (operation {intent.op_id})"
    )
