"""Reads answers: JSON within limits, and how long a provider asks us to wait."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn, cast

from reconciler.model.values import JsonValue

MAX_DEPTH = 64
LONGEST_WAIT = 600.0
"""Seconds. A provider that asks for more is not taken at its word."""

_LARGE = 64 * 1024
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)
_WAIT = re.compile(r"\bwait\s+for\s+(\d{1,6}(?:\.\d{1,6})?)\s*seconds?\b", re.IGNORECASE)


def parse(body: bytes, *, lenient: bool = False) -> JsonValue:
    """Return the JSON value of a body, `None` for an empty one.

    With `lenient`, commas before a closing bracket are accepted, as some documentation shows them.

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
        if not lenient:
            raise
        return parse(_TRAILING_COMMA.sub(_keep_strings, body.decode()).encode())
    if _brackets_too_deep(body) and _depth(value) > MAX_DEPTH:
        raise ValueError("nested too deeply")
    return value


def is_rate_limited(status: int, body: JsonValue) -> bool:
    """Tell whether an answer says "too many requests", in its status or in a list of errors."""
    if status == 429:
        return True
    errors = body.get("Errors") if isinstance(body, dict) else None
    return isinstance(errors, list) and any(
        isinstance(error, dict) and str(error.get("Code")) == "429" for error in errors
    )


def wait_asked(headers: Mapping[str, str], body: bytes) -> float | None:
    """Return the seconds that an answer asks to wait, `None` where it names no sensible number.

    In turn: the header `Retry-After`, as seconds or as a date compared with the answer's `Date`;
    and the words "Wait for 12 seconds" in the body, whose numbers may be unfilled placeholders.
    """
    asked = headers.get("retry-after", "").strip()
    if asked:
        return sensible_wait(_seconds(asked, headers.get("date", "")))
    found = _WAIT.search(body[:4096].decode("utf-8", "replace"))
    return sensible_wait(float(found[1])) if found else None


def sensible_wait(seconds: float | None) -> float | None:
    """Return the wait if it is one that can be kept."""
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


def _keep_strings(match: re.Match[str]) -> str:
    return match[1] or ""


def _brackets_too_deep(body: bytes) -> bool:
    """Tell quickly whether the nesting could be too deep; brackets in strings may mislead it."""
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
