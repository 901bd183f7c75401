"""Copies a state out of a database, into a new one, and over the state in another."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from reconciler.errors import StateCorrupt, StateNewer
from reconciler.state.content import Content, TableContent, from_json, to_json
from reconciler.state.database import writes
from reconciler.state.database.commit import Transaction
from reconciler.state.database.connection import (
    VERSION,
    SqliteConnection,
    check_events,
    check_rows,
    read_tally,
)
from reconciler.state.database.personal import Vault
from reconciler.state.database.tables import (
    EVENTS,
    RUNS,
    STATE,
    SUMMED,
    TABLES,
    USED_PLANS,
    Table,
)
from reconciler.state.database.tally import rehashed
from reconciler.state.database.template import empty_tables

if TYPE_CHECKING:
    from reconciler.state.database.protocol import Connection
    from reconciler.state.seal import Keyring

_KEPT = (RUNS, USED_PLANS)
"""Tables that keep the rows of both states: what was done is not undone."""
_REPLACED = tuple(table for table in SUMMED if table not in _KEPT)


def content_of(db: Connection) -> Content:
    """Return the whole state in a database."""
    tally = read_tally(db)
    tables = {}
    for table in TABLES:
        rows = sorted(db.execute(table.all.statement), key=lambda row: row[0])
        tables[table.name] = TableContent(
            columns=tuple(table.columns),
            rows=tuple(tuple(map(to_json, row)) for row in rows),
        )
    return Content(
        lineage=tally.lineage,
        serial=tally.serial,
        epoch=tally.epoch,
        schema=VERSION,
        key_id=tally.key_id,
        tables=tables,
    )


def without_sealed(content: Content) -> Content:
    """Return a content without the sealed secrets that are still to be delivered."""
    db = database_of(content)
    try:
        for op_id, sealed in db.execute("SELECT op_id, sealed FROM pending").fetchall():
            if sealed is not None:
                db.execute("UPDATE pending SET sealed = NULL WHERE op_id = ?", (op_id,))
        rehashed(db)
        return content_of(db)
    finally:
        db.close()


def with_its_run_ended(content: Content, now: float) -> Content:
    """Return a content as it will be after the end of the run that copies it."""
    db = database_of(content)
    try:
        tally = read_tally(db)
        transaction = Transaction(db=db, tally=tally, now=now, vault=Vault(_no_keys))
        writes.finish(transaction, "done", {})
        tally.write(db)
        return content_of(db)
    finally:
        db.close()


def _no_keys() -> Keyring:
    raise StateCorrupt("the end of a run has nothing to seal")


def database_of(
    content: Content, *, keyring: Callable[[], Keyring] | None = None
) -> SqliteConnection:
    """Return a content as a database in memory, with every row and the chain of events checked.

    If `keyring` is given, a content with older tables is migrated to this version's.

    Raises:
        StateCorrupt: It is damaged.
        StateNewer: It has newer tables.
    """
    if content.schema > VERSION:
        raise StateNewer("the copy", f"its schema is {content.schema}, ours {VERSION}")
    db = empty_tables(content.schema)
    try:
        for name, table in content.tables.items():
            _fill(db, name, table)
    except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
        db.close()
        raise StateCorrupt(f"the copy is damaged: {error}") from error
    if content.schema < VERSION and keyring is not None:
        from reconciler.state.database.migrations import migrated

        old, db = db, migrated(db, keyring=keyring)
        old.close()
    _check(db, content)
    return db


def _fill(db: SqliteConnection, name: str, table: TableContent) -> None:
    known = [column for _, column, *_ in db.execute("SELECT * FROM pragma_table_info(?)", (name,))]
    if not known or known != list(table.columns):
        raise StateCorrupt(f"the copy has a table {name!r} that does not fit this state")
    marks = ", ".join("?" * len(known))
    for row in table.rows:
        db.execute(f"INSERT INTO {name} VALUES ({marks})", [from_json(value) for value in row])


def _check(db: SqliteConnection, content: Content) -> None:
    tally = read_tally(db)
    check_rows(db, tally)
    check_events(db, tally)
    head = (content.lineage, content.serial, content.epoch, content.key_id)
    if (tally.lineage, tally.serial, tally.epoch, tally.key_id) != head:
        raise StateCorrupt("the copy's head is not that of its rows")


def replace_all(transaction: Transaction, source: SqliteConnection, *, serial: int) -> None:
    """Replace this state by another one of the same lineage, as serial `serial`.

    Runs and used plans of both are kept, and the longer of the two chains of events.
    """
    db, tally = transaction.db, transaction.tally
    other = read_tally(source)
    for table in _REPLACED:
        for row in db.execute(table.all.statement).fetchall():
            db.execute(table.delete, (row[0],))
        for row in source.execute(table.all.statement):
            db.execute(table.insert, row)
        tally.sums.pop(table.name, None)
        if table.name in other.sums:
            tally.sums[table.name] = other.sums[table.name]
    for table in _KEPT:
        _keep(transaction, table, source)
    if other.seq > tally.seq:
        for row in db.execute(EVENTS.all.statement).fetchall():
            db.execute(EVENTS.delete, (row[0],))
        for row in source.execute(EVENTS.all.statement):
            db.execute(EVENTS.insert, row)
        tally.seq, tally.head = other.seq, other.head
    tally.serial = serial
    transaction.event("replaced", str(serial), f"by serial {other.serial}")


def _keep(transaction: Transaction, table: Table[Any], source: SqliteConnection) -> None:
    db, tally = transaction.db, transaction.tally
    known = {row[0] for row in db.execute(table.all.statement).fetchall()}
    for row in source.execute(table.all.statement):
        if row[0] not in known:
            db.execute(table.insert, row)
            tally.count(table, 1, row[-1])


def fill(db: Connection, source: SqliteConnection) -> None:
    """Copy all rows to a database whose tables are empty."""
    for table in (STATE, *SUMMED, EVENTS):
        for row in source.execute(table.all.statement):
            db.execute(table.insert, row)


def left_by_moving(content: Content, left: Content, command: str) -> bool:
    """Tell whether `left` has nothing that `content` lacks, except what runs of `command` did."""
    known = {row[-1]["base64"] for row in content.tables[EVENTS.name].rows}
    own = {row[2] for row in left.tables[EVENTS.name].rows if row[-1]["base64"] not in known}
    commands = {row[0]: row[1] for row in left.tables[RUNS.name].rows}
    return left.lineage == content.lineage and all(commands.get(run) == command for run in own)
