"""What open intents mean for a plan, which may look but not settle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler.engine.live.delivered import row_once_delivered
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.settling.taken import answered_ids, taken_ids
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address, CollectionKey
from reconciler.model.journal import JournalEntry
from reconciler.model.owned import OwnedObject
from reconciler.state.base import StateStore

if TYPE_CHECKING:
    from reconciler.engine.settling.decision import Unsettled


class OpenQuestions(Struct, frozen=True, kw_only=True):
    """What a plan has to know of the addresses with open intents."""

    rows: Mapping[Address, OwnedObject] = field(default_factory=dict)
    """The rows that the next apply will settle on, before it plans anything."""
    gone: frozenset[Address] = frozenset()
    """Addresses that will have no row: their object is known to be deleted, or never made."""
    blocked: Mapping[Address, str] = field(default_factory=dict)
    """Addresses that cannot be planned, and why: `apply` settles some, a person the rest."""
    sealed: frozenset[Address] = frozenset()
    """Addresses whose secrets wait in the journal: `apply` delivers them before all else."""


def by_address(store: StateStore) -> dict[Address, list[JournalEntry]]:
    """Return the journal entries that are not closed, by address, oldest first."""
    entries: dict[Address, list[JournalEntry]] = defaultdict(list)
    for entry in store.open_entries():
        entries[entry.intent.address].append(entry)
    return entries


def collections(store: StateStore) -> frozenset[CollectionKey]:
    """Return the collections of all addresses with an open intent or a watch."""
    addresses = {*by_address(store), *(watch.address for watch in store.watches())}
    return frozenset((address.provider, address.kind) for address in addresses)


def open_questions(
    workspace: Workspace,
    rows: Mapping[Address, OwnedObject],
    index: LiveIndex,
    doubts: Mapping[Address, Unsettled],
) -> OpenQuestions:
    """Decide what one listing lets us decide, and change nothing.

    `doubts` are the addresses that recovery, in the same run, has tried to settle in vain.
    """
    entries = by_address(workspace.store)
    if not entries:
        return OpenQuestions()
    from reconciler.engine.settling.decision import Settled, Situation
    from reconciler.engine.settling.decisions import decide

    watches = {watch.address: watch for watch in workspace.store.watches()}
    decisions = [
        doubts.get(address)
        or decide(
            Situation(
                address=address,
                entries=each,
                row=rows.get(address),
                provider=workspace.provider(address),
                kind=workspace.kind(address),
                collection=index.collection(address),
                digest=workspace.store.digest,
                listings_agree=False,
                taken=taken_ids(rows, address) | answered_ids(entries, address),
                watch=watches.get(address),
            )
        )
        for address, each in entries.items()
        if workspace.knows(address)
    ]
    settled = [each for each in decisions if isinstance(each, Settled)]
    unsettled = [each for each in decisions if not isinstance(each, Settled)]
    return OpenQuestions(
        rows={
            d.address: row_once_delivered(workspace, d.row, d.secrets) if d.secrets else d.row
            for d in settled
            if d.row is not None
        },
        gone=frozenset(d.address for d in settled if d.row is None),
        blocked={d.address: f"{d.message}. {d.hint}" for d in unsettled},
        sealed=frozenset(d.address for d in settled if d.secrets),
    )
