"""The envelope of NHN Cloud SMS, its refusals, and strict reading of requests.

Codes are those of the provider's public list of error codes; a case that it has no code for is
answered with 4 ("Parameter validation failed").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from reconciler.emulator.nhncloud_sms.rows import Row, stamp
from reconciler.emulator.pipeline import ListHints

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.emulator.nhncloud_sms.account import Account

LARGEST_PAGE = 1000
DEFAULT_PAGE = 15

Reply = dict[str, Any]


class Refusal(Exception):
    """A failure of the documented kind, by its resultCode and resultMessage."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Call(Struct, frozen=True, kw_only=True):
    """One request, parsed, as endpoints get it."""

    account: Account
    readings: Mapping[str, str]
    query: Mapping[str, str]
    payload: Mapping[str, Any]
    hints: ListHints
    at: float
    """Seconds since the epoch, on the emulator's clock."""

    @property
    def moment(self) -> str:
        """`at` as the service writes it."""
        return stamp(self.at)

    def reads(self, name: str, value: str) -> bool:
        """Whether `value` is the chosen reading of `name`."""
        return self.readings[name] == value


def reply(body: Any, *, message: str = "SUCCESS") -> Reply:
    """A success with a body, which may be null."""
    return {
        "header": {"isSuccessful": True, "resultCode": 0, "resultMessage": message},
        "body": body,
    }


def header_only(call: Call) -> Reply:
    """A success with a header alone, the answer to writes of categories and templates."""
    if call.reads("header-only", "zero"):
        return reply(None)
    return {"header": {"isSuccessful": True, "resultCode": "", "resultMessage": ""}}


def failure(refusal: Refusal, codes: str) -> Reply:
    """A failure; the reading `codes` decides on its code, and its body is null."""
    header = {
        "isSuccessful": False,
        "resultCode": refusal.code if codes == "listed" else -1,
        "resultMessage": refusal.message,
    }
    return {"header": header, "body": None}


def invalid(what: str) -> Refusal:
    """The common "Parameter validation failed"."""
    return Refusal(4, f"Parameter validation failed. {what}")


def text(
    payload: Mapping[str, Any],
    name: str,
    *,
    limit: int | None = None,
    too_long: Refusal | None = None,
) -> str | None:
    """An optional string of at most `limit` characters; None when missing or null."""
    value = payload.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise invalid(f"{name} must be a string")
    if limit is not None and len(value) > limit:
        raise too_long or invalid(f"{name} exceeds {limit} characters")
    if any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise Refusal(-2023, f"{name} includes characters that are not allowed")
    return value


def required_text(
    payload: Mapping[str, Any],
    name: str,
    *,
    limit: int | None = None,
    missing: Refusal | None = None,
    too_long: Refusal | None = None,
) -> str:
    """A string; refused if it is missing or empty."""
    value = text(payload, name, limit=limit, too_long=too_long)
    if not value:
        raise missing or invalid(f"{name} is required")
    return value


def yes_or_no(payload: Mapping[str, Any], name: str, wrong: Refusal) -> str:
    """A required "Y" or "N"."""
    value = payload.get(name)
    if value not in {"Y", "N"}:
        raise wrong
    return str(value)


def whole_number(payload: Mapping[str, Any], name: str) -> int | None:
    """An optional JSON integer; a string of digits is refused."""
    value = payload.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid(f"{name} must be an integer")
    return value


def query_number(query: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    """An integer of the query string, at least `least`."""
    value = query.get(name) or str(default)
    if not (value.isascii() and value.isdecimal()) or int(value) < least:
        raise invalid(f"{name} must be an integer of at least {least}")
    return int(value)


def page_bounds(call: Call, *, clamp: int | None = None) -> tuple[int, int]:
    """`pageNum` and `pageSize`: refused above 1000, or cut down to `clamp`."""
    number = query_number(call.query, "pageNum", 1, least=1)
    size = query_number(call.query, "pageSize", DEFAULT_PAGE, least=1)
    if clamp is not None:
        return number, min(size, clamp)
    if size > LARGEST_PAGE:
        raise invalid(f"pageSize exceeds {LARGEST_PAGE}")
    return number, size


def paged(
    call: Call, rows: Sequence[Any], render: Callable[[Any], Row], *, clamp: int | None = None
) -> Row:
    """The body of a list: the asked page of `rows`, each rendered, with the count of all."""
    number, size = page_bounds(call, clamp=clamp)
    start = call.hints.start((number - 1) * size)
    return {
        "pageNum": number,
        "pageSize": size,
        "totalCount": len(rows),
        "data": [render(row) for row in rows[start : start + size]],
    }


def shown_text(call: Call, value: str | None) -> str | None:
    """An optional text as it is read back."""
    if value or call.reads("empty-text", "as-sent"):
        return value
    return None if call.reads("empty-text", "null") else ""


def shown_reply(call: Call, answer: Any) -> Any:
    """An answer, with white space at the ends of texts kept or trimmed (`text-ends`)."""
    if call.reads("text-ends", "kept"):
        return answer
    if isinstance(answer, dict):
        return {name: shown_reply(call, value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [shown_reply(call, value) for value in answer]
    return answer.strip() if isinstance(answer, str) else answer


def shown_user(call: Call, value: str | None) -> str | None:
    """A createUser or updateUser as it is read back."""
    return call.account.owner if call.reads("users", "e-mail") else value
