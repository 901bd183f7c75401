"""Webhook calls of NHN Cloud SMS.

A webhook is set up in the console, with any text as its "signature". Every call repeats that text
unchanged in the header X-Toast-Webhook-Signature; nothing is computed from the call (NHN Cloud,
SMS, webhook.md).
"""

from __future__ import annotations

from typing import ClassVar

from reconciler.model.secret import Secret
from reconciler.providers.callbacks import Call, Callbacks, Event, check_signature

HEADER = "X-Toast-Webhook-Signature"


class NhnCallbacks(Callbacks):
    """Calls about block lists, results and receipts."""

    key: ClassVar[str] = "the signature that the console shows for the webhook"

    def verify(self, call: Call, key: Secret) -> None:
        """Compare the text in the header with the one from the console."""
        check_signature(HEADER, call.header(HEADER), key.reveal())

    def events(self, call: Call) -> tuple[Event, ...]:
        """Return one event; the body of a call is not fully documented."""
        body = call.json()
        word = body.get("event") or body.get("eventType")
        return (Event(word=word if isinstance(word, str) else ""),)
