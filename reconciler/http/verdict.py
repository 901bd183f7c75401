"""What a provider's answer means."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class VerdictKind(StrEnum):
    """The meanings of an answer."""

    DONE = "done"
    REJECTED = "rejected"
    """Certainly nothing happened, and asking again will not help."""
    RATE_LIMITED = "rate-limited"
    """Certainly nothing happened; ask again after a wait."""
    ABSENT = "absent"
    """What was asked for does not exist (a read's 404, in whatever form)."""
    FAILED = "failed"
    """The provider's own "not done", without a reason: whoever wants to know what holds must look,
    and asking again at once does not help."""
    UNKNOWN = "unknown"


class Verdict(Struct, frozen=True, kw_only=True):
    """What an answer that arrived whole means."""

    outcome: VerdictKind
    message: str = ""
    """The provider's own words, for people; no secret in it."""
    code: str = ""
    """The provider's own error code."""
    retry_after: float | None = None
    """Seconds to wait, where the answer asks for it (a 429 in any form)."""
