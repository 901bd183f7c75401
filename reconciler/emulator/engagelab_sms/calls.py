"""What an endpoint gets (`Call`), and how it refuses (`RefusedError`)."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import Struct

from reconciler.emulator.engagelab_sms.accounts import Account, Row
from reconciler.emulator.engagelab_sms.review import Policy
from reconciler.emulator.readings import Chosen


class RefusedError(Exception):
    """Raised to answer with a code and a message; `beside` are further members."""

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
    """The values of the `{names}` in the path."""
    raw: bytes
    """The body."""
    hidden_seconds: float
    """Lists leave out rows younger than this."""
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
"""The answer to updates and deletions."""


def required_text(body: Row, name: str) -> str:
    """Return a string; raises `RefusedError` if it is missing or blank."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise RefusedError(f"{name} is required")
    return value
