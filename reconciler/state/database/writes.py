"""What each write does to the tables, as work for a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reconciler.errors import StateError
from reconciler.model.address import Address
from reconciler.model.journal import Intent, IntentStatus, JournalEntry, Verb
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
from reconciler.state.database import codec, sql
from reconciler.state.database.tally import Row, checked

if TYPE_CHECKING:
    from reconciler.state.database.commit import Transaction
    from reconciler.state.database.personal import Vault

KEPT_INTENTS = 5_000
"""How many closed intents are kept for `state history`; the events of all are."""

_MADE = ("done", "recovered", "looked-again", "settled-by-reading")
"""How outcomes begin after which what was to be made exists, or may."""

_BULKY = ("applied", "lifecycle", "in_doubt")
"""Parts of an intent that only recovery needs, so that a closed one does without."""


def intend(transaction: Transaction, intent: Intent) -> None:
    """Open an intent, or write a pending one again."""
    if transaction.db.execute(sql.JOURNAL_OF, {"op_id": intent.op_id}).fetchone() is not None:
        raise StateError(f"the operation {intent.op_id} is closed already")
    detail = {
        "address": intent.address,
        "verb": intent.verb,
        "step": intent.step,
    }
    transaction.event("intent", intent.op_id, codec.dumps(detail))
    row = (
        intent.op_id,
        transaction.tally.seq,
        IntentStatus.OPEN.value,
        codec.encode(transaction.vault.seal_intent(intent)),
        None,
        None,
        transaction.now,
    )
    transaction.tally.put(transaction.db, sql.PENDING, row)


def respond(transaction: Transaction, op_id: str, response: str, sealed: str | None) -> None:
    """Store what was answered; `response` and `sealed` are JSON."""
    row = transaction.tally.remove(transaction.db, sql.PENDING, op_id)
    if row is None:
        raise StateError(f"the operation {op_id} is not open")
    transaction.event("response", op_id, "")
    _, opened, _, intent, _, _, started_at, _ = row
    answered = (op_id, opened, IntentStatus.RESPONDED.value, intent, response, sealed, started_at)
    transaction.tally.insert(transaction.db, sql.PENDING, answered)


def settle(transaction: Transaction, settlement: Settlement) -> None:
    """Do all of a settlement (transaction C)."""
    tally = transaction.tally
    for op_id, outcome in settlement.closes.items():
        _close(transaction, op_id, outcome)
    for effect in settlement.effects:
        _take_effect(transaction, effect)
    tally.serial += 1
    transaction.event("settled", str(tally.serial), _summary(settlement))


def _take_effect(transaction: Transaction, effect: Effect) -> None:
    db, tally = transaction.db, transaction.tally
    match effect:
        case Put(row=row, members=members):
            tally.put(db, sql.OBJECTS, codec.object_row(transaction.vault.seal_row(row)))
            merge_members(transaction, str(row.address), members)
        case Drop(address=address):
            _drop(transaction, str(address))
        case Move(source=source, target=target):
            _move(transaction, str(source), str(target))
        case StartWatch(watch=watch):
            text = codec.encode(watch, leave_out=("address",))
            tally.put(db, sql.WATCHES, (str(watch.address), text))
        case EndWatch(address=address):
            tally.remove(db, sql.WATCHES, str(address))


def made(entries: Iterable[JournalEntry]) -> frozenset[Address]:
    """Return the addresses for which something was made that nobody has deleted since.

    `entries` come newest first. What was not answered is left to whoever settles it.
    """
    found: set[Address] = set()
    deleted: set[tuple[Address, str | None]] = set()
    for entry in entries:
        intent = entry.intent
        answered = entry.status is IntentStatus.RESPONDED or entry.outcome.startswith(_MADE)
        if intent.verb is Verb.DELETE:
            deleted |= {(intent.address, intent.target), (intent.address, None)}
        elif answered and (intent.verb is Verb.CREATE or intent.makes):
            made_id = entry.response.server_id if entry.response else None
            if (intent.address, made_id) not in deleted:  # else it is missing for a reason
                found.add(intent.address)
    return frozenset(found)


def _summary(settlement: Settlement) -> str:
    said: dict[str, object] = {"closes": settlement.closes}
    for effect in settlement.effects:
        said |= _said(effect)
    return codec.dumps({name: value for name, value in said.items() if value})


def _said(effect: Effect) -> dict[str, object]:
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
    row = transaction.tally.remove(transaction.db, sql.PENDING, op_id)
    if row is None:
        if transaction.db.execute(sql.JOURNAL_OF, {"op_id": op_id}).fetchone() is None:
            raise StateError(f"the operation {op_id} is not known")
        return
    _, opened, _, intent, response, _, started_at, _ = row
    slim = {name: value for name, value in codec.loads(intent).items() if name not in _BULKY}
    closed = (opened, op_id, codec.dumps(slim), response, outcome, started_at, transaction.now)
    transaction.tally.insert(transaction.db, sql.JOURNAL, closed)


def _drop(transaction: Transaction, address: str) -> None:
    merge_members(transaction, address, None)
    transaction.tally.remove(transaction.db, sql.MEMBERS, address)
    transaction.tally.remove(transaction.db, sql.OBJECTS, address)


def _move(transaction: Transaction, source: str, target: str) -> None:
    merge_members(transaction, source, None)
    _drop(transaction, target)
    for table in (sql.OBJECTS, sql.MEMBERS, sql.WATCHES):
        row = transaction.tally.remove(transaction.db, table, source)
        if row is not None:
            transaction.tally.put(transaction.db, table, (target, *row[1:-1]))


def follow(transaction: Transaction, moves: Mapping[str, str]) -> None:
    """Let rows and open intents name moved addresses as they are called now."""
    db, tally = transaction.db, transaction.tally
    for row in db.execute(sql.OBJECTS.all).fetchall():
        facts = codec.loads(row[5])
        if _follows(facts, "depends_on", moves):
            tally.put(db, sql.OBJECTS, (*row[:5], codec.dumps(facts)))
    for row in db.execute(sql.PENDING_IN_ORDER).fetchall():
        intent = codec.loads(row[3])
        moved = intent["address"] in moves
        if _follows(intent.get("lifecycle", {}), "dependsOn", moves) or moved:
            intent["address"] = moves.get(intent["address"], intent["address"])
            tally.put(db, sql.PENDING, (*row[:3], codec.dumps(intent), *row[4:-1]))


def _follows(holder: dict[str, Any], name: str, moves: Mapping[str, str]) -> bool:
    """Replace moved addresses in a list; tells whether there was one."""
    before = holder.get(name, [])
    after = [moves.get(address, address) for address in before]
    if after == before:
        return False
    holder[name] = after
    return True


def rename_provider(transaction: Transaction, old: str, new: str) -> None:
    """Give everything of a provider's account another name, its members and open intents too."""
    db, tally = transaction.db, transaction.tally
    start = f"{old}/"
    found = [row[0] for table in (sql.OBJECTS, sql.WATCHES) for row in db.execute(table.all)]
    found += [row[0] for row in db.execute(sql.MEMBERS.all)]
    found += [codec.loads(row[3])["address"] for row in db.execute(sql.PENDING_IN_ORDER)]
    moves = {a: f"{new}/{a.removeprefix(start)}" for a in found if a.startswith(start)}
    for source, target in moves.items():
        _move(transaction, source, target)
    follow(transaction, moves)
    account = tally.remove(db, sql.ACCOUNTS, old)
    if account is not None:
        tally.put(db, sql.ACCOUNTS, (new, account[1]))
    tally.serial += 1
    transaction.event("provider", old, new)


def drop_account(transaction: Transaction, provider: str) -> None:
    """Let a provider name stand for no account."""
    transaction.event("account", provider, "")
    transaction.tally.remove(transaction.db, sql.ACCOUNTS, provider)


def put_account(transaction: Transaction, provider: str, fingerprint: str) -> None:
    """Bind a provider name to an account."""
    transaction.event("account", provider, fingerprint)
    transaction.tally.put(transaction.db, sql.ACCOUNTS, (provider, fingerprint))


def put_canary(transaction: Transaction, sending: CanarySend, oldest: float) -> None:
    """Remember how a canary stands; those sent before `oldest` are forgotten."""
    db, tally = transaction.db, transaction.tally
    tally.put(db, sql.CANARIES, (sending.op_id, codec.canary_text(sending)))
    for op_id, text, _ in db.execute(sql.CANARIES.all).fetchall():
        if codec.canary_of(text).sent_at < oldest:
            tally.remove(db, sql.CANARIES, op_id)


# --- members of sets ---


def acknowledge(transaction: Transaction, op_id: str, address: str, numbers: Sequence[str]) -> None:
    """Keep a batch of members; one small row, merged in later."""
    [last] = transaction.db.execute(sql.LAST_ACKNOWLEDGED).fetchone()
    row = ((last or 0) + 1, op_id, address, transaction.vault.seal_batch(numbers))
    transaction.tally.insert(transaction.db, sql.ACKNOWLEDGED, row)


def merge_members(transaction: Transaction, address: str, complete: NumberSet | None) -> None:
    """Merge acknowledged batches into the members (`complete`, or else those that are stored)."""
    acknowledged = transaction.tally.sums.get(sql.ACKNOWLEDGED.name, (0, 0))[0]
    query = {"address": address}
    batches: list[Row] = []
    if acknowledged:
        batches = transaction.db.execute(sql.ACKNOWLEDGED_OF, query).fetchall()
    if complete is None and not batches:
        return
    stored = transaction.tally.remove(transaction.db, sql.MEMBERS, address)
    members = merged(transaction.vault, stored if complete is None else None, batches)
    for batch in batches:
        transaction.tally.remove(transaction.db, sql.ACKNOWLEDGED, batch[0])
    numbers = members if complete is None else members | complete
    row = (address, transaction.vault.seal_members(numbers))
    transaction.tally.insert(transaction.db, sql.MEMBERS, row)


def merged(vault: Vault, stored: Row | None, batches: Iterable[Row]) -> NumberSet:
    """Return the members of a stored row and of acknowledged batches together."""
    members = NumberSet()
    if stored is not None:
        members = vault.members(checked(sql.MEMBERS, stored)[1])
    for batch in batches:
        members.add_many(vault.batch(checked(sql.ACKNOWLEDGED, batch)[3]))
    return members


# --- runs ---


def begin(transaction: Transaction, command: str, actor: str, host: str) -> None:
    """Open a new epoch, end those that crashed, and put away what they left."""
    db, tally = transaction.db, transaction.tally
    end_crashed(transaction)
    tally.epoch += 1
    run = (tally.epoch, command, actor, host, transaction.now, None, "", "{}")
    tally.insert(db, sql.RUNS, run)
    transaction.event("begin", str(tally.epoch), f"{command} by {actor}")
    for (address,) in db.execute(sql.ACKNOWLEDGED_ADDRESSES).fetchall():
        merge_members(transaction, address, None)
    for (opened,) in db.execute(sql.JOURNAL_BEYOND, {"count": KEPT_INTENTS}).fetchall():
        tally.remove(db, sql.JOURNAL, opened)


def end_crashed(transaction: Transaction) -> list[RunRecord]:
    """Mark every run that has no end as crashed when it last wrote; returns them, oldest first."""
    crashed = []
    for row in transaction.db.execute(sql.UNENDED_RUNS).fetchall():
        crashed.append(run_of(checked(sql.RUNS, row)))
        ended = (*row[:5], transaction.tally.seen_at, "crashed", row[7])
        transaction.tally.put(transaction.db, sql.RUNS, ended)
    return crashed


def finish(transaction: Transaction, outcome: str, summary: Mapping[str, int]) -> None:
    """Record the end of the run."""
    epoch = transaction.tally.epoch
    row = transaction.tally.remove(transaction.db, sql.RUNS, epoch)
    if row is None:
        raise StateError(f"run {epoch} is not known")
    ended = (*row[:5], transaction.now, outcome, codec.dumps(summary))
    transaction.tally.insert(transaction.db, sql.RUNS, ended)
    transaction.event("end", str(epoch), outcome)


def run_of(row: Row) -> RunRecord:
    """Return the run of a row."""
    epoch, command, actor, _host, started_at, ended_at, outcome, summary, _digest = row
    counts: dict[str, Any] = codec.loads(summary)
    return RunRecord(
        epoch=epoch,
        command=command,
        actor=actor,
        started_at=started_at,
        ended_at=ended_at,
        outcome=outcome,
        summary=counts,
    )
