"""Recipients who refuse messages by calling a 080 number (the page's "080 Call Rejection" part)."""

from __future__ import annotations

import calendar
import math
import time
from typing import TYPE_CHECKING, Any

from reconciler.emulator.nhncloud_sms.protocol import (
    Call,
    Refusal,
    Reply,
    invalid,
    page_bounds,
    reply,
    required_text,
)
from reconciler.emulator.nhncloud_sms.rows import (
    KST_OFFSET_SECONDS,
    Row,
    stamp,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.emulator.store import NumberSet

_UNSUBSCRIBE, _UNSUBSCRIBE_ON_DELETE = 25, 20
_RECIPIENT_ON_LIST, _RECIPIENT = 25, 20
_SHORTEST_RECIPIENT = 8
_BATCH = 10
_USER = 100
_ALWAYS = (-math.inf, math.inf)


def add(call: Call) -> Reply:
    """POST /blockservice/recipients: up to 10 numbers, no answer about each."""
    number = _unsubscribe_number(call, call.payload, _UNSUBSCRIBE)
    asked = _batch(call.payload.get("recipientNoList"), most=_BATCH)
    blocked = call.account.blocked(number)
    repeatable = call.reads("block-again", "ok")
    good = [each for each in asked if _well_formed(call, each)]
    fresh = [each for each in good if repeatable or each not in blocked]
    if len(fresh) == len(asked) or call.reads("block-bad-number", "partial"):
        blocked.add(fresh, at=int(call.at))
    if len(fresh) < len(asked):
        raise invalid("recipientNoList holds an invalid number")
    return {"header": {"isSuccessful": True, "resultCode": 0, "resultMessage": "Success"}}


def list_all(call: Call) -> Reply:
    """GET /blockservice/recipients of one 080 number."""
    number = _unsubscribe_number(call, call.query, _UNSUBSCRIBE)
    recipient = call.query.get("recipientNo", "")
    if len(recipient) > _RECIPIENT_ON_LIST:
        raise invalid(f"recipientNo exceeds {_RECIPIENT_ON_LIST} characters")
    page, size = page_bounds(call)
    start = call.hints.start((page - 1) * size)
    blocked, window = call.account.blocked(number), _window(call)
    if recipient or window != _ALWAYS:
        kept = _within(blocked, recipient, window)
        total, rows = len(kept), kept[start : start + size]
    else:
        total, rows = len(blocked), blocked.page(start, size)
    data: list[Row] = [
        {"unsubscribeNo": number, "recipientNo": each, "requestDate": f"{stamp(seconds)}.0"}
        for each, seconds in rows
    ]
    return reply({"pageNum": page, "pageSize": size, "totalCount": total, "data": data})


def remove(call: Call) -> Reply:
    """DELETE /blockservice/recipients/removes; all parameters are in the query string.

    The page's URL has `recipientNoList`, its table `recipientNo`: see reading `remove-parameter`.
    """
    number = _unsubscribe_number(call, call.query, _UNSUBSCRIBE_ON_DELETE)
    required_text(call.query, "updateUser", limit=_USER)
    listed = _to_unblock(call)
    limited = call.reads("remove-batch", "10")
    asked = _batch(listed.split(",") if listed else None, most=_BATCH if limited else len(listed))
    if not all(_well_formed(call, recipient) for recipient in asked):
        raise invalid("recipientNoList holds an invalid number")
    blocked = call.account.blocked(number)
    if call.reads("remove-missing", "error") and not all(each in blocked for each in asked):
        raise Refusal(4, "Unregistered recipientNo.")
    blocked.remove(asked)
    return reply(None)


def _to_unblock(call: Call) -> str:
    """The numbers, separated by commas."""
    if call.reads("remove-parameter", "recipientNo"):
        return required_text(call.query, "recipientNo", limit=_RECIPIENT)
    return call.query.get("recipientNoList") or call.query.get("recipientNo") or ""


def _batch(listed: Any, *, most: int) -> list[Any]:
    """The numbers of a request, at least one. Raises `Refusal`."""
    if not isinstance(listed, list) or not listed:
        raise invalid("recipientNoList is required")
    if len(listed) > most:
        raise invalid(f"recipientNoList exceeds {most}")
    return listed


def _window(call: Call) -> tuple[float, float]:
    """The seconds between which listed numbers were added: as asked, without those hidden."""
    first, last = _moment(call, "startRequestDate"), _moment(call, "endRequestDate")
    ends = [_ALWAYS[1] if last is None else last]
    if call.hints.hidden_seconds:
        ends.append(int(call.at - call.hints.hidden_seconds))
    return _ALWAYS[0] if first is None else first, min(ends)


def _within(
    blocked: NumberSet, recipient: str, window: tuple[float, float]
) -> list[tuple[str, int]]:
    """The numbers that were added within a window, all or one, with their seconds."""
    at = blocked.added_at(recipient) if recipient else None
    found = blocked.items() if not recipient else [] if at is None else [(recipient, at)]
    return [(each, seconds) for each, seconds in found if window[0] <= seconds <= window[1]]


def _unsubscribe_number(call: Call, source: Mapping[str, Any], limit: int) -> str:
    number = required_text(source, "unsubscribeNo", limit=limit)
    if not (number.isascii() and number.isdecimal()):
        raise Refusal(-6004, "Call rejection numbers are not in service")
    joined = number in call.account.unsubscribe_numbers
    if not joined and call.reads("unsubscribe-numbers", "joined"):
        raise Refusal(-6004, "Call rejection numbers are not in service")
    return number


def _well_formed(call: Call, recipient: object) -> bool:
    shortest = _SHORTEST_RECIPIENT if call.reads("short-recipients", "refused") else 1
    return (
        isinstance(recipient, str)
        and recipient.isascii()
        and recipient.isdecimal()
        and shortest <= len(recipient) <= _RECIPIENT
    )


def _moment(call: Call, name: str) -> int | None:
    """A "yyyy-MM-dd HH:mm:ss" of the query, Korean time, as seconds since the epoch."""
    value = call.query.get(name)
    if not value:
        return None
    try:
        return calendar.timegm(time.strptime(value, "%Y-%m-%d %H:%M:%S")) - KST_OFFSET_SECONDS
    except ValueError:
        raise Refusal(-2000, "Invalid date format") from None
