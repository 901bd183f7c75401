"""Notices damage that SQLite does not: digests of rows, sums of tables, the chain of events.

SQLite checks the shape of its pages and not their content. Here every row carries a digest of
itself, the state row also carries count and sum of the digests of each table, and each event's hash
covers the one before. A flipped bit, a lost row or one that another program wrote then shows when
it is read. This is against damage: who can write the file can write the digests too.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import orjson
from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.errors import StateCorrupt

Row: TypeAlias = tuple[Any, ...]
"""A row as sqlite3 gives and takes it."""

_WIDTH = 1 << 128


class TableSql(Struct, frozen=True, kw_only=True):
    """The statements of one table; the first column is its key, the last one its digest."""

    name: str
    create: str
    insert: str
    all: str
    one: str
    delete: str
    update: str


def row_digest(values: Sequence[object]) -> bytes:
    """Return the digest of a row without its digest column."""
    try:
        text = "\x1f".join(values)  # type: ignore[arg-type]  # as nearly all rows are of texts alone
    except TypeError:
        text = "\x1f".join(v.hex() if isinstance(v, bytes) else str(v) for v in values)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def checked(table: TableSql, row: Row) -> Row:
    """Return a row if it is as it was written; raises `StateCorrupt`."""
    if row_digest(row[:-1]) != row[-1]:
        raise StateCorrupt(f"a row of the table {table.name!r} is damaged")
    return row


class Tally(Struct, kw_only=True):
    """What the state row says; a transaction works on a copy."""

    lineage: str
    key_id: str
    created_at: float
    epoch: int = 0
    serial: int = 0
    seq: int = 0
    head: bytes = b""
    """The hash of the newest event."""
    seen_at: float = 0.0
    """Wall clock of the newest write."""
    sums: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By table: number of rows, and sum of their digests."""

    def copy(self) -> Tally:
        return replace(self, sums=dict(self.sums))

    @classmethod
    def from_row(cls, row: Row | None) -> Tally:
        """Read the state row; raises `StateCorrupt`."""
        if row is None or row_digest(row[:-1]) != row[-1]:
            raise StateCorrupt("the row that describes the state is damaged")
        return cls.unchecked(row)

    @classmethod
    def unchecked(cls, row: Row) -> Tally:
        """Read the state row without a look at its digest."""
        _, lineage, key_id, created_at, epoch, serial, seq, head, seen_at, sums, _ = row
        return cls(
            lineage=lineage,
            key_id=key_id,
            created_at=created_at,
            epoch=epoch,
            serial=serial,
            seq=seq,
            head=head,
            seen_at=seen_at,
            sums={
                name: (count, int(total, 16)) for name, (count, total) in orjson.loads(sums).items()
            },
        )

    def to_row(self) -> Row:
        """Return the state row."""
        values = (
            1,
            self.lineage,
            self.key_id,
            self.created_at,
            self.epoch,
            self.serial,
            self.seq,
            self.head,
            self.seen_at,
            orjson.dumps({n: (c, f"{t:x}") for n, (c, t) in self.sums.items()}).decode(),
        )
        return (*values, row_digest(values))

    # --- rows ---

    def insert(self, db: sqlite3.Connection, table: TableSql, values: Row) -> None:
        """Add a row, given without its digest."""
        digest = row_digest(values)
        db.execute(table.insert, (*values, digest))
        self.count(table, 1, digest)

    def remove(self, db: sqlite3.Connection, table: TableSql, key: object) -> Row | None:
        """Take a row away and return it, `None` when there was none."""
        row: Row | None = db.execute(table.one, (key,)).fetchone()
        if row is not None:
            db.execute(table.delete, (key,))
            self.count(table, -1, row[-1])
        return row

    def put(self, db: sqlite3.Connection, table: TableSql, values: Row) -> None:
        """Add a row in the place of any with the same key."""
        self.remove(db, table, values[0])
        self.insert(db, table, values)

    def count(self, table: TableSql, sign: int, digest: bytes) -> None:
        """Add a row's digest to its table's sum, or take it off (`sign` -1)."""
        count, total = self.sums.get(table.name, (0, 0))
        total = (total + sign * int.from_bytes(digest)) % _WIDTH
        self.sums[table.name] = (count + sign, total)

    def verified(self, table: TableSql, rows: Iterator[Row]) -> Iterator[Row]:
        """Yield all rows of a table; raises `StateCorrupt` for a damaged or missing one."""
        count = total = 0
        for row in rows:
            digest = row_digest(row[:-1])
            if digest != row[-1]:
                raise StateCorrupt(f"a row of the table {table.name!r} is damaged")
            count += 1
            total += int.from_bytes(digest)
            yield row
        if (count, total % _WIDTH) != self.sums.get(table.name, (0, 0)):
            raise StateCorrupt(f"the table {table.name!r} has lost or gained rows")

    # --- events ---

    def append(self, kind: str, subject: str, detail: str, at: float) -> Row:
        """Return the next event's row, chained to the one before."""
        self.seq += 1
        values = (self.seq, at, self.epoch, kind, subject, detail)
        self.head = event_hash(self.head, values)
        return (*values, self.head)


def event_hash(previous: bytes, values: Sequence[object]) -> bytes:
    """Return the hash of an event (its columns without `hash`) that follows another."""
    text = "\x1f".join(map(str, values)).encode("utf-8", "surrogatepass")
    return hashlib.sha256(previous + text).digest()


def check_chain(rows: Iterator[Row], head: bytes, seq: int, *, since: int) -> None:
    """Check the events from `since` on, whose first row is only the anchor unless it is event 1.

    Raises `StateCorrupt` for a gap, a changed row or another end than the state row says.
    """
    previous, expected = b"", since
    for row in rows:
        if row[0] != expected:
            raise StateCorrupt(f"event {expected} is missing")
        anchored = expected > since or since == 1
        if anchored and event_hash(previous, row[:-1]) != row[-1]:
            raise StateCorrupt(f"event {expected} was changed")
        previous = row[-1]
        expected += 1
    if previous != head or expected != seq + 1:
        raise StateCorrupt("the newest events are missing")


def rehashed(db: sqlite3.Connection, tables: Sequence[TableSql], state: TableSql) -> None:
    """Write the digests and sums of all rows again, after a migration changed their columns."""
    row = db.execute(state.one, (1,)).fetchone()
    if row is None:
        return
    tally = Tally.unchecked(row)
    tally.sums = {}
    for table in tables:
        for old in db.execute(table.all).fetchall():
            digest = row_digest(old[:-1])
            db.execute(table.update, (*old[:-1], digest, old[0]))
            tally.count(table, 1, digest)
    db.execute(state.update, (*tally.to_row(), 1))
