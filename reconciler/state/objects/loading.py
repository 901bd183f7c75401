"""Reads a log from its newest snapshot to its end, into tables in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.errors import StateCorrupt, StateNewer
from reconciler.state.database.connection import VERSION, SqliteConnection, read_tally
from reconciler.state.database.template import empty_tables
from reconciler.state.objects.entry import Entry
from reconciler.state.objects.log import Log
from reconciler.state.objects.replay import Replay
from reconciler.state.objects.sealing import Struck

if TYPE_CHECKING:
    from reconciler.state.database.tally import Tally
    from reconciler.state.seal import Keyring


class Loaded(Struct, kw_only=True):
    """The state at the end of a log."""

    db: SqliteConnection
    """The tables of this version."""
    replay: Replay
    behind: bool
    """The log has older tables; only the database in memory was migrated."""


_TRIES = 3


def load(log: Log, keys: Callable[[Tally], Keyring]) -> Loaded | None:
    """Return the state of a log, `None` if there is no log.

    Raises:
        StateCorrupt: The chain is broken, or a record fits no table.
        StateLockedKey: It is encrypted, and this machine has no key that opens it.
        StateNewer: A newer version wrote it.
    """
    known = 0
    for _ in range(_TRIES):
        try:
            return _loaded(log, keys, known)
        except Struck as struck:
            known = struck.snapshot
        except StateCorrupt:
            if not log.is_overtaken():
                raise
            # A newer snapshot has made these entries superfluous, and somebody has removed them.
    return _loaded(log, keys, known)


def _loaded(log: Log, keys: Callable[[Tally], Keyring], known: int) -> Loaded | None:
    entries = _entries(log, known)
    first = next(entries, None)
    if first is None:
        return None
    db, replay, schema = _started(first)
    for entry in entries:
        if entry.schema != schema:
            db.close()
            db, replay, schema = _started(entry)
        else:
            replay.take(entry)
    if schema == VERSION:
        return Loaded(db=db, replay=replay, behind=False)
    made = _migrated(db, keys)
    return Loaded(db=made, replay=Replay(made), behind=True)


def database_at(snapshot: Entry, keys: Callable[[Tally], Keyring]) -> SqliteConnection:
    """Return the state of one snapshot, with this version's tables; raises as `load`."""
    db, _, schema = _started(snapshot)
    return db if schema == VERSION else _migrated(db, keys)


def _migrated(db: SqliteConnection, keys: Callable[[Tally], Keyring]) -> SqliteConnection:
    from reconciler.state.database.migrations import migrated

    return migrated(db, keyring=lambda: keys(read_tally(db)))


def _entries(log: Log, known: int) -> Iterator[Entry]:
    snapshot = log.start(known)
    if snapshot is not None:
        yield snapshot
    yield from log.new_entries()


def _started(entry: Entry) -> tuple[SqliteConnection, Replay, int]:
    """Return new tables, of the entry's schema, with the whole state of an entry in them."""
    if entry.schema > VERSION:
        raise StateNewer("the state", f"its schema is {entry.schema}, ours {VERSION}")
    if not entry.whole or entry.part:
        raise StateCorrupt(f"entry {entry.seq} of the log has nothing to begin with")
    db = empty_tables(entry.schema)
    replay = Replay(db)
    replay.take(entry)
    return db, replay, entry.schema
