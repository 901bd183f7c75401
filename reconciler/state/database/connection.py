"""Opens connections to an SQLite file, checks its content, and explains its errors."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from reconciler.errors import StateCorrupt, StateError, StateNewer, reason
from reconciler.state.database.header import APPLICATION_ID, HEADER
from reconciler.state.database.rows import row_digest
from reconciler.state.database.statements import EVENTS_SINCE, FENCE
from reconciler.state.database.tables import STATE, SUMMED
from reconciler.state.database.tally import Tally, check_chain

if TYPE_CHECKING:
    from reconciler.state.database.protocol import Connection, Fence
    from reconciler.state.database.tables import Prefetch

VERSION = 5
"""`PRAGMA user_version` at the newest migration."""
TAIL = 64
"""How many of the newest events are checked whenever a state is opened; `verify` checks all."""

_BUSY_SECONDS = 10.0
_CHECK_DISK = "Check that the disk is not full, broken or read-only, then run the command again."
_IN_USE = (
    "Another process is writing to it and does not go on: end that process, "
    "then run the command again."
)
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, None}
"""Primary error codes. Our statements are fixed, so `no such table` means damage, too."""


class SqliteConnection(sqlite3.Connection):
    """A `Connection` to an SQLite database; made with `isolation_level=None`."""

    def begin_reading(self) -> None:
        self.execute("BEGIN")

    def begin_writing(self, prefetch: Sequence[Prefetch] = ()) -> Fence:  # noqa: ARG002
        self.execute("BEGIN IMMEDIATE")
        return read_fence(self)

    def make_durable(self) -> None:
        self.execute("COMMIT")  # not `commit`, which accepts that there is no transaction


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into `StateCorrupt` or `StateError`."""
    try:
        yield
    except sqlite3.ProgrammingError:  # such as a closed connection: our fault, not the file's
        raise
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        primary = code & 0xFF if code is not None else None
        if primary in _DAMAGED:
            raise StateCorrupt(f"the state {place} is damaged: {error}") from error
        raise StateError(
            f"the state {place} cannot be used: {error}",
            hint=_IN_USE if primary in _BUSY else _CHECK_DISK,
        ) from error
    except OSError as error:
        raise StateError(
            f"the state {place} cannot be used: {reason(error)}", hint=_CHECK_DISK
        ) from error


def connect(path: Path, mode: str, *, immutable: bool = False) -> SqliteConnection:
    """Open a database file that exists; `mode` is `ro` or `rw`."""
    options = f"mode={mode}" + ("&immutable=1" if immutable else "")
    db = sqlite3.connect(
        f"file:{quote(os.fsencode(path))}?{options}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        factory=SqliteConnection,
    )
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA secure_delete=ON")
    db.execute("PRAGMA trusted_schema=OFF")
    db.execute("PRAGMA cell_size_check=ON")
    return db


def connect_writer(path: Path) -> SqliteConnection:
    """Open the connection of a run."""
    db = connect(path, "rw")
    mode = db.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        db.close()
        raise StateError(
            f"{path} lies on a file system without shared memory, which SQLite's WAL needs",
            hint="Keep the state on a local disk.",
        )
    return db


def connect_reader(path: Path) -> SqliteConnection:
    """Open a connection for reading, which works on a read-only file system, too."""
    writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    if not writable and not path.with_name(f"{path.name}-wal").exists():
        return connect(path, "ro", immutable=True)
    db = connect(path, "rw" if writable else "ro")
    db.execute("PRAGMA query_only=ON")
    return db


def check_header(path: Path) -> int:
    """Check that the file is one of our states, and return its schema's version.

    Raises:
        StateCorrupt: It is cut off, or it is not a state.
        StateNewer: Its schema is newer than this version's.
    """
    with path.open("rb") as file:
        header = file.read(HEADER)
    if len(header) < HEADER:
        raise StateCorrupt(f"the state {path} is empty or cut off")
    if not header.startswith(b"SQLite format 3\0"):
        raise StateCorrupt(f"{path} is not a state database")
    if int.from_bytes(header[68:72]) != APPLICATION_ID:
        raise StateCorrupt(f"{path} is a database of another program")
    version = int.from_bytes(header[60:64])
    if version > VERSION:
        raise StateNewer(str(path), f"its schema is {version}, ours {VERSION}")
    return version


def check_pages(db: Connection) -> None:
    """Let SQLite check its pages; raises `StateCorrupt`."""
    found = [problem for (problem,) in db.execute("PRAGMA quick_check(3)")]
    if found != ["ok"]:
        raise StateCorrupt("the state's pages are damaged", details=found)


def read_tally(db: Connection) -> Tally:
    """Read the state row; raises `StateCorrupt`."""
    values = db.execute(STATE.one.statement, (1,)).fetchone()
    if values is None or row_digest(values[:-1]) != values[-1]:
        raise StateCorrupt("the row that describes the state is damaged")
    return Tally.of(STATE.row(*values[:-1]))


def read_fence(db: Connection) -> Fence:
    """Return the state row's fence; raises `StateCorrupt` if the row is gone."""
    found = db.execute(FENCE).fetchone()
    if found is None:
        raise StateCorrupt("the row that describes the state is gone")
    epoch, seq = found
    return epoch, seq


def check_events(db: Connection, tally: Tally, *, tail: int | None = None) -> None:
    """Check the newest `tail` events, or all; raises `StateCorrupt`."""
    since = 1 if tail is None else max(1, tally.seq - tail)
    events = db.execute(EVENTS_SINCE.statement, (since,))
    check_chain(events, tally.head, tally.seq, since=since)


def check_rows(db: Connection, tally: Tally) -> None:
    """Check every row of every table against its digest and the sums; raises `StateCorrupt`."""
    for table in SUMMED:
        for _row in tally.verified(db, table.all):
            pass
