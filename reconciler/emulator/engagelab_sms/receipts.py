"""What became of messages, for the callback: each step has its second, and goes out after it."""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct, to_builtins

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
"""Stopped before they leave."""


class Callback(Struct, frozen=True, kw_only=True):
    """Where receipts go; they are signed where there is a username, which then has a secret."""

    url: str
    username: str = ""
    secret: str = ""


class Receipts:
    """The receipts of all accounts on one store that wait for their second.

    There are none as long as nobody has said where they go.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table = store.table("engagelab-sms-receipts")
        self._console = store.table("engagelab-sms-console")

    @property
    def callback(self) -> Callback | None:
        """Where they go."""
        row = self._console.get("callback")
        return None if row is None else Callback(**row)

    @callback.setter
    def callback(self, callback: Callback | None) -> None:
        if callback is None:
            self._console.pop("callback", None)
        else:
            self._console["callback"] = to_builtins(callback)

    def accepted(self, message: Message, *, account: str, start: float) -> None:
        """Remember a message that leaves at `start`, and what will be told of it."""
        Sent(self._store).add(message)
        if self.callback is None:
            return
        if message.outcome not in _UNSENT:
            self._add(message, account, at=start)
        for step in steps(message.outcome):
            if step.event in _STATUS:
                self._add(message, account, step.event, at=start + step.after)

    def due(self, now: float) -> list[tuple[str, Row]]:
        """Return those whose second has come, by key, in order of time."""
        found = [(key, row) for key, row in self._table.items() if row["itime"] <= now]
        return sorted(found, key=lambda each: each[1]["itime"])

    def next(self, now: float) -> float | None:
        """Return the second of the first one that is yet to come."""
        return min(
            (row["itime"] for row in self._table.values() if row["itime"] > now), default=None
        )

    def forget(self, key: str) -> None:
        """Drop one that has gone out."""
        self._table.pop(key, None)

    def _add(
        self, message: Message, account: str, event: Event | None = None, *, at: float
    ) -> None:
        """Add what is told of an event, or of the message being sent."""
        status, code = ("sent", 0) if event is None else _STATUS[event]
        self._table[str(self._table.next_id())] = {
            "message_id": message.id,
            "to": message.recipient,
            "server": "sms",
            "channel": "sms",
            "itime": int(at),
            "custom_args": message.correlation["custom_args"],
            "status": {
                "message_status": status,
                "status_data": {
                    "msg_time": int(at),
                    "message_id": message.id,
                    "current_send_channel": "sms",
                    "template_key": message.template,
                    "business_id": account,
                },
                "error_code": code,
            },
        }
