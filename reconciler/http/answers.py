"""Reads answers: JSON within limits, what it means, and how long a provider asks us to wait."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any, NoReturn, cast

from msgspec import Struct
from msgspec.structs import replace

from reconciler.http.failures import NotJson
from reconciler.http.transports.base import Answer
from reconciler.http.verdict import Dialect, Verdict, VerdictKind
from reconciler.model.values import JsonValue

MAX_DEPTH = 64
LONGEST_WAIT = 600.0
"""Seconds. A provider that asks for a longer wait is ignored."""

_LARGE = 64 * 1024
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_TELLING = 4096
"""How many bytes of a body are searched for a wait."""
_REDIRECT = "a redirect, which is never followed: check `spec.baseUrl`"
_NO_JSON = "the answer is not valid JSON"


class Reading(Struct, frozen=True, kw_only=True):
    """What an answer says and means."""

    body: JsonValue = None
    verdict: Verdict


def parse(body: bytes, *, mend: Callable[[str], str] | None = None) -> JsonValue:
    """Return the JSON value of a body, `None` for an empty one. `mend` repairs invalid JSON.

    Raises:
        ValueError: It is not JSON, not UTF-8, or nested too deeply.
    """
    body = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        return None
    try:
        value = _decode(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:
        if mend is None:
            raise
        return parse(mend(body.decode()).encode())
    if _brackets_too_deep(body) and _depth(value) > MAX_DEPTH:
        raise ValueError("nested too deeply")
    return value


def read(answer: Answer, dialect: Dialect) -> Reading:
    """Return what a whole answer says and means.

    Raises:
        NotJson: The status is 2xx, and the body is not JSON.
    """
    if 300 <= answer.status < 400:
        return Reading(verdict=Verdict(outcome=VerdictKind.UNKNOWN, message=_REDIRECT))
    try:
        body = parse(answer.body, mend=dialect.mend)
    except ValueError:
        if answer.status < 300:
            raise NotJson(answer.status) from None
        body, verdict = None, Verdict(outcome=VerdictKind.UNKNOWN, message=_NO_JSON)
    else:
        verdict = dialect.classify(answer.status, body)
    if answer.status == 429 or verdict.outcome is VerdictKind.RATE_LIMITED:
        verdict = _limited(answer, dialect, verdict)
    elif answer.status == 503:
        verdict = replace(verdict, retry_after=_sensible(_header_wait(answer)))
    return Reading(body=body, verdict=verdict)


def wait_asked(answer: Answer, dialect: Dialect) -> float | None:
    """Return the seconds that an answer asks to wait, `None` where it names no sensible number.

    The header `Retry-After` counts first: seconds, or a date that is compared with the answer's
    `Date`. Without it the text of the body counts; its numbers may be unfilled placeholders.
    """
    if answer.headers.get("retry-after", "").strip():
        return _sensible(_header_wait(answer))
    return _sensible(dialect.pause(answer.body[:_TELLING].decode("utf-8", "replace")))


def _header_wait(answer: Answer) -> float | None:
    """Return the seconds of `Retry-After` (RFC 9110, section 10.2.3), `None` without any."""
    asked = answer.headers.get("retry-after", "").strip()
    return _seconds(asked, answer.headers.get("date", "")) if asked else None


def _limited(answer: Answer, dialect: Dialect, verdict: Verdict) -> Verdict:
    told = verdict.outcome is VerdictKind.RATE_LIMITED
    wait = wait_asked(answer, dialect)
    return Verdict(
        outcome=VerdictKind.RATE_LIMITED,
        message=verdict.message if told else "too many requests",
        code=verdict.code or "429",
        retry_after=_sensible(verdict.retry_after) if wait is None else wait,
    )


def _sensible(seconds: float | None) -> float | None:
    """Return the wait if it is positive and not too long, else `None`."""
    if seconds is None or not math.isfinite(seconds):
        return None
    return seconds if 0 < seconds <= LONGEST_WAIT else None


def _seconds(asked: str, date: str) -> float | None:
    if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", asked):
        return float(asked)
    from email.utils import parsedate_to_datetime  # hardly ever needed

    try:
        return (parsedate_to_datetime(asked) - parsedate_to_datetime(date)).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None


def _decode(body: bytes) -> JsonValue:
    if len(body) >= _LARGE:
        import orjson

        return cast("JsonValue", orjson.loads(body))
    value = json.loads(body.decode(), parse_constant=_refuse_constant)
    if b"\\u" in body:
        json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair cannot be encoded
    return cast("JsonValue", value)


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError("not a JSON number")


def _brackets_too_deep(body: bytes) -> bool:
    """Tell quickly whether the nesting could be too deep; brackets in strings count as well."""
    brackets = body.translate(None, _NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        inner = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if len(inner) == len(brackets):
            break
        brackets = inner
    return bool(brackets)


def _depth(value: JsonValue) -> int:
    depth = 0
    level: list[Any] = [value]
    while level:
        containers = [item for item in level if isinstance(item, (dict, list))]
        if not containers:
            break
        depth += 1
        level = [
            child
            for item in containers
            for child in (item.values() if isinstance(item, dict) else item)
        ]
    return depth
