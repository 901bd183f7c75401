"""How a provider sends one real message and reports what became of it, for `reconciler verify`."""

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
    """The desired, canonical fields of the object to prove; empty if there is none."""
    owned: OwnedObject | None = None
    """The row of that object, with its id at the provider."""
    related: Mapping[str, Fields] = field(default_factory=dict)
    """By field: the canonical fields of what the object refers to, such as an API key's domain."""
    delivered: Callable[[str], Secret | None] = _no_secret
    """Reads a secret back from the object's own sink, by `<sink field>.<part>`."""
    referring: Mapping[Address, Callable[[str], Secret | None]] = field(default_factory=dict)
    """Likewise for each owned object that refers to it, such as the API keys of a domain."""


class Taken(Struct, frozen=True, kw_only=True):
    """The provider took the message."""

    message: str
    """What `receipt` needs to find the message, as one text: mostly the provider's id of it."""
    cost: str = ""


class Refused(Struct, frozen=True, kw_only=True):
    """The provider refused the message, which nobody will get."""

    reason: str
    code: str = ""


class Messenger(ABC, Generic[Client]):
    """Sends messages for one account. No method repeats a request that sends."""

    def __init__(self, account: Account, credentials: Mapping[str, Secret], client: Client) -> None:
        """Keep the account, its credentials and the client."""
        self.account = account
        self.credentials = credentials
        self.client = client

    @property
    def repeatable(self) -> bool:
        """Tell whether sending the same `op_id` again within an hour sends no second message.

        Then a request whose answer was lost may be repeated.
        """
        return False

    def advertising(self, message: Message) -> bool:  # noqa: ARG002 -- for providers that know any
        """Tell whether the text is advertising, which must not be sent by night."""
        return False

    async def check_sender(self, message: Message) -> Proof | None:  # noqa: ARG002
        """Check whether the sender that a canary names can send, if no managed object shows it.

        Raises `ProviderError` when asking fails.
        """
        return None

    async def send(self, message: Message) -> Taken | Refused:
        """Send the message once.

        Raises:
            NotSent: Certainly nothing was sent.
            OutcomeUnknown: It may have been sent.
        """
        try:
            return await self.hand_in(message)
        except Rejected as refused:
            return Refused(reason=refused.message, code=refused.provider_code)

    @abstractmethod
    async def hand_in(self, message: Message) -> Taken | Refused:
        """Send the message to its one recipient, for `send`; may also raise `Rejected`."""

    @abstractmethod
    async def find(self, message: Message, sent_at: float) -> Taken | None:
        """Look for a message whose answer was lost; `None` if it is not found (yet).

        `sent_at` is when it was sent, in seconds since the epoch. Raises `ProviderError` when
        looking fails.
        """

    @abstractmethod
    async def receipt(self, message: Message, taken: str) -> Receipt | None:
        """Return what is known about a message by its id; `None` if no receipt can be asked for.

        Raises `ProviderError` when asking fails.
        """
