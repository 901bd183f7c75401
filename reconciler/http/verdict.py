"""What a provider's answer means."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from reconciler.model.values import JsonValue


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


def _names_no_pause(_text: str) -> float | None:
    return None


class Dialect(Struct, frozen=True, kw_only=True):
    """How one provider answers: all that the client must know of it."""

    classify: Callable[[int, JsonValue], Verdict]
    """Says what a status and a parsed body mean; the body is `None` where it is empty."""
    pause: Callable[[str], float | None] = _names_no_pause
    """Reads the seconds that a rate limit asks to wait out of a body's text, JSON or not."""
    mend: Callable[[str], str] | None = None
    """Makes JSON of a body that is none, where the provider is known for it."""
