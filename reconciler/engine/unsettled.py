"""Unsettled intents and watches, as planning sees them: read-only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.engine.decisions import Decision, Resolution, Situation, decide
from reconciler.engine.matching import LiveIndex
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.finding import Finding, Severity
from reconciler.model.journal import ANY_ID, JournalEntry, Watch
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.state.base import StateStore


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestions:
    """What open intents mean for a plan."""

    rows: Mapping[Address, OwnedObject] = field(default_factory=dict)
    """Rows as the next apply will find or make them."""
    gone: frozenset[Address] = frozenset()
    """Addresses whose object is known to be deleted."""
    blocked: Mapping[Address, str] = field(default_factory=dict)
    undecided: frozenset[Address] = frozenset()


def by_address(store: StateStore) -> dict[Address, list[JournalEntry]]:
    """Return the intents that are not closed, by address, oldest first."""
    entries: dict[Address, list[JournalEntry]] = defaultdict(list)
    for entry in store.open_entries():
        entries[entry.intent.address].append(entry)
    return entries


def collections(store: StateStore) -> frozenset[tuple[str, str]]:
    """Return the `(provider, kind)` collections that unsettled matters are about."""
    addresses = {*by_address(store), *(watch.address for watch in store.watches())}
    return frozenset((address.provider, address.kind) for address in addresses)


def read_only(
    workspace: Workspace, rows: Mapping[Address, OwnedObject], index: LiveIndex
) -> OpenQuestions:
    """Decide as far as one listing allows, changing nothing."""
    decisions = [
        decision
        for address, entries in by_address(workspace.store).items()
        if (decision := _decide(workspace, address, entries, rows, index)) is not None
    ]
    settled = [d for d in decisions if d.resolution is Resolution.SETTLED]
    unsettled = [d for d in decisions if d.resolution is not Resolution.SETTLED]
    return OpenQuestions(
        rows={d.address: d.row for d in settled if d.row is not None},
        gone=frozenset(d.address for d in settled if d.row is None),
        blocked={d.address: f"{d.message}. {d.hint}" for d in unsettled},
        undecided=frozenset(d.address for d in unsettled if d.resolution is Resolution.ASK),
    )


def _decide(
    workspace: Workspace,
    address: Address,
    entries: list[JournalEntry],
    rows: Mapping[Address, OwnedObject],
    index: LiveIndex,
) -> Decision | None:
    if not workspace.knows(address):
        return None
    return decide(
        Situation(
            address=address,
            entries=entries,
            row=rows.get(address),
            provider=workspace.provider(address),
            kind=workspace.kind(address),
            collection=index.collection(address),
            settled=False,
            taken=taken_ids(rows, address),
            watch={w.address: w for w in workspace.store.watches()}.get(address),
        )
    )


def taken_ids(rows: Mapping[Address, OwnedObject], address: Address) -> frozenset[str]:
    """Return the remote ids of an address's kind that other addresses own."""
    return frozenset(
        row.remote_id
        for other, row in rows.items()
        if other != address and (other.provider, other.kind) == (address.provider, address.kind)
    )


def twins(
    workspace: Workspace, rows: Mapping[Address, OwnedObject], index: LiveIndex
) -> Iterator[Finding]:
    """Yield a finding for every watched address that has got a late twin."""
    for watch in workspace.store.watches():
        extra = late_twins(workspace, rows, index, watch)
        if extra:
            ids = ", ".join(live.id for live in extra)
            yield Finding(
                severity=Severity.WARNING,
                rule="possible-duplicate",
                address=watch.address,
                message=(
                    f"possible duplicate of operation {watch.op_id}: id {ids}; if it is one, "
                    f"delete it by hand, if not: reconciler state resolve {watch.address} --forget"
                ),
            )


def late_twins(
    workspace: Workspace, rows: Mapping[Address, OwnedObject], index: LiveIndex, watch: Watch
) -> list[LiveObject]:
    """Return live objects that appeared after a watched create and that no row owns."""
    row = rows.get(watch.address)
    collection = index.collection(watch.address)
    if row is None or collection is None or ANY_ID in watch.pre_ids:
        return []
    if not workspace.knows(watch.address):
        return []
    known = {row.remote_id, *watch.pre_ids, *taken_ids(rows, watch.address), *_parts(rows)}
    found = collection.parts if collection.parts is not None else collection.objects
    return [
        live
        for live in found
        if live.id not in known
        and (live.extra.get("marker") == watch.marker if watch.marker else _same_key(live, watch))
    ]


def _same_key(live: LiveObject, watch: Watch) -> bool:
    return watch.key is None or live.key == watch.key


def _parts(rows: Mapping[Address, OwnedObject]) -> set[str]:
    """Return every id that rows remember of parts, such as one webhook per event."""
    return {
        str(part)
        for row in rows.values()
        if isinstance(ids := row.extra.get("ids"), dict)
        for part in ids.values()
    }
