"""Turns a provider's answer into an error and its message; adds errors to `reconciler.errors`."""

from __future__ import annotations

from reconciler.errors import OutcomeUnknown, ProviderError, ReadFailed, Rejected
from reconciler.http.retry import Again
from reconciler.http.verdict import Verdict, VerdictKind


class Absent(ReadFailed):
    """The provider answered a read: what it asked for does not exist."""

    code = "absent"


class UnclearRead(ReadFailed):
    """The answer to a read tells nothing certain, though the server does not seem to be failing."""


class Unreachable(ReadFailed):
    """No connection could be made; the message is the same for all reads of an account."""


_UNKNOWN_CALLER = frozenset({401, 403})


class AbsentObject(Rejected):
    """A write was refused because its object does not exist; nothing was changed."""


class UnclearAnswer(OutcomeUnknown):
    """The answer to a write does not tell whether it was carried out."""

    def __init__(
        self, message: str, *, status: int, hint: str = "", repeatable: bool = True
    ) -> None:
        """Keep the HTTP status, and whether sending it again at once may help."""
        super().__init__(message, hint=hint)
        self.status = status
        self.repeatable = repeatable


def judged(status: int, verdict: Verdict) -> str:
    """Describe an answer; the HTTP status stands last, because even a 200 may be a refusal."""
    code = "" if verdict.code in {"", str(status)} else f"code {verdict.code}, "
    where = f"({code}HTTP {status})"
    if verdict.outcome in {VerdictKind.REJECTED, VerdictKind.RATE_LIMITED}:
        advice = ": check the credentials of its Provider" if status in _UNKNOWN_CALLER else ""
        return f"refused: {verdict.message or 'no reason given'} {where}{advice}"
    return f"{verdict.message} {where}" if verdict.message else f"HTTP {status}"


def read_failure(words: str, status: int, verdict: Verdict) -> ProviderError | Again:
    """Return the error for a read whose answer is not "done", or `Again` to retry it."""
    match verdict.outcome:
        case VerdictKind.ABSENT:
            return Absent(words)
        case VerdictKind.REJECTED:
            return _rejected(words, status, verdict)
        case VerdictKind.RATE_LIMITED:
            return Again(ReadFailed(words), wait=verdict.retry_after, limited=True)
        case _ if status == 408 or status >= 500:
            return Again(ReadFailed(words), wait=verdict.retry_after)
        case _ if status < 300:
            return Again(UnclearRead(words))
        case _:
            return UnclearRead(words)


def write_failure(words: str, status: int, verdict: Verdict) -> ProviderError | Again:
    """Return the error for a write whose answer is not "done", or `Again` to retry it."""
    match verdict.outcome:
        case VerdictKind.ABSENT:
            return AbsentObject(words, provider_code="absent", status=status)
        case VerdictKind.REJECTED:
            return _rejected(words, status, verdict)
        case VerdictKind.RATE_LIMITED:
            refused = _rejected(words, status, verdict)
            return Again(refused, wait=verdict.retry_after, limited=True)
        case _:
            repeatable = verdict.outcome is not VerdictKind.FAILED
            return UnclearAnswer(words, status=status, repeatable=repeatable)


def _rejected(words: str, status: int, verdict: Verdict) -> Rejected:
    hint = ""
    if verdict.outcome is VerdictKind.RATE_LIMITED:
        hint = "Lower `limits.requestsPerSecond` of the provider, or run it again later."
    return Rejected(words, hint=hint, provider_code=verdict.code, status=status)
