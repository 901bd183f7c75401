"""What Octeth's answers mean, command by command: the same code means something else in each.

Codes 1 to 7 come from the Email Gateway page; 99998, 99999 and the HTTP-like ones from the
general page on errors of newer servers. After any other code, the outcome is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reconciler.http.verdict import Verdict, VerdictKind
from reconciler.model.values import JsonValue
from reconciler.providers.lenient import pick, text_of
from reconciler.providers.wire import pause

REFUSALS: Mapping[str, Mapping[int, str]] = {
    "AddDomain": {
        1: "the domain name is missing",
        2: "the domain name is not valid",
        3: "the account has all the sender domains that its user group allows",
        4: "the subdomain or tracking prefix is not valid",
    },
    "GetDomain": {1: "the domain's id is missing"},
    "UpdateDomain": {
        1: "the domain's id is missing",
        6: "the subdomain or tracking prefix is not valid",
    },
    "VerifyDomain": {1: "the domain's id is missing"},
    "DeleteDomain": {1: "the domain's id is missing"},
    "AddAPI": {
        1: "the description is missing or not valid",
        2: "the domain's id is missing or not valid",
        3: "there is no such sender domain",
    },
    "GetAPIs": {1: "the domain's id is missing"},
    "DeleteAPI": {1: "the API key's id is missing"},
    "AddSMTP": {1: "the domain's id is missing", 2: "there is no such sender domain"},
    "GetSMTPs": {1: "the domain's id is missing"},
    "ResetSMTPPassword": {1: "the SMTP configuration's id is missing"},
    "DeleteSMTP": {1: "the SMTP configuration's id is missing"},
    "AddWebhook": {
        1: "the domain's id is missing",
        2: "the event is missing",
        3: "the event is not one that the server knows",
        4: "there is no such sender domain, or access to it is denied",
        5: "the webhook's URL is missing",
        6: "the scheme of the webhook's URL is not allowed",
        7: "the host of the webhook's URL is not allowed",
    },
    "DomainStats": {1: "the domain's id is missing"},
    "GetEvents": {1: "the domain's id is missing"},
    "GetWebhooks": {1: "the domain's id is missing"},
    "DeleteWebhook": {1: "the webhook's or the domain's id is missing"},
}
"""By command and code: why it was refused; nothing was changed."""

ABSENCES: Mapping[str, Mapping[int, str]] = {
    "GetDomain": {2: "there is no such sender domain"},
    "UpdateDomain": {5: "there is no such sender domain"},
    "VerifyDomain": {2: "there is no such sender domain"},
    "DeleteDomain": {2: "there is no such sender domain, or it may not be deleted"},
    "GetAPIs": {2: "there is no such sender domain"},
    "DeleteAPI": {2: "there is no such API key"},
    "GetSMTPs": {2: "there is no such sender domain"},
    "ResetSMTPPassword": {2: "there is no such SMTP configuration, or access to it is denied"},
    "DeleteSMTP": {2: "there is no such SMTP configuration, or it may not be deleted"},
    "DomainStats": {2: "there is no such sender domain"},
    "GetEvents": {2: "there is no such sender domain"},
    "GetWebhooks": {2: "there is no such sender domain"},
    "DeleteWebhook": {
        2: "there is no such sender domain",
        3: "there is no such sender domain",
        4: "there is no such webhook, or access to it is denied",
    },
}
"""By command and code: what does not exist."""

GENERAL: Mapping[int, str] = {
    403: "this API key may not use the command",
    404: "what the command is about does not exist",
    409: "it conflicts with something that exists",
    99998: "the API key was refused",
    99999: "the API key was refused",
}
"""Codes that mean the same for every command."""

_NUMBER = re.compile(r"[0-9]{1,9}")
_MESSAGES = ("ErrorText", "ErrorMessage", "Message", "error")


def classify(command: str, status: int, body: JsonValue) -> Verdict:
    """Return what the answer to a command means; for "", only the general codes are known."""
    codes = _codes(body)
    words = "; ".join(_words(body))
    if status == 429 or 429 in codes:
        message = words or "the server asks to wait"
        return Verdict(
            outcome=VerdictKind.RATE_LIMITED,
            message=message,
            code="429",
            retry_after=pause(words),
        )
    code = ",".join(map(str, codes))
    if not isinstance(body, dict) or status >= 500 or 300 <= status < 400:
        return _without_envelope(status, words, code)
    success = pick(body, "Success")
    if success is True and 200 <= status < 300 and set(codes) <= {0}:
        return Verdict(outcome=VerdictKind.DONE)
    if success is False and codes:
        return _refusal(command, status, codes, words)
    return _without_envelope(status, words, code)


def _refusal(command: str, status: int, codes: list[int], words: str) -> Verdict:
    code = ",".join(map(str, codes))
    refused = {**REFUSALS.get(command, {}), **GENERAL}
    absent = ABSENCES.get(command, {})
    known = [refused.get(one) or absent.get(one) for one in codes]
    if not all(known) and status in {401, 403}:
        return _without_envelope(status, words, code)
    if not all(known):
        message = f"{command or 'the command'}: code {code}, which is not documented"
        return Verdict(outcome=VerdictKind.UNKNOWN, message=_joined(message, words), code=code)
    gone = all(one in absent or one == 404 for one in codes)
    reasons = "; ".join(dict.fromkeys(text for text in known if text))
    message = f"{command}: {reasons}" if command else reasons
    return Verdict(
        outcome=VerdictKind.ABSENT if gone else VerdictKind.REJECTED,
        message=_joined(message, words),
        code=code,
    )


def _without_envelope(status: int, words: str, code: str) -> Verdict:
    if status in {401, 403}:
        return Verdict(
            outcome=VerdictKind.REJECTED,
            message=_joined("access was refused", words),
            code=code or str(status),
        )
    message = _joined("an answer that says nothing certain", words)
    return Verdict(outcome=VerdictKind.UNKNOWN, message=message, code=code)


def _joined(message: str, words: str) -> str:
    return f"{message} ({words})" if words else message


def _codes(body: JsonValue) -> list[int]:
    """Return every error code of an answer; what is not a number becomes -1, an unknown code."""
    if not isinstance(body, dict):
        return []
    shown = pick(body, "ErrorCode")
    listed = shown if isinstance(shown, list) else [shown]
    entries = pick(body, "Errors")
    if isinstance(entries, list):
        listed = listed + [pick(one, "Code") for one in entries if isinstance(one, dict)]
    texts = [text_of(value) or "-1" for value in listed if value is not None]
    return [int(text) if _NUMBER.fullmatch(text) else -1 for text in texts]


def _words(body: JsonValue) -> Iterator[str]:
    if not isinstance(body, dict):
        return
    for name in _MESSAGES:
        shown = pick(body, name)
        for one in shown if isinstance(shown, list) else [shown]:
            if isinstance(one, str) and one.strip():
                yield one.strip()[:300]
    entries = pick(body, "Errors")
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and isinstance(text := pick(entry, "Message"), str):
            yield text.strip()[:300]
