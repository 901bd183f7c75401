"""What `reconciler verify` reports: checks of objects, and the outcomes of canaries."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from reconciler.model.address import Address


class CheckKind(StrEnum):
    """What was checked."""

    SEND = "send"
    """A canary."""
    KEY = "key"
    """A generated key, or a signing key: it is delivered and accepted."""
    SMTP_LOGIN = "smtp-login"
    DOMAIN = "domain"
    TEMPLATE = "template"
    SIGNATURE = "signature"
    """An SMS signature: it is approved, so that messages may carry it."""
    SENDER = "sender"


class CheckStatus(StrEnum):
    """The outcome of a check."""

    PASSED = "passed"
    FAILED = "failed"
    """Refused, bounced or expired."""
    UNDECIDED = "undecided"
    """The outcome could not be found out, or no receipt came in time."""
    SKIPPED = "skipped"


class Arrival(StrEnum):
    """What a receipt says of a message."""

    DELIVERED = "delivered"
    FAILED = "failed"
    """Bounced, refused by the network, or cancelled as a duplicate."""
    WAITING = "waiting"
    """On its way, as far as the provider knows."""


class Receipt(Struct, frozen=True, kw_only=True):
    """What a provider tells of a message that it accepted, without its recipient and text."""

    status: Arrival
    code: str = ""
    """The provider's own code or words."""
    seconds: float | None = None
    """The time since the sending, by the provider's clock or else by this machine's."""
    cost: str = ""
    """As the provider counts: segments, points or money; empty if it does not say."""


class Check(Struct, frozen=True, kw_only=True):
    """One check of a verification."""

    address: Address
    """The object that the check is about."""
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
    """A UUIDv7 as text, which the message carries, to be found again after a lost answer."""
    canary: Address
    object_digest: str
    """Keyed digest of what the message proves: once that changes, the sending proves it no more."""
    recipient_digest: str
    """Keyed digest of the recipient, whose number or address is not stored."""
    sent_at: float
    """Wall clock, seconds."""
    message: str = ""
    """The provider's id of the message; empty until its answer is stored."""
    status: CheckStatus = CheckStatus.UNDECIDED
    reason: str = ""
    receipt: Receipt | None = None
