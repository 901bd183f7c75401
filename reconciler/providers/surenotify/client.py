"""Requests to Surenotify, and what its answers mean."""

from __future__ import annotations

import re
from urllib.parse import quote

from reconciler.http.request import Request
from reconciler.http.verdict import Verdict, VerdictKind
from reconciler.model.values import JsonValue
from reconciler.providers.surenotify.convert import EVENT_TYPES, truth

_LISTS = {"email": "/v1/webhooks", "sms": "/v1/sms/webhooks"}

_WORDS = ("message", "messages", "error", "errors")
"""Fields in which the page shows the reason for a refusal, as a text or a list of texts."""
_REFUSALS = frozenset({400, 401, 403, 422})
_LIMITED = ("too many requests", "limit exceeded")
_FORBIDDEN = "forbidden"
"""Authentication: `{"message": "Forbidden"}`, whose HTTP status the page does not state."""
_NOT_FOUND = "not found"
_SPARE_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)
_INVALID = "invalid"
"""Documented refusals begin so: "Invalid: type is not a valid value."."""


UNDONE = frozenset({500})
"""By the page, a DELETE with this answer has deleted nothing."""


def list_webhooks(channel: str) -> Request:
    """Return the request for all webhooks of a channel ("Query Webhooks")."""
    return Request(method="GET", path=_LISTS[channel])


def put_webhook(channel: str, event: str, url: str) -> Request:
    """Return the request that creates or updates the webhook of an event."""
    body: JsonValue = {"type": EVENT_TYPES[event], "url": url}
    return Request(method="POST", path=_LISTS[channel], json=body)


def delete_webhook(channel: str, event: str) -> Request:
    """Return the request that deletes the webhook of an event; its body says which."""
    body: JsonValue = {"type": EVENT_TYPES[event]}
    return Request(method="DELETE", path=_LISTS[channel], json=body)


def domain_request(method: str, domain: str) -> Request:
    """Return a request about a sender domain: POST creates, PUT verifies, DELETE deletes."""
    return Request(method=method, path=f"/v1/domains/{quote(domain, safe='')}")


def words_of(body: JsonValue) -> str:
    """Return the reasons in the known fields of an answer, each once, as one text."""
    if not isinstance(body, dict):
        return ""
    found: list[str] = []
    for name in _WORDS:
        value = body.get(name)
        parts = value if isinstance(value, list) else [value]
        found += [part.strip() for part in parts if isinstance(part, str) and part.strip()]
    return "; ".join(dict.fromkeys(found))


def without_spare_commas(text: str) -> str:
    """Return a body without commas before a closing bracket; text in quotes stays unchanged."""
    return _SPARE_COMMA.sub(lambda match: match[1] or "", text)


def classify(status: int, body: JsonValue) -> Verdict:
    """Return what an answer means.

    Certainly refused: a documented status with a reason in a known field or `"success": false`;
    "Forbidden" in any status; `"success": false` in a 2xx answer whose reason begins with
    "Invalid". A 5xx with `"success": false`, as documented for a DELETE that deleted nothing, is no
    sign of a server in trouble. After an answer that fits nothing known, the outcome is open.
    """
    words = words_of(body)
    lowered = words.lower()
    if any(phrase in lowered for phrase in _LIMITED) and status != 200:
        return Verdict(outcome=VerdictKind.RATE_LIMITED, message=words)
    if lowered == _FORBIDDEN:
        return Verdict(outcome=VerdictKind.REJECTED, message=words, code=_FORBIDDEN)
    if 200 <= status < 300:
        return _success(body, words)
    failed = isinstance(body, dict) and truth(body.get("success")) is False
    if status == 404 and (body is None or body == [] or isinstance(body, dict)):
        return Verdict(outcome=VerdictKind.ABSENT, message=words)
    if status in _REFUSALS and (words or failed):
        return Verdict(outcome=VerdictKind.REJECTED, message=words)
    outcome = VerdictKind.FAILED if failed and status >= 500 else VerdictKind.UNKNOWN
    return Verdict(outcome=outcome, message=words or ("success: false" * failed))


def _success(body: JsonValue, words: str) -> Verdict:
    """Return what a 2xx answer means: it may still report an error."""
    if body is None or isinstance(body, list):
        return Verdict(outcome=VerdictKind.DONE)
    if not isinstance(body, dict):
        return Verdict(outcome=VerdictKind.UNKNOWN, message="the answer has an unknown shape")
    success = truth(body.get("success"))
    if success is False:
        refused = words.lower().startswith(_INVALID)
        outcome = VerdictKind.REJECTED if refused else VerdictKind.UNKNOWN
        if refused and _NOT_FOUND in words.lower():
            outcome = VerdictKind.ABSENT
        return Verdict(outcome=outcome, message=words or "success: false")
    if success is None and words:
        return Verdict(outcome=VerdictKind.UNKNOWN, message=words)
    return Verdict(outcome=VerdictKind.DONE)
