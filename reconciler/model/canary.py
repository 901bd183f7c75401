"""Canaries: real messages that prove that what was applied works."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from msgspec import Struct, field

from reconciler.model.address import Address
from reconciler.model.lint import Ignore
from reconciler.model.origin import NOWHERE, Origin, no_position
from reconciler.model.secret_source import SecretSource


class Channel(StrEnum):
    """How a message reaches people."""

    MAIL = "mail"
    SMS = "sms"


class Expect(StrEnum):
    """What makes a canary pass."""

    ACCEPTED = "accepted"
    """The provider accepted the message."""
    DELIVERED = "delivered"
    """A receipt says that it arrived."""


class Canary(Struct, frozen=True, kw_only=True):
    """A `Canary` manifest: one message that `reconciler verify` may send."""

    address: Address
    of: Address | None
    """The resource that it proves; `None` for a message with a text of its own."""
    channel: Channel
    to: SecretSource
    sender: str | None = None
    content: str | None = None
    """The text, unless it comes from a template; placeholders as written."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    expect: Expect = Expect.DELIVERED
    deadline_seconds: int = 180
    hold_seconds: int = 0
    """How long to watch a delivered mail for a bounce."""
    at_most_every_hours: float = 24
    ignores: tuple[Ignore, ...] = ()
    """As `Resource.ignores`."""
    origin: Origin = NOWHERE
    locate: Callable[[tuple[str | int, ...]], Origin] = no_position

    @property
    def proves(self) -> Address:
        """Return the address that its result is about: the resource that it proves, or itself."""
        return self.of or self.address
