"""Changes the tables: one function for each kind of write, called inside a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from reconciler.errors import StateError
from reconciler.model.address import Address
from reconciler.model.journal import (
    CreateIntent,
    DeleteIntent,
    Intent,
    IntentStatus,
    JournalEntry,
)
from reconciler.model.numbers import NumberSet
from reconciler.model.verification import CanarySend
from reconciler.state.base import (
    Drop,
    Effect,
    EndWatch,
    Move,
    Put,
    RunRecord,
    Settlement,
    StartWatch,
)
from reconciler.state.database import codec, statements
from reconciler.state.database.rows import found
from reconciler.state.database.tables import (
    ACCOUNTS,
    ACKNOWLEDGED,
    CANARIES,
    JOURNAL,
    MEMBERS,
    OBJECTS,
    PENDING,
    RUNS,
    WATCHES,
    AccountRow,
    BatchRow,
    CanaryRow,
    JournalRow,
    MembersRow,
    ObjectRow,
    PendingRow,
    RunRow,
    Table,
    WatchRow,
)

if TYPE_CHECKING:
    from reconciler.state.database.commit import Transaction
    from reconciler.state.database.personal import Vault
    from reconciler.state.database.protocol import Connection

Addressed = TypeVar("Addressed", ObjectRow, MembersRow, WatchRow)

KEPT_INTENTS = 5_000
"""How many closed intents are kept for `state history`; events are all kept."""

_MADE = ("done", "recovered", "looked-again", "settled-by-reading")
"""The beginnings of outcomes after which the object to be made exists, or may exist."""

_BULKY = ("applied", "lifecycle", "in_doubt")
"""Fields of an intent that only recovery needs; they are dropped when it is closed."""


def intend(transaction: Transaction, intent: Intent) -> None:
    """Open an intent, or replace a pending one."""
    if _is_closed(transaction, intent.op_id):
        raise StateError(f"the operation {intent.op_id} is closed already")
    detail = {
        "address": intent.address,
        "verb": intent.verb,
        "step": intent.step,
    }
    transaction.event("intent", intent.op_id, codec.dumps(detail))
    row = PendingRow(
        op_id=intent.op_id,
        opened=transaction.tally.seq,
        status=IntentStatus.OPEN.value,
        intent=codec.encode_intent(transaction.vault.seal_intent(intent)),
        response=None,
        sealed=None,
        started_at=transaction.now,
    )
    transaction.put(PENDING, row)


def respond(transaction: Transaction, op_id: str, response: str, sealed: str | None) -> None:
    """Store an answer; `response` and `sealed` (its secrets) are JSON."""
    row = transaction.remove(PENDING, op_id)
    if row is None:
        raise StateError(f"the operation {op_id} is not open")
    transaction.event("response", op_id, "")
    transaction.insert(PENDING, answered(row, response, sealed))


def answered(row: PendingRow, response: str, sealed: str | None) -> PendingRow:
    """Return an intent's row with its answer added."""
    return replace(row, status=IntentStatus.RESPONDED.value, response=response, sealed=sealed)


def settle(transaction: Transaction, settlement: Settlement) -> None:
    """Close the intents of a settlement, and make its changes (transaction C)."""
    tally = transaction.tally
    for op_id, outcome in settlement.closes.items():
        _close(transaction, op_id, outcome)
    for effect in settlement.effects:
        _take_effect(transaction, effect)
    tally.serial += 1
    transaction.event("settled", str(tally.serial), _summary(settlement))


def _take_effect(transaction: Transaction, effect: Effect) -> None:
    match effect:
        case Put(row=row, members=members):
            transaction.put(OBJECTS, codec.object_row(transaction.vault.seal_row(row)))
            merge_members(transaction, str(row.address), members)
        case Drop(address=address):
            _drop(transaction, str(address))
        case Move(source=source, target=target):
            _move(transaction, str(source), str(target))
        case StartWatch(watch=watch):
            text = codec.encode(watch, leave_out=("address",))
            transaction.put(WATCHES, WatchRow(str(watch.address), text))
        case EndWatch(address=address):
            transaction.remove(WATCHES, str(address))


def made(entries: Iterable[JournalEntry]) -> frozenset[Address]:
    """Return the addresses for which something was made that was not deleted afterwards.

    `entries` come newest first. Those without an answer do not count until they are settled.
    """
    new: set[Address] = set()
    deleted: set[tuple[Address, str | None]] = set()
    for entry in entries:
        intent = entry.intent
        done = entry.status is IntentStatus.RESPONDED or entry.outcome.startswith(_MADE)
        if isinstance(intent, DeleteIntent):
            deleted |= {(intent.address, intent.target), (intent.address, None)}
        elif done and (isinstance(intent, CreateIntent) or intent.makes):
            made_id = entry.response.server_id if entry.response else None
            if (intent.address, made_id) not in deleted:  # else it is missing for a reason
                new.add(intent.address)
    return frozenset(new)


def _summary(settlement: Settlement) -> str:
    details: dict[str, object] = {"closes": settlement.closes}
    for effect in settlement.effects:
        details |= _details(effect)
    return codec.dumps({name: value for name, value in details.items() if value})


def _details(effect: Effect) -> dict[str, object]:
    match effect:
        case Put(row=row, members=members):
            known: dict[str, object] = {"put": row.address, "id": row.remote_id}
            return known if members is None else known | {"members": len(members)}
        case Drop(address=address):
            return {"drop": address}
        case Move(source=source, target=target):
            return {"move": (source, target)}
        case StartWatch(watch=watch):
            return {"watch": watch.address}
        case EndWatch(address=address):
            return {"unwatch": address}


def _close(transaction: Transaction, op_id: str, outcome: str) -> None:
    row = transaction.remove(PENDING, op_id)
    if row is None:
        if not _is_closed(transaction, op_id):
            raise StateError(f"the operation {op_id} is not known")
        return
    kept = {name: value for name, value in codec.loads(row.intent).items() if name not in _BULKY}
    closed = JournalRow(
        opened=row.opened,
        op_id=op_id,
        intent=codec.dumps(kept),
        response=row.response,
        outcome=outcome,
        started_at=row.started_at,
        closed_at=transaction.now,
    )
    transaction.insert(JOURNAL, closed)


def _is_closed(transaction: Transaction, op_id: str) -> bool:
    return bool(found(transaction.db, statements.CLOSED, op_id))


def _drop(transaction: Transaction, address: str) -> None:
    merge_members(transaction, address, None)
    transaction.remove(MEMBERS, address)
    transaction.remove(OBJECTS, address)


def _move(transaction: Transaction, source: str, target: str) -> None:
    merge_members(transaction, source, None)
    _drop(transaction, target)
    _rename(transaction, OBJECTS, source, target)
    _rename(transaction, MEMBERS, source, target)
    _rename(transaction, WATCHES, source, target)


def _rename(transaction: Transaction, table: Table[Addressed], source: str, target: str) -> None:
    row = transaction.remove(table, source)
    if row is not None:
        transaction.put(table, replace(row, address=target))


def follow(transaction: Transaction, moves: Mapping[str, str]) -> None:
    """Replace moved addresses in the references of rows and open intents."""
    for row in found(transaction.db, OBJECTS.all):
        facts = codec.loads(row.facts)
        if _follows(facts, "depends_on", moves):
            transaction.put(OBJECTS, replace(row, facts=codec.dumps(facts)))
    for pending in found(transaction.db, statements.PENDING_IN_ORDER):
        intent = codec.loads(pending.intent)
        moved = intent["address"] in moves
        if _follows(intent.get("lifecycle", {}), "dependsOn", moves) or moved:
            intent["address"] = moves.get(intent["address"], intent["address"])
            transaction.put(PENDING, replace(pending, intent=codec.dumps(intent)))


def _follows(holder: dict[str, Any], name: str, moves: Mapping[str, str]) -> bool:
    """Replace moved addresses in the list `holder[name]`; return whether there were any."""
    before = holder.get(name, [])
    after = [moves.get(address, address) for address in before]
    if after == before:
        return False
    holder[name] = after
    return True


def rename_provider(transaction: Transaction, old: str, new: str) -> None:
    """Rename a provider in all rows, members, watches and open intents."""
    start = f"{old}/"
    moves = {
        address: f"{new}/{address.removeprefix(start)}"
        for address in _addresses(transaction.db)
        if address.startswith(start)
    }
    for source, target in moves.items():
        _move(transaction, source, target)
    follow(transaction, moves)
    account = transaction.remove(ACCOUNTS, old)
    if account is not None:
        transaction.put(ACCOUNTS, AccountRow(new, account.fingerprint))
    transaction.tally.serial += 1
    transaction.event("provider", old, new)


def _addresses(db: Connection) -> Iterator[str]:
    """Yield every address of rows, watches, members and open intents."""
    yield from (row.address for row in found(db, OBJECTS.all))
    yield from (row.address for row in found(db, WATCHES.all))
    yield from (row.address for row in found(db, MEMBERS.all))
    for pending in found(db, statements.PENDING_IN_ORDER):
        yield codec.loads(pending.intent)["address"]


def drop_account(transaction: Transaction, provider: str) -> None:
    """Unbind a provider name from its account."""
    transaction.event("account", provider, "")
    transaction.remove(ACCOUNTS, provider)


def put_account(transaction: Transaction, provider: str, fingerprint: str) -> None:
    """Bind a provider name to an account."""
    transaction.event("account", provider, fingerprint)
    transaction.put(ACCOUNTS, AccountRow(provider, fingerprint))


def put_canary(transaction: Transaction, sending: CanarySend, oldest: float) -> None:
    """Store what is known of a canary; remove those sent before `oldest`."""
    transaction.put(CANARIES, CanaryRow(sending.op_id, codec.canary_text(sending)))
    for row in found(transaction.db, CANARIES.all):
        if codec.canary_of(row.sending).sent_at < oldest:
            transaction.remove(CANARIES, row.op_id)


# --- members of sets ---


def acknowledge(transaction: Transaction, op_id: str, address: str, numbers: Sequence[str]) -> None:
    """Store a batch of members as one small row, which is merged later."""
    [last] = transaction.db.execute(statements.LAST_BATCH).fetchone()
    sealed = transaction.vault.seal_batch(numbers)
    transaction.insert(ACKNOWLEDGED, BatchRow((last or 0) + 1, op_id, address, sealed))


def merge_members(transaction: Transaction, address: str, complete: NumberSet | None) -> None:
    """Merge acknowledged batches into `complete`, or else into the members that are stored."""
    acknowledged, _ = transaction.tally.sums.get(ACKNOWLEDGED.name, (0, 0))
    batches = found(transaction.db, statements.BATCHES_OF, address) if acknowledged else []
    if complete is None and not batches:
        return
    stored = transaction.remove(MEMBERS, address)
    members = merged(transaction.vault, stored if complete is None else None, batches)
    for batch in batches:
        transaction.remove(ACKNOWLEDGED, batch.id)
    numbers = members if complete is None else members | complete
    transaction.insert(MEMBERS, MembersRow(address, transaction.vault.seal_members(numbers)))


def merged(vault: Vault, stored: MembersRow | None, batches: Iterable[BatchRow]) -> NumberSet:
    """Return the members of a stored row together with those of acknowledged batches."""
    members = vault.members(stored.numbers) if stored is not None else NumberSet()
    for batch in batches:
        members.add_many(vault.batch(batch.numbers))
    return members


# --- runs ---


def begin(transaction: Transaction, command: str, actor: str, host: str) -> None:
    """Open a new epoch: end crashed runs, merge their batches, trim the journal."""
    db, tally = transaction.db, transaction.tally
    end_crashed(transaction)
    tally.epoch += 1
    run = RunRow(
        epoch=tally.epoch,
        command=command,
        actor=actor,
        host=host,
        started_at=transaction.now,
        ended_at=None,
        outcome="",
        summary="{}",
    )
    transaction.insert(RUNS, run)
    transaction.event("begin", str(tally.epoch), f"{command} by {actor}")
    for (address,) in db.execute(statements.ADDRESSES_WITH_BATCHES).fetchall():
        merge_members(transaction, address, None)
    for (opened,) in db.execute(statements.JOURNAL_BEYOND, (KEPT_INTENTS,)).fetchall():
        transaction.remove(JOURNAL, opened)


def end_crashed(transaction: Transaction) -> None:
    """Mark every run without an end as crashed, at the moment of the last write."""
    for row in found(transaction.db, statements.UNENDED_RUNS):
        ended = replace(row, ended_at=transaction.tally.seen_at, outcome="crashed")
        transaction.put(RUNS, ended)


def finish(transaction: Transaction, outcome: str, summary: Mapping[str, int]) -> None:
    """Record the end of the run."""
    epoch = transaction.tally.epoch
    row = transaction.remove(RUNS, epoch)
    if row is None:
        raise StateError(f"run {epoch} is not known")
    counts = codec.dumps(summary)
    ended = replace(row, ended_at=transaction.now, outcome=outcome, summary=counts)
    transaction.insert(RUNS, ended)
    transaction.event("end", str(epoch), outcome)


def note_move(transaction: Transaction, target: str) -> None:
    """Record in the events where the state moves."""
    transaction.event("moved", target, "")


def note_rekeying(transaction: Transaction) -> None:
    """Record in the events that the state was encrypted anew."""
    transaction.event("rekeyed", str(transaction.tally.epoch), "")


def run_of(row: RunRow) -> RunRecord:
    """Return the `RunRecord` of a row."""
    counts: dict[str, Any] = codec.loads(row.summary)
    return RunRecord(
        epoch=row.epoch,
        command=row.command,
        actor=row.actor,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
        summary=counts,
    )
