"""Callbacks of EngageLab: the only way in which receipts come.

From its page "Callback": the header X-CALLBACK-ID holds
`timestamp=…;nonce=…;username=…;signature=…`, where the signature is the hexadecimal HMAC-SHA256 of
timestamp, nonce and username under the secret that the console has. It covers neither the body nor
the address. An address is tested by sending it an empty object.
"""

from __future__ import annotations

from typing import ClassVar

from reconciler.model.secret import Secret
from reconciler.model.verification import Arrival
from reconciler.providers.callbacks import (
    Call,
    Callbacks,
    CallFault,
    Event,
    check_signature,
    hmac_sha256,
)
from reconciler.providers.engagelab_sms.convert import unnumbered
from reconciler.providers.wire import Row, rows, text

HEADER = "X-CALLBACK-ID"
_SIGNED = ("timestamp", "nonce", "username")
_ARRIVALS = {
    "delivered": Arrival.DELIVERED,
    "delivered_failed": Arrival.FAILED,
    "sent_failed": Arrival.FAILED,
    "verified_failed": Arrival.FAILED,
}


class EngageLabCallbacks(Callbacks):
    """Calls, each with any number of receipts."""

    key: ClassVar[str] = "the secret of the callback, in the console"

    def verify(self, call: Call, key: Secret) -> None:
        """Compare the signature with the one computed from timestamp, nonce and username."""
        pairs = (part.partition("=") for part in call.header(HEADER).split(";"))
        given = {name.strip(): value.strip() for name, _, value in pairs}
        missing = [name for name in (*_SIGNED, "signature") if not given.get(name)]
        if missing:
            raise CallFault(f"{HEADER} lacks {', '.join(missing)}")
        expected = hmac_sha256(key, "".join(given[name] for name in _SIGNED))
        check_signature(HEADER, given["signature"].lower(), expected)

    def events(self, call: Call) -> tuple[Event, ...]:
        """Return the receipts of a call; none for the empty object that tests an address."""
        body = call.json()
        if body and not isinstance(body.get("rows"), list):
            raise CallFault("the body has no list `rows`")
        return tuple(map(_event, rows(body.get("rows"))))


def _event(row: Row) -> Event:
    found = row.get("status")
    status: Row = found if isinstance(found, dict) else {}
    word, code = text(status.get("message_status")), text(status.get("error_code"))
    at = row.get("itime")
    if not word or not row.get("message_id"):
        raise CallFault("a row has no message_id, or no message_status")
    return Event(
        word=word,
        message=unnumbered(text(row["message_id"])),
        at=float(at) if isinstance(at, int | float) else None,
        arrival=_ARRIVALS.get(word),
        code="" if code in {"", "0"} else f"{word} {code}",
    )
