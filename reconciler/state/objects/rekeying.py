"""Encrypts all objects of a state anew, or decrypts them for good.

A crash may come after any step: whatever is written next is sealed with the new key as soon as
that is stored, and the chest has the old keys, too, until nothing needs them. Running it again does
the steps that are left.

1. put the next chest: a new data key before the old ones
2. put a commit and a snapshot, sealed with the new key, at which readers begin from now on
3. seal older snapshots again; strike out (empty) the entries before the newest snapshot
4. put a chest with the new key alone; strike out older chests
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from reconciler.errors import StateError
from reconciler.state.chest import Chest, check_enough
from reconciler.state.failpoints import Failpoints, effect
from reconciler.state.objects.bucket import Bucket
from reconciler.state.objects.keys import ObjectKeys
from reconciler.state.objects.log import AT_ONCE, LOG, SNAPSHOTS, seq_of
from reconciler.state.objects.sealing import Sealing, struck_for
from reconciler.state.seal import Keyring

_STRUCK = len(struck_for(10**12))
"""The most bytes of an entry that is struck out already."""


class Rekeying(Struct, frozen=True, kw_only=True):
    """The steps before and after the commit and the snapshot, which the home makes itself."""

    bucket: Bucket
    keys: ObjectKeys
    sealing: Sealing
    failpoints: Failpoints
    check: Callable[[], None]
    """Raises `StaleEpoch` if another run has taken over."""

    def make_key(self) -> None:
        """Put a chest with a new data key; without recipients, stop sealing.

        Raises `StateError` if there is nothing to do, or if there are too few recipients.
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
        """Seal snapshots again that are older than the one at `newest`; strike out entries."""
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
        """Remove the keys that nothing needs any more."""
        self.check()
        chest = self.keys.chest
        if not self.keys.encryption.recipients or chest is None:
            return self.keys.end()
        self.keys.put(replace(chest, keys=(chest.newest,), clear=False))
        return self.keys.drop_older()
