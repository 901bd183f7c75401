"""Notices damage that a database does not: digests of rows, sums of tables, the chain of events.

SQLite checks the shape of its pages, not their content. Here every row has a digest of itself, the
state row has the number and sum of the digests of each table, and each event's hash covers the one
before. A flipped bit, a lost row or a row of another program is noticed when it is read. This helps
against damage, not against attacks: whoever can write the file can write the digests, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from msgspec import Struct, field
from msgspec.structs import astuple, replace

from reconciler.errors import StateCorrupt
from reconciler.state.database.rows import Values, checked, row_digest, with_digest
from reconciler.state.database.tables import STATE, SUMMED, EventRow, Query, R, StateRow, Table

if TYPE_CHECKING:
    from reconciler.state.database.protocol import Connection

_WIDTH = 1 << 128


class Tally(Struct, kw_only=True):
    """The state row in a form that can be changed; a transaction works on a copy."""

    lineage: str
    key_id: str
    created_at: float
    epoch: int = 0
    serial: int = 0
    seq: int = 0
    head: bytes = b""
    """The hash of the newest event."""
    seen_at: float = 0.0
    """Wall clock of the newest write, in seconds."""
    sums: dict[str, tuple[int, int]] = field(default_factory=dict)
    """The number of rows and the sum of their digests, by table."""

    def copy(self) -> Tally:
        return replace(self, sums=dict(self.sums))

    @classmethod
    def of(cls, row: StateRow) -> Tally:
        """Return the tally of a state row."""
        sums = orjson.loads(row.sums).items()
        return cls(
            lineage=row.lineage,
            key_id=row.key_id,
            created_at=row.created_at,
            epoch=row.epoch,
            serial=row.serial,
            seq=row.seq,
            head=row.head,
            seen_at=row.seen_at,
            sums={name: (count, int(total, 16)) for name, (count, total) in sums},
        )

    def row(self) -> StateRow:
        """Return the state row of this tally."""
        sums = {name: (count, f"{total:x}") for name, (count, total) in self.sums.items()}
        return StateRow(
            1,
            self.lineage,
            self.key_id,
            self.created_at,
            self.epoch,
            self.serial,
            self.seq,
            self.head,
            self.seen_at,
            orjson.dumps(sums).decode(),
        )

    def write(self, db: Connection) -> None:
        """Update the state row."""
        db.execute(STATE.update, (*with_digest(self.row()), 1))

    # --- rows ---

    def insert(self, db: Connection, table: Table[R], row: R) -> None:
        """Add a row."""
        values = with_digest(row)
        db.execute(table.insert, values)
        self.count(table, 1, values[-1])

    def remove(self, db: Connection, table: Table[R], key: object) -> R | None:
        """Remove a row and return it, `None` if there was none; raises `StateCorrupt`."""
        values = db.execute(table.one.statement, (key,)).fetchone()
        if values is None:
            return None
        db.execute(table.delete, (key,))
        self.count(table, -1, values[-1])
        return checked(table, values)

    def put(self, db: Connection, table: Table[R], row: R) -> None:
        """Add a row, replacing any with the same key."""
        self.remove(db, table, getattr(row, row.__struct_fields__[0]))
        self.insert(db, table, row)

    def count(self, table: Table[Any], sign: int, digest: bytes) -> None:
        """Add a row's digest to its table's sum, or with `sign` -1 subtract it."""
        count, total = self.sums.get(table.name, (0, 0))
        total = (total + sign * int.from_bytes(digest)) % _WIDTH
        self.sums[table.name] = (count + sign, total)

    def verified(self, db: Connection, query: Query[R]) -> Iterator[R]:
        """Yield all rows of a table; raises `StateCorrupt` if one is damaged or missing.

        `query` must find them all; a missing row is noticed only at the end.
        """
        table = query.table
        count = total = 0
        for values in db.execute(query.statement):
            row, digest = values[:-1], values[-1]
            if row_digest(row) != digest:
                raise StateCorrupt(f"a row of the table {table.name!r} is damaged")
            count += 1
            total += int.from_bytes(digest)
            yield table.row(*row)
        if (count, total % _WIDTH) != self.sums.get(table.name, (0, 0)):
            raise StateCorrupt(f"the table {table.name!r} has lost or gained rows")

    # --- events ---

    def append(self, kind: str, subject: str, detail: str, at: float) -> Values:
        """Return the values of the next event, chained to the one before."""
        self.seq += 1
        values = astuple(EventRow(self.seq, at, self.epoch, kind, subject, detail))
        self.head = event_hash(self.head, values)
        return (*values, self.head)


def event_hash(previous: bytes, values: Sequence[object]) -> bytes:
    """Return the hash of an event, from its columns without `hash` and the hash before it."""
    text = "\x1f".join(map(str, values)).encode("utf-8", "surrogatepass")
    return hashlib.sha256(previous + text).digest()


def check_chain(events: Iterable[Values], head: bytes, seq: int, *, since: int) -> None:
    """Check the events from `since` on.

    The first one's own hash cannot be checked without the one before, unless it is event 1. Raises
    `StateCorrupt` for a gap, a changed row, or another end than the state row says.
    """
    previous, expected = b"", since
    for *values, proof in events:
        if EventRow(*values).seq != expected:
            raise StateCorrupt(f"event {expected} is missing")
        anchored = expected > since or since == 1
        if anchored and event_hash(previous, values) != proof:
            raise StateCorrupt(f"event {expected} was changed")
        previous = proof
        expected += 1
    if previous != head or expected != seq + 1:
        raise StateCorrupt("the newest events are missing")


def rehashed(db: Connection, tables: Sequence[Table[Any]] = SUMMED) -> None:
    """Compute digests and sums of all rows anew, after a migration changed their columns."""
    stored = db.execute(STATE.all.statement).fetchone()
    if stored is None:
        return
    tally = Tally.of(STATE.row(*stored[:-1]))
    tally.sums = {}
    for table in tables:
        for values in db.execute(table.all.statement).fetchall():
            digest = row_digest(values[:-1])
            key = values[0]
            db.execute(table.update, (*values[:-1], digest, key))
            tally.count(table, 1, digest)
    tally.write(db)
