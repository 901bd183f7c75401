"""Receipts of messages, for the callback that was set in the console.

`X-CALLBACK-ID: timestamp={t};nonce={n};username={u};signature={s}` signs a call; the signature is
the hexadecimal HMAC-SHA256 of `{t}{n}{u}` under the secret. The page of the callback shows the form
of that header; the form of the body is that of the provider's OTP product.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from msgspec import Struct, to_builtins

from reconciler.emulator.callbacks import Callback, Callbacks
from reconciler.emulator.engagelab_sms.accounts import Row
from reconciler.emulator.outcomes import Event, Outcome, steps
from reconciler.emulator.sent import Message, Sent
from reconciler.emulator.store import Store

_STATUS: Mapping[Event, tuple[str, int]] = MappingProxyType(
    {
        Event.DELIVERY: ("delivered", 0),
        Event.HARD_BOUNCE: ("delivered_failed", 4001),
        Event.SOFT_BOUNCE: ("delivered_failed", 4002),
        Event.EXPIRY: ("delivered_failed", 4003),
        Event.BLOCK: ("sent_failed", 4004),
        Event.DUPLICATE: ("sent_failed", 4005),
    }
)
"""message_status and error_code; the pages do not list the latter."""

_UNSENT = frozenset({Outcome.BLOCKED, Outcome.DUPLICATE})
"""Outcomes of messages that are stopped before they leave."""


class Receiver(Struct, frozen=True, kw_only=True):
    """The callback. Calls are signed if it has a username, which then has a secret."""

    url: str
    username: str = ""
    secret: str = ""

    def headers(self, at: int) -> dict[str, str]:
        """Return the header that signs a call in that second."""
        if not self.username:
            return {}
        nonce = secrets.token_hex(8)
        text = f"{at}{nonce}{self.username}".encode()
        signature = hmac.new(self.secret.encode(), text, hashlib.sha256).hexdigest()
        value = f"timestamp={at};nonce={nonce};username={self.username};signature={signature}"
        return {"X-CALLBACK-ID": value}


class Receipts:
    """The receipts of all accounts on one store; there are none until a callback is set."""

    def __init__(self, store: Store) -> None:
        self._sent = Sent(store)
        self._callbacks = Callbacks(store)
        self._console = store.table("engagelab-sms-console")

    def send_to(self, receiver: Receiver | None, now: float) -> None:
        """Set the callback for later receipts, and test it with an empty object; or set none."""
        self._console.pop("callback", None)
        if receiver is not None:
            self._console["callback"] = to_builtins(receiver)
            self._owe(receiver, {}, now)

    def accepted(self, message: Message, *, account: str, start: float) -> None:
        """Store a message that leaves at `start`, and plan the calls with its receipts."""
        self._sent.add(message)
        row = self._console.get("callback")
        if row is None:
            return
        receiver = Receiver(**row)
        planned = [] if message.outcome in _UNSENT else [("sent", 0, start)]
        planned += [
            (*_STATUS[step.event], start + step.after)
            for step in steps(message.outcome)
            if step.event in _STATUS
        ]
        for status, code, at in planned:
            receipt = _receipt(message, account, status=status, code=code, at=int(at))
            self._owe(receiver, {"total": 1, "rows": [receipt]}, at)

    def _owe(self, receiver: Receiver, body: Row, at: float) -> None:
        self._callbacks.add(
            Callback(
                provider="engagelab-sms",
                url=receiver.url,
                body=body,
                due=datetime.fromtimestamp(at, UTC),
                headers=receiver.headers(int(at)),
            )
        )


def _receipt(message: Message, account: str, *, status: str, code: int, at: int) -> Row:
    return {
        "message_id": message.id,
        "to": message.recipient,
        "server": "sms",
        "channel": "sms",
        "itime": at,
        "custom_args": message.correlation["custom_args"],
        "status": {
            "message_status": status,
            "status_data": {
                "msg_time": at,
                "message_id": message.id,
                "current_send_channel": "sms",
                "template_key": message.template,
                "business_id": account,
            },
            "error_code": code,
        },
    }
