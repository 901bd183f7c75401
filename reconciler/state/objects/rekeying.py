"""Encrypts all that lies in an object store anew, or puts it in clear again.

Every step can be the last: what is written next is sealed with the new key as soon as that is
there, which lies in one chest with the old ones until nothing needs them any more. Done again, it
does what is left.

1. the next chest: a new data key before the old ones
2. a commit and a snapshot, sealed with it, from which readers begin from now on
3. older snapshots sealed again; entries before the newest snapshot struck out
4. a chest with the new key alone; older ones go
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from reconciler.errors import StateError
from reconciler.state.chest import Chest, check_enough
from reconciler.state.files.layout import Failpoints, effect
from reconciler.state.files.seal import Keyring
from reconciler.state.objects.bucket import Bucket
from reconciler.state.objects.keys import ObjectKeys
from reconciler.state.objects.log import AT_ONCE, LOG, SNAPSHOTS, seq_of
from reconciler.state.objects.sealing import Sealing, struck_for

_STRUCK = len(struck_for(10**12))
"""What is no longer is struck out already."""


class Rekeying(Struct, frozen=True, kw_only=True):
    """The steps around the commit and the snapshot, which the home makes."""

    bucket: Bucket
    keys: ObjectKeys
    sealing: Sealing
    failpoints: Failpoints
    check: Callable[[], None]
    """Raises `StaleEpoch` where others may take this run for dead."""

    def make_key(self) -> None:
        """Put a new data key, or let what is written next lie in clear.

        Raises `StateError` where there is nothing to do, or too few recipients.
        """
        chest, recipients = self.keys.chest, self.keys.encryption.recipients
        if chest is None:
            raise StateError(
                "the state lies in clear already",
                hint="spec.stateEncryption in reconciler.yaml names whom to encrypt it to.",
            )
        if not recipients:
            self.keys.stop_sealing()
            return
        check_enough(self.keys.encryption)
        self.keys.put(
            Chest(
                recipients=recipients,
                keys=(Keyring.generate(), *chest.keys),
                state_key=chest.state_key,
                clear=chest.clear,
            )
        )

    def rewrite(self, newest: int) -> None:
        """Seal again, or strike out, what was written before the snapshot at a place."""
        jobs = [
            partial(work, each.key)
            for prefix, work in (
                (SNAPSHOTS, self._seal_again),
                (LOG, partial(self._strike_out, struck_for(newest))),
            )
            for each in self.bucket.listed(prefix)
            if (seq := seq_of(each.key)) is not None and seq < newest
        ]
        with ThreadPoolExecutor(max_workers=AT_ONCE) as threads:
            for done in [threads.submit(job) for job in jobs]:
                done.result()

    def _seal_again(self, key: str) -> None:
        stored = self.bucket.read(key)
        name = f"{self.bucket.place}/{key}"
        if stored is None or self.sealing.is_current(stored.content, name):
            return
        entry = self.sealing.decode(stored.content, key, name)
        self._replace(key, self.sealing.encode(entry, key))

    def _strike_out(self, content: bytes, key: str) -> None:
        stored = self.bucket.read(key)
        if stored is not None and len(stored.content) > _STRUCK:
            self._replace(key, content)

    def _replace(self, key: str, content: bytes) -> None:
        self.check()
        with effect(self.failpoints, f"replace {key}"):
            self.bucket.replace(key, content)

    def drop_old_keys(self) -> None:
        """Forget the keys that nothing needs any more."""
        self.check()
        chest = self.keys.chest
        if not self.keys.encryption.recipients or chest is None:
            return self.keys.end()
        self.keys.put(replace(chest, keys=(chest.newest,), clear=False))
        return self.keys.drop_older()
