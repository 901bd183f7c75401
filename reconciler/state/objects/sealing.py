"""Turns entries into objects of the store and back, with their records in clear or sealed.

The header of a sealed object, with its place in the log and the chain, stays readable; the seal is
bound to header and name. When a state is encrypted anew, entries that a newer snapshot contains are
struck out: emptied, but their names stay taken, since the names are the fence.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import orjson
from msgspec import ValidationError, convert, to_builtins
from msgspec.structs import replace

from reconciler.errors import StateCorrupt, StateError
from reconciler.state.objects.entry import SEALED, Entry, Record, encode, header_of
from reconciler.state.objects.keys import ObjectKeys


class Struck(StateCorrupt):
    """An entry was struck out, because a newer snapshot contains it."""

    def __init__(self, name: str, snapshot: int) -> None:
        """Take the entry's name, and the place of that snapshot in the log."""
        super().__init__(f"{name} was struck out for snapshot {snapshot}, which is not there")
        self.snapshot = snapshot


def struck_for(snapshot: int) -> bytes:
    """Return the content that replaces an entry which a snapshot contains."""
    return orjson.dumps({"formatVersion": SEALED, "struckFor": snapshot})


class Sealing:
    """Makes objects from entries, and entries from objects."""

    def __init__(self, keys: ObjectKeys) -> None:
        """Take the state's keys."""
        self._keys = keys

    def encode(self, entry: Entry, key: str) -> bytes:
        """Return the content of an entry's object, whose name will be `key`."""
        keyring = self._keys.sealing
        if keyring is None:
            return encode(entry)
        document = to_builtins(replace(entry, format_version=SEALED, key=keyring.id))
        records = orjson.dumps(document.pop("records"))
        sealed = keyring.seal_bytes(records, _bound(document, key))
        return orjson.dumps(
            {**document, "sealed": b64encode(sealed).decode()}, option=orjson.OPT_SORT_KEYS
        )

    def decode(self, content: bytes, key: str, name: str) -> Entry:
        """Return the entry in an object; `key` is its name, `name` the one for messages.

        Raises:
            Struck: It was struck out.
            StateCorrupt: It is not an entry, or it was changed.
            StateLockedKey: This machine has no key that opens it.
            StateNewer: It has a newer format.
        """
        document, header = header_of(content, name)
        if "struckFor" in document:
            raise Struck(name, int(document["struckFor"]))
        if header.key:
            return replace(header, records=self._opened(document, header, key, name))
        if not self._keys.clear_is_allowed():
            raise StateCorrupt(f"{name} lies in clear in an encrypted state: it is not ours")
        return header

    def is_current(self, content: bytes, name: str) -> bool:
        """Tell whether an object is sealed with the newest key, or in clear if none seals now."""
        newest = self._keys.sealing
        return header_of(content, name)[1].key == ("" if newest is None else newest.id)

    def _opened(
        self, document: dict[str, Any], header: Entry, key: str, name: str
    ) -> tuple[Record, ...]:
        keyring = self._keys.opening(header.key)
        clear = {each: value for each, value in document.items() if each != "sealed"}
        try:
            sealed = b64decode(document["sealed"], validate=True)
            records = keyring.unseal_bytes(sealed, _bound(clear, key))
            return convert(orjson.loads(records), tuple[Record, ...])
        except (StateError, ValidationError, KeyError, TypeError, ValueError) as error:
            raise StateCorrupt(f"{name} was changed after it was sealed") from error


def _bound(header: dict[str, Any], key: str) -> str:
    """Return the context that a seal is bound to: the object's name and header."""
    return f"{key} {orjson.dumps(header, option=orjson.OPT_SORT_KEYS).decode()}"
