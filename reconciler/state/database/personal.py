"""Seals values about people: members of sets, and what removed objects had.

Both have to be read back. Values that are only compared are stored as keyed digests, which are
made before a row gets here.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import orjson
from msgspec.structs import replace

from reconciler.model.journal import CreateIntent
from reconciler.model.numbers import NumberSet
from reconciler.model.owned import LEFT
from reconciler.model.values import JsonValue

if TYPE_CHECKING:
    from reconciler.model.journal import Intent
    from reconciler.model.owned import OwnedObject
    from reconciler.state.seal import Keyring


class Vault:
    """Seals and unseals values with a state's key, which is read when it is first needed."""

    __slots__ = ("_keyring",)

    def __init__(self, keyring: Callable[[], Keyring]) -> None:
        """Take the function that returns the key."""
        self._keyring = keyring

    def seal_members(self, numbers: NumberSet) -> bytes:
        """Seal a whole set."""
        return self._keyring().seal_bytes(numbers.to_bytes(), "members")

    def members(self, sealed: bytes) -> NumberSet:
        """Unseal a set; raises `StateError` for another key."""
        return NumberSet.from_bytes(self._keyring().unseal_bytes(sealed, "members"))

    def seal_batch(self, numbers: Sequence[str]) -> str:
        """Seal a few members."""
        sealed = self._keyring().seal_bytes(",".join(numbers).encode("ascii"), "batch")
        return base64.b64encode(sealed).decode("ascii")

    def batch(self, sealed: str) -> list[str]:
        """Unseal a few members; raises `StateError` for another key."""
        opened = self._keyring().unseal_bytes(base64.b64decode(sealed), "batch")
        return opened.decode("ascii").split(",")

    # --- what a removed object had ---

    def seal_row(self, owned: OwnedObject) -> OwnedObject:
        """Return a row as it is to be stored."""
        return replace(owned, extra=self._sealed(owned.extra)) if LEFT in owned.extra else owned

    def row(self, stored: OwnedObject) -> OwnedObject:
        """Return a stored row as it was; raises `StateError` for another key."""
        return replace(stored, extra=self._opened(stored.extra)) if LEFT in stored.extra else stored

    def seal_intent(self, intent: Intent) -> Intent:
        """Return an intent as it is to be stored."""
        if isinstance(intent, CreateIntent) or LEFT not in intent.in_doubt:
            return intent
        return replace(intent, in_doubt=self._sealed(intent.in_doubt))

    def intent(self, stored: Intent) -> Intent:
        """Return a stored intent as it was; raises `StateError` for another key."""
        if isinstance(stored, CreateIntent) or LEFT not in stored.in_doubt:
            return stored
        return replace(stored, in_doubt=self._opened(stored.in_doubt))

    def _sealed(self, extra: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        sealed = self._keyring().seal_bytes(orjson.dumps(extra[LEFT]), LEFT)
        return {**extra, LEFT: base64.b64encode(sealed).decode("ascii")}

    def _opened(self, extra: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        sealed = base64.b64decode(str(extra[LEFT]))
        return {**extra, LEFT: orjson.loads(self._keyring().unseal_bytes(sealed, LEFT))}
