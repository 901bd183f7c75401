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
    """Certainly nothing happened; the request may be sent again after a wait."""
    ABSENT = "absent"
    """What was asked for does not exist (a read's 404, in whatever form)."""
    FAILED = "failed"
    """The provider says "not done" without a reason: only a read tells what holds now, and sending
    the request again at once does not help."""
    UNKNOWN = "unknown"


class Verdict(Struct, frozen=True, kw_only=True):
    """What a complete answer means."""

    outcome: VerdictKind
    message: str = ""
    """The provider's own words, for people; no secret in it."""
    code: str = ""
    """The provider's own error code."""
    retry_after: float | None = None
    """Seconds to wait, if the answer asks for it: a rate limit in any form, or HTTP 503."""


def _names_no_pause(_text: str) -> float | None:
    return None


class Dialect(Struct, frozen=True, kw_only=True):
    """How one provider answers: all that the client must know of it."""

    classify: Callable[[int, JsonValue], Verdict]
    """Says what a status and a parsed body mean; the body is `None` where it is empty."""
    pause: Callable[[str], float | None] = _names_no_pause
    """Finds how many seconds to wait in the text of a rate limit's body, JSON or not."""
    mend: Callable[[str], str] | None = None
    """Repairs bodies that are not valid JSON, for providers that are known to send them."""
