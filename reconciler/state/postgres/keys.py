"""Reads and writes the keys of a state in PostgreSQL, which are in the column `about.key`.

If the state is encrypted, the column has the chest (`reconciler.state.chest`), whose data key seals
the rows. If not, it has the key that seals secrets, unless the environment gives that.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from reconciler.errors import StateError
from reconciler.state.chest import (
    Chest,
    Encryption,
    check_enough,
    damaged,
    lost,
    refusal,
    unwrapped,
    wrapped,
)
from reconciler.state.keys import given_key, not_the_key
from reconciler.state.seal import Keyring

if TYPE_CHECKING:
    from reconciler.state.database.tally import Tally

_CHEST = "reconciler-chest-1 "


class PostgresKeys:
    """The keys of one state."""

    def __init__(
        self,
        place: str,
        *,
        environ: Mapping[str, str],
        encryption: Encryption,
        read: Callable[[], str | None],
    ) -> None:
        """Take the function that reads the column; nothing is read yet."""
        self._place = place
        self._environ = environ
        self.encryption = encryption
        self._read = read
        self.text: str | None = None
        """The column as it was when it was read last."""
        self.chest: Chest | None = None

    def take(self, text: str | None) -> None:
        """Take the current content of the column; raises `StateLockedKey`."""
        if text != self.text:
            self.chest = self._chest(text)
            self.text = text

    def _chest(self, text: str | None) -> Chest | None:
        if text is None or not text.startswith(_CHEST):
            return None
        try:
            data = b64decode(text.removeprefix(_CHEST), validate=True)
        except ValueError:
            raise damaged(self._place) from None
        return unwrapped(data, place=self._place, environ=self._environ)

    # --- what seals rows ---

    @property
    def sealing(self) -> Keyring | None:
        """The key that seals rows from now on, `None` if they are stored in clear."""
        return None if self.chest is None else self.chest.newest

    def opening(self, key_id: str) -> Keyring:
        """Return the data key with an id; raises `StateLockedKey`."""
        if self.chest is None or key_id not in self.chest.by_id:
            self.take(self._read())  # the state may have been encrypted anew
        if self.chest is None or key_id not in self.chest.by_id:
            raise lost(self._place)
        return self.chest.by_id[key_id]

    def clear_is_allowed(self) -> bool:
        """Tell whether rows of sealed tables may be in clear."""
        if self.chest is not None and not self.chest.clear:
            self.take(self._read())  # the state may have been decrypted
        return self.chest is None or self.chest.clear

    # --- changing it ---

    def text_of(self, chest: Chest) -> str:
        """Return the content of the column for a chest; raises `StateLockedKey`."""
        data = wrapped(chest, place=self._place, environ=self._environ)
        return f"{_CHEST}{b64encode(data).decode()}"

    def check_writable(self) -> None:
        """Raise `StateError` if the state is encrypted, but no recipients are named."""
        if self.chest is not None and not self.encryption.recipients and not self.encryption.ends:
            raise refusal(self._place)

    def first(self, state_key: Keyring | None, *, clear: bool) -> Chest:
        """Return a chest with a new data key; raises `StateError` for a single recipient."""
        check_enough(self.encryption)
        return Chest(
            recipients=self.encryption.recipients,
            keys=(Keyring.generate(),),
            state_key=None if given_key(self._environ) else state_key,
            clear=clear,
        )

    def next_text(self) -> str | None:
        """Return the content of the column for encrypting the state anew, or decrypting it.

        Raises `StateError` if it is in clear and is to stay so, or has too few recipients.
        """
        before = self.chest.state_key if self.chest is not None else self._stored()
        if self.encryption.recipients:
            return self.text_of(self.first(before, clear=False))
        if self.chest is None:
            raise StateError(
                "the state lies in clear already",
                hint="spec.stateEncryption in reconciler.yaml names whom to encrypt it to.",
            )
        return before.to_text() if before is not None else None

    # --- the state's own key ---

    def __call__(self, tally: Tally) -> Keyring:
        """Return the state's key; raises `StateError` if it is gone or another state's."""
        stored = self.chest.state_key if self.chest is not None else self._stored()
        keyring = given_key(self._environ) or stored
        if keyring is None or keyring.id != tally.key_id:
            raise not_the_key(self._place, keyring)
        return keyring

    @property
    def in_store(self) -> bool:
        """Tell whether the state's key is in the store in clear."""
        return self.chest is None and given_key(self._environ) is None

    def _stored(self) -> Keyring | None:
        if self.text is None:
            return None
        try:
            return Keyring.from_text(self.text)
        except ValueError as error:
            raise StateError(f"the key in {self._place} is damaged") from error
