"""Reads and appends to the log of a state, and puts and sweeps its snapshots."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from reconciler.errors import StateCorrupt, StateError
from reconciler.state.failpoints import Failpoints, effect
from reconciler.state.objects.bucket import Bucket, Stored, Taken
from reconciler.state.objects.entry import Entry, Record, decode, hash_of, split
from reconciler.state.objects.sealing import Sealing

LOG = "log/"
SNAPSHOTS = "snapshot/"
KEPT_SNAPSHOTS = 3
"""How many of the newest snapshots are never removed."""

AT_ONCE = 10
"""How many objects are read at the same time."""
_RETRIES = (0.1, 0.5, 2.0, 5.0)
"""Seconds to wait before each further attempt to put an object, or to learn what became of it."""


class Lost(Exception):
    """Another run has put the next entry, so it has the right to write now."""


class Head(Struct, frozen=True, kw_only=True):
    """The end of the log as far as it was read."""

    seq: int = 0
    hash: str = ""
    written_at: float = 0.0
    """When the newest object was written, by the store's clock."""
    lineage: str = ""


class Stamp(Struct, frozen=True, kw_only=True):
    """The state, run and schema that every entry of a commit names."""

    lineage: str
    epoch: int
    schema: int


def name_of(prefix: str, seq: int) -> str:
    """Return the object name of an entry or a snapshot."""
    return f"{prefix}{seq:012d}.json"


def seq_of(key: str) -> int | None:
    """Return the place in the log that a name stands for, `None` for a foreign object."""
    digits = key.rpartition("/")[2].removesuffix(".json")
    return int(digits) if digits.isdecimal() and len(digits) == 12 else None


class Log:
    """The log of one state. Not for several threads at once."""

    def __init__(
        self,
        bucket: Bucket,
        sealing: Sealing,
        *,
        failpoints: Failpoints,
        clock: Callable[[], float],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take the bucket; nothing is read yet."""
        self.bucket = bucket
        self._sealing = sealing
        self.head = Head()
        self._failpoints = failpoints
        self.clock = clock
        self._sleep = sleep

    # --- reading ---

    def start(self, known: int = 0) -> Entry | None:
        """Return the newest snapshot, after which `new_entries` reads on; `None` without one.

        A snapshot at the place `known` is tried, too, in case no listing shows it yet.
        """
        self.head = Head()
        listed = {each.key for each in self.bucket.listed(SNAPSHOTS)}
        for key in sorted(listed | {name_of(SNAPSHOTS, known)} if known else listed, reverse=True):
            stored = self.bucket.read(key)
            if stored is not None:
                snapshot = self._decoded(key, stored)
                self.head = Head(
                    seq=snapshot.seq,
                    hash=snapshot.prev,
                    written_at=stored.written_at,
                    lineage=snapshot.lineage,
                )
                return snapshot
        return None

    def is_overtaken(self) -> bool:
        """Tell whether a snapshot is newer than the head, so that older entries may be gone."""
        snapshots = self.bucket.listed(SNAPSHOTS, after=name_of(SNAPSHOTS, self.head.seq))
        return any(seq_of(each.key) for each in snapshots)

    def new_entries(self) -> Iterator[Entry]:
        """Yield the entries after the head, which moves along; raises `StateCorrupt`.

        A listing may lag behind what exists: it only tells which names to read side by side, and
        after its end each next name is tried.
        """
        listed = self.bucket.listed(LOG, after=name_of(LOG, self.head.seq))
        last = max((seq_of(each.key) or 0 for each in listed), default=0)
        keys = [name_of(LOG, seq) for seq in range(self.head.seq + 1, last + 1)]
        with ThreadPoolExecutor(max_workers=AT_ONCE) as threads:
            for key, stored in zip(keys, threads.map(self.bucket.read, keys), strict=True):
                if stored is None:
                    raise StateCorrupt(f"{self._shown(key)} is missing")
                yield self._next(key, stored)
        while (stored := self.bucket.read(key := name_of(LOG, self.head.seq + 1))) is not None:
            yield self._next(key, stored)

    def _next(self, key: str, stored: Stored) -> Entry:
        """Check that an object follows the head, and make it the head."""
        name = self._shown(key)
        entry = self._decoded(key, stored)
        head = self.head
        if entry.seq != head.seq + 1:
            raise StateCorrupt(f"{name} says of itself to be entry {entry.seq}")
        if entry.prev != head.hash:
            raise StateCorrupt(f"{name} does not follow the entry before it")
        if head.lineage and entry.lineage != head.lineage:
            raise StateCorrupt(f"{name} belongs to another state")
        self.head = Head(
            seq=entry.seq,
            hash=hash_of(stored.content),
            written_at=stored.written_at,
            lineage=entry.lineage,
        )
        return entry

    def _decoded(self, key: str, stored: Stored) -> Entry:
        return self._sealing.decode(stored.content, key, self._shown(key))

    def _shown(self, key: str) -> str:
        return f"{self.bucket.place}/{key}"

    # --- appending ---

    def append(self, records: Sequence[Record], stamp: Stamp, *, whole: bool = False) -> None:
        """Put a commit at the end of the log.

        Raises:
            Lost: Another run's entry has the next name. Nothing of the commit counts.
            StateError: It is not known whether the commit was stored.
        """
        parts = list(split(records))
        for number, part in enumerate(parts):
            entry = Entry(
                id=_new_id(),
                lineage=stamp.lineage,
                epoch=stamp.epoch,
                seq=self.head.seq + 1,
                prev=self.head.hash,
                at=datetime.fromtimestamp(self.clock(), UTC).isoformat(),
                schema=stamp.schema,
                whole=whole,
                part=number,
                final=number == len(parts) - 1,
                records=tuple(part),
            )
            self._put(entry)

    def _put(self, entry: Entry) -> None:
        key = name_of(LOG, entry.seq)
        content = self._sealing.encode(entry, key)
        with effect(self._failpoints, f"put {key}"):
            self._create(key, content)
        self.head = replace(self.head, seq=entry.seq, hash=hash_of(content), lineage=entry.lineage)

    def _create(self, key: str, content: bytes) -> None:
        """Put an object, with retries until it is known whether it was stored; raises `Lost`."""
        for wait in (*_RETRIES, None):
            try:
                try:
                    return self.bucket.create(key, content)
                except Taken:
                    stored = self.bucket.read(key)
                    if stored is not None and stored.content == content:
                        return None  # it is ours: only the answer was lost
                    raise Lost(self._holder(stored)) from None
            except StateError:
                if wait is None:
                    raise
                self._sleep(wait)
        return None

    def _holder(self, stored: Stored | None) -> str:
        """Return who wrote an object, for the error."""
        epoch = 0 if stored is None else decode(stored.content, "the log").epoch
        return f"run {epoch}" if epoch else "another run"

    # --- snapshots ---

    def snapshot(self, records: Sequence[Record], stamp: Stamp) -> None:
        """Put a snapshot at the head, unless there is one already.

        Raises `StateError`, which the caller may ignore: a later snapshot does as well.
        """
        entry = Entry(
            id=_new_id(),
            lineage=stamp.lineage,
            epoch=stamp.epoch,
            seq=self.head.seq,
            prev=self.head.hash,
            at=datetime.fromtimestamp(self.clock(), UTC).isoformat(),
            schema=stamp.schema,
            whole=True,
            records=tuple(records),
        )
        with effect(self._failpoints, "snapshot"):
            try:
                key = name_of(SNAPSHOTS, entry.seq)
                self.bucket.create(key, self._sealing.encode(entry, key))
            except Taken:
                return

    def sweep(self, older_than: float) -> int:
        """Remove objects that no reader needs; return how many.

        `older_than` is a moment of the store's clock. The newest snapshots stay, and every entry
        after the oldest of these.
        """
        snapshots = self.bucket.listed(SNAPSHOTS)
        if len(snapshots) < KEPT_SNAPSHOTS:
            return 0
        needed = seq_of(snapshots[-KEPT_SNAPSHOTS].key) or 0
        old = [each for each in snapshots[:-KEPT_SNAPSHOTS] if each.written_at < older_than]
        for each in self.bucket.listed(LOG):
            seq = seq_of(each.key)
            if seq is not None and seq <= needed and each.written_at < older_than:
                old.append(each)
        self.bucket.delete([each.key for each in old])
        return len(old)


def _new_id() -> str:
    return str(uuid.uuid4())
