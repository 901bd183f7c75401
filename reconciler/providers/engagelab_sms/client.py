"""What answers of EngageLab's SMS management API mean.

A list is a bare array without pages, a create answers with the new id alone, and everything else
with `{"code", "message"}`, where 0 is success. Only the message tells whether an object is missing,
pending or taken: the code is always 400, even for an object that does not exist.
"""

from __future__ import annotations

from reconciler.errors import InReview, Rejected
from reconciler.http.verdict import Verdict, VerdictKind
from reconciler.model.values import JsonValue

_ABSENT = "not exist"
"""`template config not exist`."""
_PENDING = "pending status"
"""`can not update pending status template`."""
_REFUSED = frozenset({400, 401, 403, 404, 405, 413, 415, 422})
"""HTTP statuses, and codes that repeat one, after which certainly nothing was done."""
_REFUSED_CODES = range(2000, 5000)
"""Credentials (2001 to 2004), parameters (3001 to 3004), templates (4001)."""


def classify(status: int, body: JsonValue) -> Verdict:
    """Return what an answer means; after a server's failure or an odd answer, it is unknown."""
    envelope = body if isinstance(body, dict) else {}
    code, message = str(envelope.get("code") or ""), str(envelope.get("message") or "")
    if 200 <= status < 300 and code in {"", "0"}:
        return Verdict(outcome=VerdictKind.DONE)
    if str(envelope.get("accepted_count")) == "0":  # after a send: no recipient gets it
        return Verdict(outcome=VerdictKind.REJECTED, message=message, code=code)
    return Verdict(outcome=_failure(status, code, message), message=message, code=code)


def _failure(status: int, code: str, message: str) -> VerdictKind:
    words = message.lower()
    if status == 429:
        return VerdictKind.RATE_LIMITED
    if _ABSENT in words:
        return VerdictKind.ABSENT
    known = int(code) if code.isdecimal() else 0
    if status in _REFUSED or _PENDING in words or known in _REFUSED or known in _REFUSED_CODES:
        return VerdictKind.REJECTED
    return VerdictKind.UNKNOWN


def in_review(refusal: Rejected) -> InReview | None:
    """Return an `InReview` for a refusal because of a pending review, `None` for any other."""
    if _PENDING not in refusal.message.lower():
        return None
    return InReview(
        refusal.message,
        hint="Its review is pending. The next apply takes it up again.",
        provider_code=refusal.provider_code,
        status=refusal.status,
    )
