"""The messages that providers accepted for sending, so that tests can ask for "exactly one".

The list shows what clients achieved, not what recipients got: a message that was refused is not in
it, one that bounced later is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct, to_builtins
from msgspec.structs import replace

if TYPE_CHECKING:
    from reconciler.emulator.outcomes import Outcome
    from reconciler.emulator.store import Store

_FILTERS = ("provider", "channel", "recipient", "id")
"""Fields by which the list can be filtered."""


class Message(Struct, frozen=True, kw_only=True):
    """One accepted message to one recipient."""

    provider: str
    """The provider's type."""
    channel: str
    """"email", "sms", "mms", …."""
    id: str
    """The provider's id, by which receipts are asked for."""
    recipient: str
    sender: str
    content: str
    """As the recipient gets it, with placeholders filled."""
    outcome: Outcome
    at: datetime
    subject: str = ""
    template: str = ""
    """The provider's id of the template that it was made from."""
    correlation: Mapping[str, Any] = {}
    """Fields of the request by which its sender may find it again."""
    digest: str = ""
    """SHA-256 of subject and content, in hexadecimal; filled in by `Sent`."""


class Sent:
    """The accepted messages of all emulators on one store, oldest first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table = store.table("emulator/sent")

    def add(self, message: Message) -> None:
        """Remember a message."""
        content = f"{message.subject}\n{message.content}".encode()
        message = replace(message, digest=hashlib.sha256(content).hexdigest())
        with self._store.batch():
            self._table[str(self._table.next_id())] = to_builtins(message)

    def messages(self, **asked: str) -> list[dict[str, Any]]:
        """Return the messages with these values of `provider`, `channel`, `recipient`, `id`."""
        unknown = sorted(set(asked) - set(_FILTERS))
        if unknown:
            raise ValueError(f"unknown filter {unknown[0]!r}; there are: {', '.join(_FILTERS)}")
        return [
            row
            for row in self._table.values()
            if all(row[name] == value for name, value in asked.items())
        ]

    def clear(self) -> None:
        """Forget all messages; receipts can still be asked for."""
        with self._store.batch():
            self._table.clear()
