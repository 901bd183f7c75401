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
"""Where the pages show the reason for a refusal; as a text or a list of texts."""
_REFUSALS = frozenset({400, 401, 403, 422})
_LIMITED = ("too many requests", "limit exceeded")
_FORBIDDEN = "forbidden"
"""Authentication: `{"message": "Forbidden"}`, of which the page does not state the HTTP status."""
_NOT_FOUND = "not found"
_SPARE_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)
_INVALID = "invalid"
"""Documented refusals begin so: "Invalid: type is not a valid value."."""


UNDONE = frozenset({500})
"""A DELETE that is answered so did not delete, says the page."""


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
    """Return the reason that an answer gives, out of the fields that are known to hold one."""
    if not isinstance(body, dict):
        return ""
    found: list[str] = []
    for name in _WORDS:
        value = body.get(name)
        parts = value if isinstance(value, list) else [value]
        found += [part.strip() for part in parts if isinstance(part, str) and part.strip()]
    return "; ".join(dict.fromkeys(found))


def without_spare_commas(text: str) -> str:
    """Return a body without commas before a closing bracket, of which no text is changed."""
    return _SPARE_COMMA.sub(lambda match: match[1] or "", text)


def classify(status: int, body: JsonValue) -> Verdict:
    """Say what an answer means.

    Refused for certain: a documented status with a reason in a known field, "Forbidden" in any
    status, and a "success": false whose reason begins with "Invalid". Everything else that is not
    a success leaves open what happened; the documented 500 of a DELETE ("not deleted") is no sign
    of a server in trouble.
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
    """Judge a 2xx answer: it may still hold an error."""
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
