"""What `tables` and `statements` say, compiled for SQLite. Generated: do not edit.

`python -m reconciler.state.database.statements` writes it again.
"""

from reconciler.state.database.tally import TableSql

ACCOUNTS = TableSql(
    name="accounts",
    create=(
        "CREATE TABLE accounts ( provider TEXT NOT NULL, fingerprint TEXT NOT NULL, digest "
        "BLOB NOT NULL, PRIMARY KEY (provider) )"
    ),
    insert="INSERT INTO accounts (provider, fingerprint, digest) VALUES (?, ?, ?)",
    all=("SELECT accounts.provider, accounts.fingerprint, accounts.digest FROM accounts"),
    one=(
        "SELECT accounts.provider, accounts.fingerprint, accounts.digest FROM accounts WHERE "
        "accounts.provider = ?"
    ),
    delete="DELETE FROM accounts WHERE accounts.provider = ?",
    update=("UPDATE accounts SET provider=?, fingerprint=?, digest=? WHERE accounts.provider = ?"),
)

ACKNOWLEDGED = TableSql(
    name="acknowledged",
    create=(
        "CREATE TABLE acknowledged ( id INTEGER NOT NULL, op_id TEXT NOT NULL, address TEXT "
        "NOT NULL, numbers TEXT NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (id) ); CREATE "
        "INDEX ix_acknowledged_address ON acknowledged (address)"
    ),
    insert=(
        "INSERT INTO acknowledged (id, op_id, address, numbers, digest) VALUES (?, ?, ?, ?, ?)"
    ),
    all=(
        "SELECT acknowledged.id, acknowledged.op_id, acknowledged.address, "
        "acknowledged.numbers, acknowledged.digest FROM acknowledged"
    ),
    one=(
        "SELECT acknowledged.id, acknowledged.op_id, acknowledged.address, "
        "acknowledged.numbers, acknowledged.digest FROM acknowledged WHERE acknowledged.id = "
        "?"
    ),
    delete="DELETE FROM acknowledged WHERE acknowledged.id = ?",
    update=(
        "UPDATE acknowledged SET id=?, op_id=?, address=?, numbers=?, digest=? WHERE "
        "acknowledged.id = ?"
    ),
)

CANARIES = TableSql(
    name="canaries",
    create=(
        "CREATE TABLE canaries ( op_id TEXT NOT NULL, sending JSON NOT NULL, digest BLOB NOT "
        "NULL, PRIMARY KEY (op_id) )"
    ),
    insert="INSERT INTO canaries (op_id, sending, digest) VALUES (?, ?, ?)",
    all="SELECT canaries.op_id, canaries.sending, canaries.digest FROM canaries",
    one=(
        "SELECT canaries.op_id, canaries.sending, canaries.digest FROM canaries WHERE "
        "canaries.op_id = ?"
    ),
    delete="DELETE FROM canaries WHERE canaries.op_id = ?",
    update="UPDATE canaries SET op_id=?, sending=?, digest=? WHERE canaries.op_id = ?",
)

EVENTS = TableSql(
    name="events",
    create=(
        "CREATE TABLE events ( seq INTEGER NOT NULL, at FLOAT NOT NULL, epoch INTEGER NOT "
        "NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL, hash BLOB NOT "
        "NULL, PRIMARY KEY (seq) )"
    ),
    insert=(
        "INSERT INTO events (seq, at, epoch, kind, subject, detail, hash) VALUES (?, ?, ?, ?, "
        "?, ?, ?)"
    ),
    all=(
        "SELECT events.seq, events.at, events.epoch, events.kind, events.subject, "
        "events.detail, events.hash FROM events"
    ),
    one=(
        "SELECT events.seq, events.at, events.epoch, events.kind, events.subject, "
        "events.detail, events.hash FROM events WHERE events.seq = ?"
    ),
    delete="DELETE FROM events WHERE events.seq = ?",
    update=(
        "UPDATE events SET seq=?, at=?, epoch=?, kind=?, subject=?, detail=?, hash=? WHERE "
        "events.seq = ?"
    ),
)

JOURNAL = TableSql(
    name="journal",
    create=(
        "CREATE TABLE journal ( opened INTEGER NOT NULL, op_id TEXT NOT NULL, intent JSON NOT "
        "NULL, response JSON, outcome TEXT NOT NULL, started_at FLOAT NOT NULL, closed_at "
        "FLOAT NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (opened), UNIQUE (op_id) )"
    ),
    insert=(
        "INSERT INTO journal (opened, op_id, intent, response, outcome, started_at, "
        "closed_at, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    ),
    all=(
        "SELECT journal.opened, journal.op_id, journal.intent, journal.response, "
        "journal.outcome, journal.started_at, journal.closed_at, journal.digest FROM journal"
    ),
    one=(
        "SELECT journal.opened, journal.op_id, journal.intent, journal.response, "
        "journal.outcome, journal.started_at, journal.closed_at, journal.digest FROM journal "
        "WHERE journal.opened = ?"
    ),
    delete="DELETE FROM journal WHERE journal.opened = ?",
    update=(
        "UPDATE journal SET opened=?, op_id=?, intent=?, response=?, outcome=?, started_at=?, "
        "closed_at=?, digest=? WHERE journal.opened = ?"
    ),
)

MEMBERS = TableSql(
    name="members",
    create=(
        "CREATE TABLE members ( address TEXT NOT NULL, numbers BLOB NOT NULL, digest BLOB NOT "
        "NULL, PRIMARY KEY (address) )"
    ),
    insert="INSERT INTO members (address, numbers, digest) VALUES (?, ?, ?)",
    all="SELECT members.address, members.numbers, members.digest FROM members",
    one=(
        "SELECT members.address, members.numbers, members.digest FROM members WHERE "
        "members.address = ?"
    ),
    delete="DELETE FROM members WHERE members.address = ?",
    update="UPDATE members SET address=?, numbers=?, digest=? WHERE members.address = ?",
)

OBJECTS = TableSql(
    name="objects",
    create=(
        "CREATE TABLE objects ( address TEXT NOT NULL, remote_id TEXT NOT NULL, natural_key "
        "TEXT, applied JSON NOT NULL, extra JSON NOT NULL, facts JSON NOT NULL, digest BLOB "
        "NOT NULL, PRIMARY KEY (address) )"
    ),
    insert=(
        "INSERT INTO objects (address, remote_id, natural_key, applied, extra, facts, digest) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)"
    ),
    all=(
        "SELECT objects.address, objects.remote_id, objects.natural_key, objects.applied, "
        "objects.extra, objects.facts, objects.digest FROM objects"
    ),
    one=(
        "SELECT objects.address, objects.remote_id, objects.natural_key, objects.applied, "
        "objects.extra, objects.facts, objects.digest FROM objects WHERE objects.address = ?"
    ),
    delete="DELETE FROM objects WHERE objects.address = ?",
    update=(
        "UPDATE objects SET address=?, remote_id=?, natural_key=?, applied=?, extra=?, "
        "facts=?, digest=? WHERE objects.address = ?"
    ),
)

PENDING = TableSql(
    name="pending",
    create=(
        "CREATE TABLE pending ( op_id TEXT NOT NULL, opened INTEGER NOT NULL, status TEXT NOT "
        "NULL, intent JSON NOT NULL, response JSON, sealed JSON, started_at FLOAT NOT NULL, "
        "digest BLOB NOT NULL, PRIMARY KEY (op_id) )"
    ),
    insert=(
        "INSERT INTO pending (op_id, opened, status, intent, response, sealed, started_at, "
        "digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    ),
    all=(
        "SELECT pending.op_id, pending.opened, pending.status, pending.intent, "
        "pending.response, pending.sealed, pending.started_at, pending.digest FROM pending"
    ),
    one=(
        "SELECT pending.op_id, pending.opened, pending.status, pending.intent, "
        "pending.response, pending.sealed, pending.started_at, pending.digest FROM pending "
        "WHERE pending.op_id = ?"
    ),
    delete="DELETE FROM pending WHERE pending.op_id = ?",
    update=(
        "UPDATE pending SET op_id=?, opened=?, status=?, intent=?, response=?, sealed=?, "
        "started_at=?, digest=? WHERE pending.op_id = ?"
    ),
)

RUNS = TableSql(
    name="runs",
    create=(
        "CREATE TABLE runs ( epoch INTEGER NOT NULL, command TEXT NOT NULL, actor TEXT NOT "
        "NULL, host TEXT NOT NULL, started_at FLOAT NOT NULL, ended_at FLOAT, outcome TEXT "
        "NOT NULL, summary JSON NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (epoch) )"
    ),
    insert=(
        "INSERT INTO runs (epoch, command, actor, host, started_at, ended_at, outcome, "
        "summary, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ),
    all=(
        "SELECT runs.epoch, runs.command, runs.actor, runs.host, runs.started_at, "
        "runs.ended_at, runs.outcome, runs.summary, runs.digest FROM runs"
    ),
    one=(
        "SELECT runs.epoch, runs.command, runs.actor, runs.host, runs.started_at, "
        "runs.ended_at, runs.outcome, runs.summary, runs.digest FROM runs WHERE runs.epoch = "
        "?"
    ),
    delete="DELETE FROM runs WHERE runs.epoch = ?",
    update=(
        "UPDATE runs SET epoch=?, command=?, actor=?, host=?, started_at=?, ended_at=?, "
        "outcome=?, summary=?, digest=? WHERE runs.epoch = ?"
    ),
)

STATE = TableSql(
    name="state",
    create=(
        "CREATE TABLE state ( id INTEGER NOT NULL, lineage TEXT NOT NULL, key_id TEXT NOT "
        "NULL, created_at FLOAT NOT NULL, epoch INTEGER NOT NULL, serial INTEGER NOT NULL, "
        "seq INTEGER NOT NULL, head BLOB NOT NULL, seen_at FLOAT NOT NULL, sums JSON NOT "
        "NULL, digest BLOB NOT NULL, PRIMARY KEY (id) )"
    ),
    insert=(
        "INSERT INTO state (id, lineage, key_id, created_at, epoch, serial, seq, head, "
        "seen_at, sums, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ),
    all=(
        "SELECT state.id, state.lineage, state.key_id, state.created_at, state.epoch, "
        "state.serial, state.seq, state.head, state.seen_at, state.sums, state.digest FROM "
        "state"
    ),
    one=(
        "SELECT state.id, state.lineage, state.key_id, state.created_at, state.epoch, "
        "state.serial, state.seq, state.head, state.seen_at, state.sums, state.digest FROM "
        "state WHERE state.id = ?"
    ),
    delete="DELETE FROM state WHERE state.id = ?",
    update=(
        "UPDATE state SET id=?, lineage=?, key_id=?, created_at=?, epoch=?, serial=?, seq=?, "
        "head=?, seen_at=?, sums=?, digest=? WHERE state.id = ?"
    ),
)

WATCHES = TableSql(
    name="watches",
    create=(
        "CREATE TABLE watches ( address TEXT NOT NULL, watch JSON NOT NULL, digest BLOB NOT "
        "NULL, PRIMARY KEY (address) )"
    ),
    insert="INSERT INTO watches (address, watch, digest) VALUES (?, ?, ?)",
    all="SELECT watches.address, watches.watch, watches.digest FROM watches",
    one=(
        "SELECT watches.address, watches.watch, watches.digest FROM watches WHERE "
        "watches.address = ?"
    ),
    delete="DELETE FROM watches WHERE watches.address = ?",
    update="UPDATE watches SET address=?, watch=?, digest=? WHERE watches.address = ?",
)

TABLES = (
    ACCOUNTS,
    ACKNOWLEDGED,
    CANARIES,
    EVENTS,
    JOURNAL,
    MEMBERS,
    OBJECTS,
    PENDING,
    RUNS,
    STATE,
    WATCHES,
)
SUMMED = (RUNS, OBJECTS, MEMBERS, ACKNOWLEDGED, PENDING, JOURNAL, WATCHES, CANARIES, ACCOUNTS)

SELECT_FENCE = "SELECT state.epoch, state.seq FROM state WHERE state.id = 1"
RECENT_RUNS = (
    "SELECT runs.epoch, runs.command, runs.actor, runs.host, runs.started_at, "
    "runs.ended_at, runs.outcome, runs.summary, runs.digest FROM runs ORDER BY runs.epoch "
    "DESC LIMIT :count OFFSET 0"
)
UNENDED_RUNS = (
    "SELECT runs.epoch, runs.command, runs.actor, runs.host, runs.started_at, "
    "runs.ended_at, runs.outcome, runs.summary, runs.digest FROM runs WHERE runs.ended_at "
    "IS NULL ORDER BY runs.epoch"
)
ACKNOWLEDGED_OF = (
    "SELECT acknowledged.id, acknowledged.op_id, acknowledged.address, "
    "acknowledged.numbers, acknowledged.digest FROM acknowledged WHERE "
    "acknowledged.address = :address"
)
LAST_ACKNOWLEDGED = "SELECT max(acknowledged.id) AS max_1 FROM acknowledged"
ACKNOWLEDGED_ADDRESSES = "SELECT DISTINCT acknowledged.address FROM acknowledged"
PENDING_IN_ORDER = (
    "SELECT pending.op_id, pending.opened, pending.status, pending.intent, "
    "pending.response, pending.sealed, pending.started_at, pending.digest FROM pending "
    "ORDER BY pending.opened"
)
COUNT_SEALED = "SELECT count(*) AS count_1 FROM pending WHERE pending.sealed IS NOT NULL"
RECENT_JOURNAL = (
    "SELECT journal.opened, journal.op_id, journal.intent, journal.response, "
    "journal.outcome, journal.started_at, journal.closed_at, journal.digest FROM journal "
    "ORDER BY journal.opened DESC LIMIT :count OFFSET 0"
)
JOURNAL_OF = "SELECT journal.outcome FROM journal WHERE journal.op_id = :op_id"
JOURNAL_BEYOND = (
    "SELECT journal.opened FROM journal ORDER BY journal.opened DESC LIMIT -1 OFFSET :count"
)
EVENTS_SINCE = (
    "SELECT events.seq, events.at, events.epoch, events.kind, events.subject, "
    "events.detail, events.hash FROM events WHERE events.seq >= :since ORDER BY "
    "events.seq"
)
