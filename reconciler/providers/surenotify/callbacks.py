"""Webhook calls of Surenotify.

From its page, section "Webhook Usage": the header x-surenotify-signature is the hexadecimal
HMAC-SHA256 of the message's id followed by the event's name, under the account's API key. It covers
neither the rest of the body nor the time. A new API key changes every signature.
"""

from __future__ import annotations

from typing import ClassVar

from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.model.verification import Arrival
from reconciler.providers.callbacks import (
    Call,
    Callbacks,
    CallFault,
    Event,
    check_signature,
    hmac_sha256,
)

HEADER = "x-surenotify-signature"
_ARRIVALS = {"delivery": Arrival.DELIVERED, "bounce": Arrival.FAILED}
_MESSAGES = ("mail", "sms_data")
"""Where the page's examples have a message's data, for mail and SMS; its tables: at the top."""


class SurenotifyCallbacks(Callbacks):
    """Calls for mail and for SMS, one event each."""

    key: ClassVar[str] = "the API key"
    credential: ClassVar[str] = "apiKey"

    def verify(self, call: Call, key: Secret) -> None:
        """Compare the signature with the one computed from id and event."""
        [event] = self.events(call)
        given = call.header(HEADER).lower()
        check_signature(HEADER, given, hmac_sha256(key, event.message + event.word))

    def events(self, call: Call) -> tuple[Event, ...]:
        """Return the one event of a call."""
        body = call.json()
        word = body.get("event")
        message = next((body[name] for name in _MESSAGES if name in body), body)
        known = message.get("id") if isinstance(message, dict) else None
        if not isinstance(word, str) or not isinstance(known, str):
            raise CallFault("the body has no `event`, or no id in `mail` or `sms_data`")
        details = body.get(word)
        return (
            Event(
                word=word,
                message=known,
                at=_seconds(details),
                arrival=_ARRIVALS.get(word),
                code=_code(details),
            ),
        )


def _code(details: JsonValue) -> str:
    code = details.get("code") if isinstance(details, dict) else None
    return "" if code is None else str(code)


def _seconds(details: JsonValue) -> float | None:
    at = details.get("timestamp") if isinstance(details, dict) else None
    return at / 1000 if isinstance(at, int | float) else None
