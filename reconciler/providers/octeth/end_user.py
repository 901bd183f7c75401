"""The end-user endpoints, `/api/v1/…`, which take a sender domain's own API key.

Answers have no `Success`: an error has `Errors`, each a message and a code of that endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.http.request import Request
from reconciler.http.verdict import Verdict, VerdictKind
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.providers.lenient import pick, text_of
from reconciler.providers.wire import rows

SEND_EMAIL, LIST_EVENTS = "SendEmail", "ListEvents"
END_USER = frozenset({SEND_EMAIL, LIST_EVENTS})
_LIMITED = "429"
_SUPPRESSED = "14"
_REFUSALS = {str(code) for code in range(1, 35)}
"""The codes of "Send Email", which include those of the other endpoints."""


def send_email(key: Secret, mail: Mapping[str, JsonValue]) -> Request:
    """Return the request that sends a mail, with its key in the header and in the body.

    Both are documented; some servers want one, some the other.
    """
    return Request(
        method="POST",
        path="/api/v1/email",
        json=dict(mail),
        secret_json={"SenderAPIKey": key},
        secret_headers=_bearer(key),
    )


def list_events(key: Secret, message: str = "") -> Request:
    """Return the request for the events of a message, or without one for those of all.

    The parameters are in the query and, as in the page's example, in the body of the GET.
    """
    asked = {"StartFrom": "0", "RetrieveCount": "100"}
    if message:
        asked["MessageID"] = message
    return Request(
        method="GET",
        path="/api/v1/events",
        query=list(asked.items()),
        form=asked,
        secret_json={"SenderAPIKey": key},
        secret_headers=_bearer(key),
    )


def classify(status: int, body: JsonValue) -> Verdict:
    """Return what an answer means."""
    errors = rows(pick(body, "Errors")) if isinstance(body, dict) else []
    codes = [text_of(pick(each, "Code")) or "" for each in errors]
    code = ",".join(codes)
    words = "; ".join(text_of(pick(each, "Message")) or "" for each in errors)
    if _SUPPRESSED in codes:
        words = f"the recipient is blocked: {words}"
    if status == 429 or _LIMITED in codes:
        return Verdict(outcome=VerdictKind.RATE_LIMITED, message=words, code=_LIMITED)
    if codes and set(codes) <= _REFUSALS:
        return Verdict(outcome=VerdictKind.REJECTED, message=words, code=code)
    if status in {401, 403}:
        words = words or "access was refused"
        return Verdict(outcome=VerdictKind.REJECTED, message=words, code=code or str(status))
    if 200 <= status < 300 and not codes and isinstance(body, dict):
        return Verdict(outcome=VerdictKind.DONE)
    return Verdict(outcome=VerdictKind.UNKNOWN, message=words, code=code)


def _bearer(key: Secret) -> Mapping[str, Secret]:
    return {"authorization": Secret(f"Bearer {key.reveal()}")}
