"""What an endpoint gets (`Call`, `Account`), and how it refuses (`RefusedError`)."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from starlette.responses import Response

from reconciler.emulator.callbacks import Callbacks
from reconciler.emulator.readings import Chosen
from reconciler.emulator.sent import Sent
from reconciler.emulator.store import Store, Table

Row = dict[str, Any]


class RefusedError(Exception):
    """Raised to answer a request with 400 and a reason."""


class RefusedSendError(Exception):
    """Raised to answer a send or an event query with 400 and the members of its examples."""

    def __init__(self, **members: str) -> None:
        super().__init__(members)
        self.members = members


class Account(Struct, frozen=True):
    """The tables of one account, which is identified by its API key."""

    store: Store
    key: str

    def table(self, name: str) -> Table:
        """Return a table, made when missing."""
        return self.store.table(f"surenotify/{self.key}/{name}")

    def webhooks(self, channel: str) -> Table:
        """Return the webhooks of a channel, `email` or `sms`."""
        return self.table(f"webhooks-{channel}")

    def messages(self, channel: str) -> Table:
        """Return the accepted messages of `email` or `sms`, by id."""
        return self.table(f"messages-{channel}")

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
        """Return the account that owns each sender domain, for all accounts together."""
        return self.store.table("surenotify-domain-owners")


class Call(Struct, frozen=True, kw_only=True):
    """One authenticated request."""

    account: Account
    readings: Chosen
    arguments: dict[str, str]
    """The values of the `{names}` in the path."""
    query: Mapping[str, str]
    raw: bytes
    """The body."""
    hidden_seconds: float
    """Lists leave out rows younger than this."""
    moment: datetime
    """Now, in UTC."""
    sent: Sent
    """The list of accepted messages."""
    callbacks: Callbacks
    """The list of webhook calls to make."""
    token: Callable[[int], str]
    """Makes a random hexadecimal string of that many bytes."""

    @property
    def now(self) -> str:
        """The moment as the API writes it."""
        return stamp(self.moment)

    def json(self) -> Row | None:
        """Return the JSON object that was sent, `None` for anything else."""
        try:
            body = json.loads(self.raw)
        except ValueError:
            return None
        return body if isinstance(body, dict) else None

    def body(self) -> Row:
        """Return the JSON object of a webhook; raises `RefusedError` for anything else."""
        body = self.json()
        if body is None:
            raise RefusedError("Invalid request body")
        strict = self.readings.has("unknown-fields", "refused")
        if strict and not body.keys() <= {"type", "url"}:
            raise RefusedError("Invalid: unknown field.")
        return body


def stamp(moment: datetime) -> str:
    """Write a moment of UTC as the API does."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


Endpoint = Callable[[Call], Response]
