"""What an endpoint gets and how it declines: `Call`, `RefusedError`."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import Struct

from reconciler.emulator.engagelab_sms.accounts import Account, Row
from reconciler.emulator.engagelab_sms.readings import Chosen
from reconciler.emulator.engagelab_sms.review import Policy


class RefusedError(Exception):
    """A request that is answered with a code and a message, `beside` other members."""

    def __init__(self, message: str, *, code: int = 400, status: int = 400, **beside: Any) -> None:
        super().__init__(message)
        self.status = status
        self.payload: Row = {"code": code, "message": message, **beside}


class Call(Struct, frozen=True, kw_only=True):
    """One authenticated request."""

    account: Account
    readings: Chosen
    review: Policy
    arguments: dict[str, str]
    """What stands in the path for its `{names}`."""
    raw: bytes
    """The body."""
    hidden_seconds: float
    """What a list leaves out for being younger."""
    moment: datetime

    @property
    def now(self) -> float:
        """Seconds since the epoch."""
        return self.moment.timestamp()

    def body(self, *, code: int = 400) -> Row:
        """Return the JSON object that was sent; raises `RefusedError` for anything else."""
        try:
            body = json.loads(self.raw)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise RefusedError("invalid request body", code=code)
        return body

    def listed(self, rows: list[Row]) -> list[Row]:
        """Return rows, oldest first, in the order of a list."""
        return rows if self.readings.has("list-order", "oldest") else rows[::-1]


Endpoint = Callable[[Call], Any]
"""Returns the body of a 200; raises `RefusedError`."""

DONE: Row = {"code": 0, "message": "success"}
"""What updates and deletions answer."""


def required_text(body: Row, name: str) -> str:
    """Return a string that has to be there and not be blank; raises `RefusedError`."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise RefusedError(f"{name} is required")
    return value
