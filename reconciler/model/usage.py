"""How an object is used, as a provider tells it: shown beside what would delete the object."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field


class Use(StrEnum):
    """What is counted."""

    CONTACTS = "contacts"
    """Contacts that have the tag."""
    TEMPLATES = "templates"
    """Templates that are sent with the signature."""
    RESERVED = "reserved"
    """Messages that are scheduled and not sent yet."""
    SENT = "sentLastDay"
    """Messages of the last day, or where only dates can be asked for, since yesterday began."""


class Usage(Struct, frozen=True, kw_only=True):
    """How one object is used; what is not known is left out."""

    last_used_at: float | None = None
    """Seconds since the epoch."""
    counts: Mapping[Use, int] = field(default_factory=dict)
    asked_at: float = 0.0
    """Seconds since the epoch, by our clock: "minutes ago" counts from here."""
