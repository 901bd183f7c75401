"""How a provider sends one real message, and tells what became of it: for `reconciler verify`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from msgspec import Struct, field

from reconciler.errors import Rejected
from reconciler.model.address import Address
from reconciler.model.canary import Canary
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Account
from reconciler.model.secret import Secret
from reconciler.model.values import Fields
from reconciler.model.verification import Receipt
from reconciler.providers.examination import Proof

Client = TypeVar("Client")


def _no_secret(_field: str) -> Secret | None:
    return None


class Message(Struct, frozen=True, kw_only=True):
    """One canary, ready to be sent."""

    op_id: str
    """UUIDv7 text that the message carries, so that it is found after a lost answer."""
    canary: Canary
    to: Secret
    """The recipient's number or address."""
    fields: Fields = field(default_factory=dict)
    """The canonical fields of what it proves, as desired; empty for a text of its own."""
    owned: OwnedObject | None = None
    """What state has of that: its id at the provider."""
    related: Mapping[str, Fields] = field(default_factory=dict)
    """By field: the canonical fields of what the object refers to, such as an API key's domain."""
    delivered: Callable[[str], Secret | None] = _no_secret
    """Reads back a secret out of the object's own sink, by `<sink field>.<part>`."""
    referring: Mapping[Address, Callable[[str], Secret | None]] = field(default_factory=dict)
    """The same of each owned object that refers to it, such as the API keys of a domain."""


class Taken(Struct, frozen=True, kw_only=True):
    """The provider took the message."""

    message: str
    """Its id of the message, by which receipts are asked for; whatever that takes, as one text."""
    cost: str = ""


class Refused(Struct, frozen=True, kw_only=True):
    """The provider refused the message, which nobody will get."""

    reason: str
    code: str = ""


class Messenger(ABC, Generic[Client]):
    """Sends messages of one account. None of its methods repeats a request that sends."""

    def __init__(self, account: Account, credentials: Mapping[str, Secret], client: Client) -> None:
        """Keep the account, its credentials and what requests go through."""
        self.account = account
        self.credentials = credentials
        self.client = client

    @property
    def repeatable(self) -> bool:
        """Tell whether the same `op_id` sent again within the hour is the same message.

        Then a lost answer may be asked for again.
        """
        return False

    def advertising(self, message: Message) -> bool:  # noqa: ARG002 -- for providers that know any
        """Tell whether the text is advertising, which must not be sent by night."""
        return False

    async def check_sender(self, message: Message) -> Proof | None:  # noqa: ARG002
        """Say whether the sender that a canary names can send, where that is known by no object.

        Raises `ProviderError` when asking fails.
        """
        return None

    async def send(self, message: Message) -> Taken | Refused:
        """Send it, once.

        Raises:
            NotSent: Certainly nothing went out.
            OutcomeUnknown: It may have gone out.
        """
        try:
            return await self.hand_in(message)
        except Rejected as refused:
            return Refused(reason=refused.message, code=refused.provider_code)

    @abstractmethod
    async def hand_in(self, message: Message) -> Taken | Refused:
        """Send it to its one recipient, for `send`; may also raise `Rejected`."""

    @abstractmethod
    async def find(self, message: Message, sent_at: float) -> Taken | None:
        """Look for a message whose answer was lost; `None`: nothing is known of it (yet).

        `sent_at` is the wall clock of the sending, in seconds. Raises `ProviderError` when looking
        fails.
        """

    @abstractmethod
    async def receipt(self, message: Message, taken: str) -> Receipt | None:
        """Return what is known of a message by its id; `None` where no receipt can be had.

        Raises `ProviderError` when asking fails.
        """
