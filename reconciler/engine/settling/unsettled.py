"""Unsettled intents and watches, as planning sees them: read-only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler.engine.live.delivered import destined
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address, CollectionKey
from reconciler.model.finding import (
    POSSIBLE_DUPLICATE,
    STATE_KEY_IN_STORE,
    STATE_REKEY_DUE,
    Finding,
    Severity,
)
from reconciler.model.journal import ANY_ID, CreateIntent, JournalEntry, Watch
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.parts import part_ids
from reconciler.state.base import StateStore

if TYPE_CHECKING:
    from reconciler.engine.settling.decision import Unsettled


class OpenQuestions(Struct, frozen=True, kw_only=True):
    """What open intents mean for a plan."""

    rows: Mapping[Address, OwnedObject] = field(default_factory=dict)
    """Rows as the next apply will find or make them."""
    gone: frozenset[Address] = frozenset()
    """Addresses whose object is known to be deleted."""
    blocked: Mapping[Address, str] = field(default_factory=dict)
    undecided: frozenset[Address] = frozenset()
    """All of the blocked: `apply` settles some by itself, a person the rest."""
    sealed: frozenset[Address] = frozenset()
    """Addresses whose secrets wait in the journal: `apply` delivers them before all else."""


def by_address(store: StateStore) -> dict[Address, list[JournalEntry]]:
    """Return the intents that are not closed, by address, oldest first."""
    entries: dict[Address, list[JournalEntry]] = defaultdict(list)
    for entry in store.open_entries():
        entries[entry.intent.address].append(entry)
    return entries


def collections(store: StateStore) -> frozenset[CollectionKey]:
    """Return the `(provider, kind)` collections that unsettled matters are about."""
    addresses = {*by_address(store), *(watch.address for watch in store.watches())}
    return frozenset((address.provider, address.kind) for address in addresses)


def read_only(
    workspace: Workspace,
    rows: Mapping[Address, OwnedObject],
    index: LiveIndex,
    doubts: Mapping[Address, Unsettled],
) -> OpenQuestions:
    """Decide as far as one listing allows, or recovery has come to before; changes nothing."""
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
                settled=False,
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
            d.address: destined(workspace, d.row, d.secrets) if d.secrets else d.row
            for d in settled
            if d.row is not None
        },
        gone=frozenset(d.address for d in settled if d.row is None),
        blocked={d.address: f"{d.message}. {d.hint}" for d in unsettled},
        undecided=frozenset(d.address for d in unsettled),
        sealed=frozenset(d.address for d in settled if d.secrets),
    )


def taken_ids(rows: Mapping[Address, OwnedObject], address: Address) -> frozenset[str]:
    """Return the remote ids of an address's kind that other addresses own."""
    return frozenset(
        row.remote_id
        for other, row in rows.items()
        if other != address and (other.provider, other.kind) == (address.provider, address.kind)
    )


def answered_ids(entries: Mapping[Address, list[JournalEntry]], address: Address) -> frozenset[str]:
    """Return the ids that stored answers gave to other addresses of a kind, in state or not yet."""
    return frozenset(
        entry.response.server_id
        for other, each in entries.items()
        if other != address and (other.provider, other.kind) == (address.provider, address.kind)
        for entry in each
        if entry.response is not None and entry.response.server_id is not None
    )


def undelivered(workspace: Workspace) -> Iterator[Finding]:
    """Yield a finding for every secret that still waits in the journal for its sink."""
    for entry in workspace.store.open_entries():
        if entry.response is not None and entry.response.secrets:
            yield Finding(
                severity=Severity.WARNING,
                rule="secret-not-delivered",
                address=entry.intent.address,
                message=(
                    "its secret is sealed in the journal and not delivered yet: the next "
                    "`reconciler apply` delivers it"
                ),
            )


def key_beside_secrets(workspace: Workspace) -> Iterator[Finding]:
    """Yield a finding where whoever can read the state can open what is sealed in it."""
    if workspace.store.key_in_store:
        yield Finding(
            severity=Severity.WARNING,
            rule=STATE_KEY_IN_STORE,
            message=(
                "the state's key lies in the store itself, so that whoever can read the store can "
                "open the secrets that are sealed in it"
            ),
            fix="Name recipients in spec.stateEncryption, or set RECONCILER_STATE_KEY, the same on "
            "every machine, before the state is made.",
        )


def encrypted_otherwise(workspace: Workspace) -> Iterator[Finding]:
    """Yield a finding where the state is not encrypted to those whom the project names."""
    if why := workspace.store.rekey_due:
        yield Finding(
            severity=Severity.WARNING,
            rule=STATE_REKEY_DUE,
            message=why,
            fix="Run `reconciler state rekey`.",
        )


def returned(
    workspace: Workspace, rows: Mapping[Address, OwnedObject], index: LiveIndex
) -> Iterator[Finding]:
    """Yield a finding for every object that was called gone and that a list shows again."""
    for watch in workspace.store.watches():
        back = back_again(rows, index, watch)
        if back:
            ids = ", ".join(back)
            way = (
                "delete it by hand"
                if watch.address in rows
                else f"take it back: reconciler state resolve {watch.address} --adopt {back[0]}"
            )
            yield _possible_duplicate(
                watch,
                f": id {ids} was missing from two listings and counted as gone, but is listed "
                f"again; {way}, or say that it does not matter",
            )


def back_again(
    rows: Mapping[Address, OwnedObject], index: LiveIndex, watch: Watch
) -> tuple[str, ...]:
    """Return the ids under watch that a list shows again and that no row owns."""
    collection = index.collection(watch.address)
    if not watch.gone_ids:
        return ()
    listed = collection.parts if collection.parts is not None else collection.objects
    there = {live.id for live in listed}
    key = watch.address[:2]
    owned = {each for address, row in rows.items() if address[:2] == key for each in owned_ids(row)}
    return tuple(each for each in watch.gone_ids if each in there and each not in owned)


def twins(
    workspace: Workspace, rows: Mapping[Address, OwnedObject], index: LiveIndex
) -> Iterator[Finding]:
    """Yield a finding for every watched address that has got a late twin."""
    for watch in workspace.store.watches():
        extra = late_twins(workspace, rows, index, watch)
        if extra:
            ids = ", ".join(live.id for live in extra)
            yield _possible_duplicate(
                watch,
                f" of operation {watch.op_id}: id {ids}; if it is one, delete it by hand, if not",
            )


def _possible_duplicate(watch: Watch, said: str) -> Finding:
    way = f"reconciler state resolve {watch.address} --forget"
    return Finding(
        severity=Severity.WARNING,
        rule=POSSIBLE_DUPLICATE,
        address=watch.address,
        message=f"possible duplicate{said}: {way}",
    )


def late_twins(
    workspace: Workspace, rows: Mapping[Address, OwnedObject], index: LiveIndex, watch: Watch
) -> list[LiveObject]:
    """Return live objects that appeared after a watched create and that no row owns."""
    row = rows.get(watch.address)
    collection = index.collection(watch.address)
    if row is None or not watch.op_id or ANY_ID in watch.pre_ids:
        return []
    if not workspace.knows(watch.address):
        return []
    known = {
        row.remote_id,
        *row.deposed,
        *watch.pre_ids,
        *watch.gone_ids,
        *taken_ids(rows, watch.address),
    }
    return [
        live
        for live in workspace.provider(watch.address).candidates(
            _intent_of(workspace, watch, row), collection
        )
        if not {live.id, *part_ids(live.extra)} & (known | part_ids(row.extra))
    ]


def _intent_of(workspace: Workspace, watch: Watch, row: OwnedObject) -> CreateIntent:
    """Return an intent as the watched one was, for the provider to find what it may have made."""
    return CreateIntent(
        op_id=watch.op_id,
        address=watch.address,
        step="",
        creation=workspace.kind(watch.address).creation,
        account="",
        marker=watch.marker,
        key=watch.key,
        pre_ids=watch.pre_ids,
        applied=row.applied,
    )


def owned_ids(row: OwnedObject) -> frozenset[str]:
    """Return all ids that a row owns: its object's, those it replaced, and those of parts."""
    return frozenset({row.remote_id, *row.deposed, *part_ids(row.extra)})
