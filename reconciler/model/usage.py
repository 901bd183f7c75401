"""How an object is used, as its provider tells; shown with changes that would delete the object."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field


class Use(StrEnum):
    """What the provider counts."""

    CONTACTS = "contacts"
    """Contacts that have the tag."""
    TEMPLATES = "templates"
    """Templates that are sent with the signature."""
    RESERVED = "reserved"
    """Messages that are scheduled and not sent yet."""
    SENT = "sentLastDay"
    """Messages of the last 24 hours; if only dates can be asked for, since yesterday began."""


class Usage(Struct, frozen=True, kw_only=True):
    """How one object is used; unknown counts are left out."""

    last_used_at: float | None = None
    """Seconds since the epoch."""
    counts: Mapping[Use, int] = field(default_factory=dict)
    asked_at: float = 0.0
    """Seconds since the epoch, by our clock: "minutes ago" counts from here."""
