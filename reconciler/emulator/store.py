"""Where emulated providers keep their data: dictionaries in memory, written through to SQLite.

Every change is handed to the operating system before the call returns (`synchronous=OFF` skips only
the disk's own flush), so it survives SIGKILL of the process, though not a power cut. That is what
an emulator needs: after a restart, it still knows everything that it answered.

A file may be opened by several processes, as two runs of the command line do with `--emulate`.
`Store.refresh` notices foreign commits; `Store.batch` holds SQLite's write lock, so that checking
and writing inside one batch is atomic between processes too.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS collections (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, last_id INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS rows (
    seq INTEGER PRIMARY KEY, collection INTEGER NOT NULL, key TEXT NOT NULL, born REAL NOT NULL,
    value TEXT NOT NULL, UNIQUE (collection, key));
CREATE TABLE IF NOT EXISTS numbers (
    seq INTEGER PRIMARY KEY, collection INTEGER NOT NULL, number NOT NULL, at INTEGER NOT NULL,
    UNIQUE (collection, number));
"""
_LARGEST_INTEGER = 2**63 - 1
_BUSY_SECONDS = 30.0


class UnusableDataError(ValueError):
    """The file that is to keep the data cannot be used; it was left as it is."""


@contextmanager
def _explained(path: Path | None) -> Iterator[None]:
    """Turn errors of SQLite and the operating system about the file into `UnusableDataError`."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        msg = f"{path} cannot keep the data of an emulator: {reason}"
        raise UnusableDataError(msg) from None


class Store:
    """All data of one emulator process. `path=None` keeps everything in memory.

    Raises `UnusableDataError` when `path` is no database, or one of another program.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._tables: dict[str, Table] = {}
        self._numbers: dict[str, NumberSet] = {}
        self._db: sqlite3.Connection | None = None
        self._version = 0
        self._path = path
        if path is not None:
            with self.explained():
                self._open(path)

    def _open(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=_BUSY_SECONDS
        )
        tables = {name for (name,) in self.execute("SELECT name FROM sqlite_master")}
        if tables and "collections" not in tables:
            self._db.close()
            msg = f"{path} cannot keep the data of an emulator: it is another program's database"
            raise UnusableDataError(msg)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(_SCHEMA)
        self._version = self._data_version()

    def explained(self) -> AbstractContextManager[None]:
        """Turn errors about the file into `UnusableDataError`, while it is first read."""
        return _explained(self._path)

    def table(self, name: str) -> Table:
        """The table of that name, made when missing; always the same object for the same name."""
        with self._lock:
            if name not in self._tables:
                self._tables[name] = Table(self, self._collection(name))
            return self._tables[name]

    def numbers(self, name: str) -> NumberSet:
        """The set of phone numbers of that name, made when missing."""
        with self._lock:
            if name not in self._numbers:
                self._numbers[name] = NumberSet(self, self._collection(name))
            return self._numbers[name]

    @contextmanager
    def batch(self) -> Iterator[None]:
        """One transaction for all changes inside. Never hold it across an `await`.

        Changes made before an exception stay, in memory as on disk: validate first, then write.
        """
        with self._lock:
            outermost = self._depth == 0 and self._db is not None
            self._depth += 1
            try:
                if outermost:
                    self.execute("BEGIN IMMEDIATE")
                    self.refresh()
                yield
            finally:
                self._depth -= 1
                if outermost and self._db is not None and self._db.in_transaction:
                    self._db.execute("COMMIT")

    def refresh(self) -> None:
        """Read again what another process has written to the same file since the last look."""
        if self._db is None:
            return
        with self._lock:
            version = self._data_version()
            if version != self._version:
                self._version = version
                loaded_sets: list[Table | NumberSet] = [
                    *self._tables.values(),
                    *self._numbers.values(),
                ]
                for loaded in loaded_sets:
                    loaded.load()

    def close(self) -> None:
        """Close the file. A closed store refuses changes; rows already read stay readable."""
        with self._lock:
            if self._db is not None:
                self._db.close()

    @property
    def lock(self) -> threading.RLock:
        """Held around every change; for `Table` and `NumberSet`."""
        return self._lock

    @property
    def durable(self) -> bool:
        """Whether the data are kept in a file."""
        return self._db is not None

    def execute(self, sql: str, values: Iterable[Any] = ()) -> sqlite3.Cursor:
        """Run one statement on the file; for `Table` and `NumberSet`, when `durable`."""
        if self._db is None:
            msg = "this store has no file"
            raise RuntimeError(msg)
        return self._db.execute(sql, tuple(values))

    def executemany(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run one statement for many rows, as `execute`."""
        if self._db is not None:
            self._db.executemany(sql, rows)

    def _data_version(self) -> int:
        return int(self.execute("PRAGMA data_version").fetchone()[0])

    def _collection(self, name: str) -> int:
        if self._db is None:
            return len(self._tables) + len(self._numbers) + 1
        self.execute("INSERT OR IGNORE INTO collections (name) VALUES (?)", (name,))
        found = self.execute("SELECT id FROM collections WHERE name = ?", (name,)).fetchone()
        return int(found[0])


class Table(MutableMapping[str, dict[str, Any]]):
    """Rows by key, in order of insertion; a key that is set again keeps its place.

    Rows are JSON objects. A returned row is the stored one: never change it in place, set it again.
    """

    def __init__(self, store: Store, collection: int) -> None:
        self._store = store
        self._collection = collection
        self._rows: dict[str, dict[str, Any]] = {}
        self._born: dict[str, float] = {}
        self._last_id = 0
        self.load()

    def load(self) -> None:
        """Read all rows from the file, forgetting what is in memory."""
        if not self._store.durable:
            return
        found = self._store.execute(
            "SELECT key, born, value FROM rows WHERE collection = ? ORDER BY seq",
            (self._collection,),
        )
        self._rows, self._born = {}, {}
        for key, born, value in found:
            self._rows[key] = json.loads(value)
            self._born[key] = born
        last = self._store.execute(
            "SELECT last_id FROM collections WHERE id = ?", (self._collection,)
        )
        self._last_id = int(last.fetchone()[0])

    def next_id(self) -> int:
        """1, 2, 3, …; no number is given twice, not even after a restart."""
        with self._store.lock:
            self._last_id += 1
            if self._store.durable:
                self._store.execute(
                    "UPDATE collections SET last_id = ? WHERE id = ?",
                    (self._last_id, self._collection),
                )
            return self._last_id

    def visible(self, hidden_seconds: float = 0.0) -> list[dict[str, Any]]:
        """All rows but those inserted within the last `hidden_seconds`, as on a stale replica."""
        if hidden_seconds <= 0:
            return list(self._rows.values())
        limit = time.time() - hidden_seconds
        return [row for key, row in self._rows.items() if self._born[key] <= limit]

    def __getitem__(self, key: str) -> dict[str, Any]:
        return self._rows[key]

    def __setitem__(self, key: str, row: dict[str, Any]) -> None:
        with self._store.lock:
            born = self._born.get(key)
            if born is None:
                born = time.time()
            if self._store.durable:
                self._store.execute(
                    "INSERT INTO rows (collection, key, born, value) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT (collection, key) DO UPDATE SET value = excluded.value",
                    (self._collection, key, born, json.dumps(row, ensure_ascii=False)),
                )
            self._rows[key] = row
            self._born[key] = born

    def __delitem__(self, key: str) -> None:
        with self._store.lock:
            if key not in self._rows:
                raise KeyError(key)
            if self._store.durable:
                self._store.execute(
                    "DELETE FROM rows WHERE collection = ? AND key = ?", (self._collection, key)
                )
            del self._rows[key]
            del self._born[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: object) -> bool:
        return key in self._rows


class NumberSet:
    """Phone numbers (strings of digits), each with the second in which it was added, oldest first.

    Made for block lists of millions: a number costs one integer and one dictionary slot, a page of
    `page` costs the page alone.
    """

    def __init__(self, store: Store, collection: int) -> None:
        self._store = store
        self._collection = collection
        self._at: dict[int, int] = {}
        self._order: list[int] | None = None
        self.load()

    def load(self) -> None:
        """Read all numbers from the file, forgetting what is in memory."""
        if not self._store.durable:
            return
        found = self._store.execute(
            "SELECT number, at FROM numbers WHERE collection = ? ORDER BY seq", (self._collection,)
        )
        self._at = {int(number): at for number, at in found}
        self._order = None

    def add(self, numbers: Iterable[str], at: int | None = None) -> int:
        """Add numbers, all at once; those already there keep their time. Returns how many are new.

        `at` is in seconds since the epoch (default: now). Raises `ValueError` for a non-digit.
        """
        moment = int(time.time()) if at is None else at
        with self._store.batch():
            fresh = [key for key in dict.fromkeys(map(_packed, numbers)) if key not in self._at]
            if self._store.durable:
                self._store.executemany(
                    "INSERT INTO numbers (collection, number, at) VALUES (?, ?, ?)",
                    ((self._collection, _column(key), moment) for key in fresh),
                )
            self._at.update(dict.fromkeys(fresh, moment))
            if self._order is not None:
                self._order.extend(fresh)
            return len(fresh)

    def remove(self, numbers: Iterable[str]) -> int:
        """Remove numbers, all at once. Returns how many were there."""
        with self._store.batch():
            gone = [key for key in dict.fromkeys(map(_packed, numbers)) if key in self._at]
            if self._store.durable:
                self._store.executemany(
                    "DELETE FROM numbers WHERE collection = ? AND number = ?",
                    ((self._collection, _column(key)) for key in gone),
                )
            for key in gone:
                del self._at[key]
            if gone:
                self._order = None
            return len(gone)

    def added_at(self, number: str) -> int | None:
        """The second since the epoch in which the number was added; None if it is not there."""
        return self._at.get(_packed(number)) if number.isdecimal() else None

    def page(self, start: int, size: int) -> list[tuple[str, int]]:
        """Up to `size` numbers with their seconds, from the `start`-th on."""
        order = self._order
        if order is None:
            order = self._order = list(self._at)
        return [(_unpacked(key), self._at[key]) for key in order[start : start + size]]

    def __contains__(self, number: object) -> bool:
        return isinstance(number, str) and number.isdecimal() and _packed(number) in self._at

    def __iter__(self) -> Iterator[str]:
        return map(_unpacked, self._at)

    def items(self) -> Iterator[tuple[str, int]]:
        """All numbers with their seconds, oldest first."""
        return ((_unpacked(key), at) for key, at in self._at.items())

    def __len__(self) -> int:
        return len(self._at)


def _packed(number: str) -> int:
    """The number as an integer that keeps leading zeros: "010" is 1010."""
    if not (number.isascii() and number.isdecimal()):
        msg = f"not a string of digits: {number!r}"
        raise ValueError(msg)
    return int(f"1{number}")


def _unpacked(key: int) -> str:
    return str(key)[1:]


def _column(key: int) -> int | str:
    """What SQLite can hold: its integers end at 63 bits, so longer numbers go in as text."""
    return key if key <= _LARGEST_INTEGER else str(key)
