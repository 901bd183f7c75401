"""What `reconciler verify` finds out: checks that cost nothing, and what came of canaries."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from reconciler.model.address import Address


class CheckKind(StrEnum):
    """What was looked at."""

    SEND = "send"
    """A canary."""
    KEY = "key"
    """A generated key, or a signing key, is delivered and accepted."""
    SMTP_LOGIN = "smtp-login"
    DOMAIN = "domain"
    TEMPLATE = "template"
    SIGNATURE = "signature"
    """Of an account: approved, so that messages may carry it."""
    SENDER = "sender"


class CheckStatus(StrEnum):
    """What came of it."""

    PASSED = "passed"
    FAILED = "failed"
    """Refused, bounced or expired."""
    UNDECIDED = "undecided"
    """It could not be found out, or no receipt came in time."""
    SKIPPED = "skipped"


class Arrival(StrEnum):
    """What a receipt says of a message."""

    DELIVERED = "delivered"
    FAILED = "failed"
    """Bounced, refused by the network, or cancelled as a duplicate."""
    WAITING = "waiting"
    """On its way, as far as is known."""


class Receipt(Struct, frozen=True, kw_only=True):
    """What a provider tells of a message that it took, reduced: no recipient and no text."""

    status: Arrival
    code: str = ""
    """As the provider words it."""
    seconds: float | None = None
    """From sending to this, by the clocks of the provider or else of this machine."""
    cost: str = ""
    """As the provider counts: segments, points or money; empty where it does not say."""


class Check(Struct, frozen=True, kw_only=True):
    """One thing that was verified."""

    address: Address
    """The object that it says something about."""
    check: CheckKind
    status: CheckStatus
    reason: str = ""
    """Why it failed, is undecided or was skipped."""
    canary: str = ""
    """The name of the `Canary`, for sends."""
    recipient: str = ""
    """Masked; for people alone."""
    receipt: Receipt | None = None


class CanarySend(Struct, frozen=True, kw_only=True):
    """One sending of a canary, as state keeps it: durable before the request leaves."""

    op_id: str
    """UUIDv7 text: what the message carries, to be found again after a lost answer."""
    canary: Address
    object_digest: str
    """Keyed digest of what the message proves: after a change it counts no more."""
    recipient_digest: str
    """Keyed digest of the recipient, whose number or address is kept nowhere."""
    sent_at: float
    """Wall clock, seconds."""
    message: str = ""
    """The provider's id of the message; empty until its answer is stored."""
    status: CheckStatus = CheckStatus.UNDECIDED
    reason: str = ""
    receipt: Receipt | None = None
