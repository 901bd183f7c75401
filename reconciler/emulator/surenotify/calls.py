"""What an endpoint gets and how it declines: `Account`, `Call`, `RefusedError`."""

import json
from collections.abc import Callable
from typing import Any

from msgspec import Struct
from starlette.responses import Response

from reconciler.emulator.store import Store, Table
from reconciler.emulator.surenotify.readings import Chosen

Row = dict[str, Any]


class RefusedError(Exception):
    """A request answered with 400 and a reason."""


class Account(Struct, frozen=True):
    """The tables of one account, which is whoever has its API key."""

    store: Store
    key: str

    def table(self, name: str) -> Table:
        """Return one of them, made when missing."""
        return self.store.table(f"surenotify/{self.key}/{name}")

    def webhooks(self, channel: str) -> Table:
        """Return those of `email` or `sms`."""
        return self.table(f"webhooks-{channel}")

    @property
    def domains(self) -> Table:
        """Return the sender domains, by name."""
        return self.table("domains")

    @property
    def numbers(self) -> Table:
        """Return the exclusive numbers, by number."""
        return self.table("numbers")

    @property
    def domain_owners(self) -> Table:
        """Return whose each sender domain is, of all accounts together."""
        return self.store.table("surenotify-domain-owners")


class Call(Struct, frozen=True, kw_only=True):
    """One authenticated request."""

    account: Account
    readings: Chosen
    arguments: dict[str, str]
    """What stands in the path for its `{names}`."""
    raw: bytes
    """The body."""
    hidden_seconds: float
    """What a list leaves out for being younger."""
    now: str
    token: Callable[[int], str]
    """Makes a random hexadecimal string of that many bytes."""

    def body(self) -> Row:
        """Return the JSON object that was sent; raises `RefusedError` for anything else."""
        try:
            body = json.loads(self.raw)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise RefusedError("Invalid request body")
        strict = self.readings.has("unknown-fields", "refused")
        if strict and not body.keys() <= {"type", "url"}:
            raise RefusedError("Invalid: unknown field.")
        return body


Endpoint = Callable[[Call], Response]
