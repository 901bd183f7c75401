"""What the command line says of saving a plan: light, since `plan --help` needs it."""

from __future__ import annotations

from msgspec import Struct


class Wish(Struct, frozen=True, kw_only=True):
    """What the command line says of saving."""

    out: str | None = None
    recipients: tuple[str, ...] = ()
    expires_after: float | None = None
    """Seconds."""
