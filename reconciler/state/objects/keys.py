"""Reads and writes the keys of a state in an object store.

If the state is encrypted, the chest (`reconciler.state.chest`) has the data key that seals the log,
and the state's own key. Chests are numbered objects that are created once; only the newest counts.
If the state is not encrypted, its own key is in the object `key`. If the environment gives the
state's own key, it is in neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reconciler.errors import StaleEpoch, StateError
from reconciler.state.chest import (
    Chest,
    Encryption,
    check_enough,
    lost,
    refusal,
    unwrapped,
    wrapped,
)
from reconciler.state.failpoints import Failpoints, effect
from reconciler.state.keys import given_key, key_of, not_the_key
from reconciler.state.objects.bucket import Bucket, Taken
from reconciler.state.seal import Keyring

if TYPE_CHECKING:
    from reconciler.state.content import Seed
    from reconciler.state.database.tally import Tally

KEY = "key"
"""The object with the state's key in clear."""
CHESTS = "keys/"
STRUCK = b"struck out\n"
"""The content that replaces a chest which nobody needs any more."""


def chest_name(number: int) -> str:
    """Return the object name of a chest."""
    return f"{CHESTS}{number:06d}.age"


def _number_of(name: str) -> int:
    digits = name.removeprefix(CHESTS).removesuffix(".age")
    return int(digits) if digits.isdecimal() else 0


class ObjectKeys:
    """The keys of one state."""

    def __init__(
        self,
        bucket: Bucket,
        *,
        environ: Mapping[str, str],
        encryption: Encryption,
        failpoints: Failpoints,
    ) -> None:
        """Take the bucket; nothing is read yet."""
        self._bucket = bucket
        self._environ = environ
        self._failpoints = failpoints
        self.encryption = encryption
        self.chest: Chest | None = None
        """The newest chest at the last `look` or `put`."""
        self._number = 0
        self._looked = False
        self._ended = False

    # --- what seals the log ---

    def look(self) -> Chest | None:
        """Read the newest chest, `None` if there is none; raises `StateLockedKey`.

        A listing may lag behind what exists, so each next name is tried, too.
        """
        self._looked = True
        number = max((_number_of(each.key) for each in self._bucket.listed(CHESTS)), default=0)
        newest = self._bucket.read(chest_name(number)) if number else None
        while (later := self._bucket.read(chest_name(number + 1))) is not None:
            number, newest = number + 1, later
        self.chest, self._number = None, number
        if newest is not None and newest.content != STRUCK:
            place = self._bucket.place
            self.chest = unwrapped(newest.content, place=place, environ=self._environ)
        return self.chest

    @property
    def sealing(self) -> Keyring | None:
        """The key that seals objects from now on, `None` if they are stored in clear."""
        return None if self.chest is None or self._ended else self.chest.newest

    def opening(self, key_id: str) -> Keyring:
        """Return the data key with an id; raises `StateLockedKey`."""
        known = self.chest.by_id if self.chest is not None else {}
        if key_id not in known:
            chest = self.look()  # the state may have been encrypted anew
            known = chest.by_id if chest is not None else {}
        if key_id not in known:
            raise lost(self._bucket.place)
        return known[key_id]

    def clear_is_allowed(self) -> bool:
        """Tell whether objects may be in clear."""
        if not self._looked and self.encryption.recipients:
            self.look()
        if self.chest is not None and not self.chest.clear:
            self.look()  # the state may have been decrypted
        return self.chest is None or self.chest.clear

    # --- changing it ---

    def put(self, chest: Chest) -> None:
        """Put the next chest, which counts from now on.

        Raises:
            StateLockedKey: This machine could not open it again.
            StaleEpoch: Another run has put one.
        """
        name = chest_name(self._number + 1)
        content = wrapped(chest, place=self._bucket.place, environ=self._environ)
        with effect(self._failpoints, f"put {name}"):
            try:
                self._bucket.create(name, content)
            except Taken:
                stored = self._bucket.read(name)
                if stored is None or stored.content != content:
                    raise StaleEpoch(
                        "another run has just made the keys of this state", hint="Run it again."
                    ) from None
        self.chest, self._number = chest, self._number + 1

    def stop_sealing(self) -> None:
        """Store objects in clear from now on, after a chest that allows it."""
        if self.chest is not None:
            self.put(replace(self.chest, clear=True))
        self._ended = True

    def begin(self) -> None:
        """Prepare the keys for a run: make a chest if one is needed, remove a key in clear.

        Raises:
            StateError: The state is encrypted but no recipients are named, or there are too few.
            StateLockedKey: This machine could not open the new chest again.
        """
        chest = self.chest
        if chest is not None and not self.encryption.recipients and not self.encryption.ends:
            raise refusal(self._bucket.place)
        if chest is None and self.encryption.recipients:
            check_enough(self.encryption)
            self.put(self._first(self._state_key(), clear=True))
        if self.chest is not None and self.chest.clear and self.chest.state_key is not None:
            self._bucket.delete([KEY])

    def _first(self, state_key: Keyring | None, *, clear: bool) -> Chest:
        return Chest(
            recipients=self.encryption.recipients,
            keys=(Keyring.generate(),),
            state_key=state_key,
            clear=clear,
        )

    def drop_older(self) -> None:
        """Strike out all chests but the newest; remove the key in clear if that chest has it."""
        newest = chest_name(self._number)
        self._strike([each.key for each in self._bucket.listed(CHESTS) if each.key < newest])
        if self.chest is not None and self.chest.state_key is not None:
            with effect(self._failpoints, "remove key"):
                self._bucket.delete([KEY])

    def end(self) -> None:
        """Strike out all chests, after putting the state's key in clear."""
        if self.chest is not None and self.chest.state_key is not None:
            with effect(self._failpoints, "put key"), suppress(Taken):
                self._bucket.create(KEY, self.chest.state_key.to_text().encode("ascii"))
        self._strike([each.key for each in self._bucket.listed(CHESTS)])
        self.chest = None

    def _strike(self, names: Sequence[str]) -> None:
        """Empty chests; their names stay taken, so that no paused run can use one again."""
        for name in names:
            with effect(self._failpoints, f"replace {name}"):
                self._bucket.replace(name, STRUCK)

    # --- the state's own key ---

    def __call__(self, tally: Tally) -> Keyring:
        """Return the state's key; raises `StateError` if it is gone or another state's."""
        keyring = self._found()
        if keyring is None or keyring.id != tally.key_id:
            raise not_the_key(self._bucket.place, keyring)
        return keyring

    @property
    def in_store(self) -> bool:
        """Tell whether the state's key is in the store in clear."""
        return self.chest is None and given_key(self._environ) is None

    def make(self, seed: Seed | None) -> Keyring:
        """Make and store the key of a new state, or return the one that is stored already."""
        if not self.encryption.recipients:
            return self._made_in_clear(seed)
        given = given_key(self._environ)
        keyring = key_of(seed, given)
        if not self._has(keyring, given):
            check_enough(self.encryption)
            kept = None if given else keyring or Keyring.generate()
            with suppress(StaleEpoch):  # another was quicker, and theirs counts
                self.put(self._first(kept, clear=False))
        self.look()
        found = self._found()
        if found is None:
            raise StateError(f"{self._bucket.place} does not show the key that was just put there")
        return found

    def _has(self, sought: Keyring | None, given: Keyring | None) -> bool:
        """Tell whether a usable chest exists already, as a crash may have left one."""
        chest = self.look()
        kept = None if chest is None else given or chest.state_key
        return kept is not None and (sought is None or kept.id == sought.id)

    def _made_in_clear(self, seed: Seed | None) -> Keyring:
        given = given_key(self._environ)
        keyring = key_of(seed, given) or self._stored() or Keyring.generate()
        if given is not None:
            return keyring
        with suppress(Taken):
            self._bucket.create(KEY, keyring.to_text().encode("ascii"))
        stored = self._stored()
        if stored is None:
            raise StateError(f"{self._bucket.place} does not show the key that was just put there")
        return stored

    def _state_key(self) -> Keyring | None:
        """Return the key to put into a chest, `None` if the environment gives it."""
        return None if given_key(self._environ) else self._stored()

    def _found(self) -> Keyring | None:
        given = given_key(self._environ)
        if given is not None:
            return given
        return self.chest.state_key if self.chest is not None else self._stored()

    def _stored(self) -> Keyring | None:
        stored = self._bucket.read(KEY)
        if stored is None:
            return None
        try:
            return Keyring.from_text(stored.content.decode("ascii"))
        except ValueError as error:
            raise StateError(f"the key in {self._bucket.place} is damaged") from error
