"""What became of a request, as errors and in words, beyond `reconciler.errors`."""

from __future__ import annotations

from reconciler.errors import OutcomeUnknown, ReadFailed, Rejected
from reconciler.http.verdict import Verdict, VerdictKind


class Absent(ReadFailed):
    """A read was answered: what it asked for does not exist."""

    code = "absent"


class Unreachable(ReadFailed):
    """No connection could be made, for whatever is read; the message is the same for all reads."""


class AbsentObject(Rejected):
    """A write was refused because its object does not exist; nothing was changed."""


class UnclearAnswer(OutcomeUnknown):
    """A write was answered, in a way that does not tell whether it was carried out."""

    def __init__(
        self, message: str, *, status: int, hint: str = "", repeatable: bool = True
    ) -> None:
        """Keep the HTTP status, and whether sending it again at once may help."""
        super().__init__(message, hint=hint)
        self.status = status
        self.repeatable = repeatable


def judged(status: int, verdict: Verdict) -> str:
    """Say what an answer means; its HTTP status stands last, as 200 may carry a refusal."""
    code = "" if verdict.code in {"", str(status)} else f"code {verdict.code}, "
    where = f"({code}HTTP {status})"
    if verdict.outcome in {VerdictKind.REJECTED, VerdictKind.RATE_LIMITED}:
        return f"refused: {verdict.message or 'no reason given'} {where}"
    return f"{verdict.message} {where}" if verdict.message else f"HTTP {status}"


def not_json(status: int) -> str:
    """Say so of an answer that should be JSON."""
    return f"HTTP {status}: the answer is not valid JSON"
