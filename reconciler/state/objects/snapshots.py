"""Lists and reads the snapshots of a log: earlier states that can be restored."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from reconciler.errors import StateCorrupt, StateError
from reconciler.state.base import Snapshot
from reconciler.state.database.copying import content_of
from reconciler.state.database.tables import OBJECTS, STATE
from reconciler.state.objects.bucket import Bucket
from reconciler.state.objects.entry import Entry, PutRow
from reconciler.state.objects.loading import database_at
from reconciler.state.objects.log import AT_ONCE, SNAPSHOTS, seq_of
from reconciler.state.objects.sealing import Sealing

if TYPE_CHECKING:
    from reconciler.state.content import Content
    from reconciler.state.database.tally import Tally
    from reconciler.state.seal import Keyring


class _Read(Struct, frozen=True, kw_only=True):
    entry: Entry
    written_at: float

    @property
    def serial(self) -> int:
        [serial] = (row["serial"] for row in _rows(self.entry, STATE.name))
        return int(serial)

    def summary(self) -> Snapshot:
        return Snapshot(
            serial=self.serial,
            at=self.written_at,
            objects=sum(1 for _ in _rows(self.entry, OBJECTS.name)),
        )


class Snapshots:
    """Reads objects below `snapshot/`; implements `reconciler.state.database.home.Snapshots`."""

    def __init__(
        self, bucket: Bucket, sealing: Sealing, *, lineage: str, keys: Callable[[Tally], Keyring]
    ) -> None:
        """Take the bucket, what opens its objects, and the lineage that they must have."""
        self._bucket = bucket
        self._sealing = sealing
        self._lineage = lineage
        self._keys = keys

    def newest(self, limit: int) -> list[Snapshot]:
        """Return the last `limit` snapshots, one for each serial, newest first."""
        with ThreadPoolExecutor(max_workers=AT_ONCE) as threads:
            read = list(threads.map(self._read, self._names()[-limit:]))
        by_serial = {each.serial: each.summary() for each in read}
        return [by_serial[serial] for serial in sorted(by_serial, reverse=True)]

    def content(self, serial: int) -> Content:
        """Return the state in the newest snapshot of a serial; raises `StateError` without one."""
        names = self._names()
        after = bisect_right(names, serial, key=lambda name: self._read(name).serial)
        found = self._read(names[after - 1]) if after else None
        if found is None or found.serial != serial:
            near = self._near(names[max(after - 1, 0) : after + 1])
            raise StateError(
                f"there is no snapshot of serial {serial}{near}",
                hint="`reconciler state history --snapshots` lists what can be restored.",
            )
        with closing(database_at(found.entry, self._keys)) as db:
            return content_of(db)

    def _near(self, names: Sequence[str]) -> str:
        known = [str(self._read(name).serial) for name in names]
        return f"; the nearest: serial {' and '.join(known)}" if known else ""

    def _names(self) -> list[str]:
        listed = (each.key for each in self._bucket.listed(SNAPSHOTS))
        return sorted(key for key in listed if seq_of(key) is not None)

    def _read(self, key: str) -> _Read:
        name = f"{self._bucket.place}/{key}"
        stored = self._bucket.read(key)
        if stored is None:
            raise StateError(
                f"{name} has just been removed", hint="`state gc` may be at work; try again."
            )
        entry = self._sealing.decode(stored.content, key, name)
        if entry.lineage != self._lineage:
            raise StateCorrupt(f"{name} belongs to another state")
        return _Read(entry=entry, written_at=stored.written_at)


def _rows(entry: Entry, table: str) -> list[dict[str, Any]]:
    return [each.row for each in entry.records if isinstance(each, PutRow) and each.table == table]
