"""Recipients who refuse messages by calling a 080 number (the page's "080 Call Rejection" part)."""

from __future__ import annotations

import calendar
import time
from typing import TYPE_CHECKING, Any

from reconciler.emulator.nhncloud_sms.protocol import (
    KST_OFFSET_SECONDS,
    Call,
    Refusal,
    Reply,
    Row,
    invalid,
    page_bounds,
    reply,
    required_text,
    stamp,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNSUBSCRIBE, _UNSUBSCRIBE_ON_DELETE = 25, 20
_RECIPIENT_ON_LIST, _RECIPIENT = 25, 20
_SHORTEST_RECIPIENT = 8
_BATCH = 10
_USER = 100


def add(call: Call) -> Reply:
    """POST /blockservice/recipients: up to 10 numbers, no answer about each."""
    number = _unsubscribe_number(call, call.payload, _UNSUBSCRIBE)
    asked = call.payload.get("recipientNoList")
    if not isinstance(asked, list) or not asked:
        raise invalid("recipientNoList is required")
    if len(asked) > _BATCH:
        raise invalid(f"recipientNoList exceeds {_BATCH}")
    blocked = call.account.blocked(number)
    good = [recipient for recipient in asked if _well_formed(call, recipient)]
    if call.reads("block-again", "error"):
        good = [recipient for recipient in good if recipient not in blocked]
    if len(good) < len(asked):
        if call.reads("block-bad-number", "partial"):
            blocked.add(good, at=int(call.at))
        raise invalid("recipientNoList holds an invalid number")
    blocked.add(good, at=int(call.at))
    return {"header": {"isSuccessful": True, "resultCode": 0, "resultMessage": "Success"}}


def list_all(call: Call) -> Reply:
    """GET /blockservice/recipients of one 080 number."""
    number = _unsubscribe_number(call, call.query, _UNSUBSCRIBE)
    blocked = call.account.blocked(number)
    recipient = call.query.get("recipientNo", "")
    if len(recipient) > _RECIPIENT_ON_LIST:
        raise invalid(f"recipientNo exceeds {_RECIPIENT_ON_LIST} characters")
    first, last = _moment(call, "startRequestDate"), _moment(call, "endRequestDate")
    if call.hints.hidden_seconds:
        hidden_from = int(time.time() - call.hints.hidden_seconds)
        last = hidden_from if last is None else min(last, hidden_from)
    page, size = page_bounds(call)
    start = call.hints.start((page - 1) * size)
    if recipient or first is not None or last is not None:
        at = blocked.added_at(recipient)
        found = [(recipient, at)] if at is not None else []
        kept = [
            (each, seconds)
            for each, seconds in (found if recipient else blocked.items())
            if (first is None or seconds >= first) and (last is None or seconds <= last)
        ]
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

    The URL of the page says `recipientNoList`, its table `recipientNo`: both are taken.
    """
    number = _unsubscribe_number(call, call.query, _UNSUBSCRIBE_ON_DELETE)
    required_text(call.query, "updateUser", limit=_USER)
    listed = call.query.get("recipientNoList") or call.query.get("recipientNo") or ""
    asked = listed.split(",") if listed else []
    if not asked:
        raise invalid("recipientNoList is required")
    if len(asked) > _BATCH and call.reads("remove-batch", "10"):
        raise invalid(f"recipientNoList exceeds {_BATCH}")
    if not all(_well_formed(call, recipient) for recipient in asked):
        raise invalid("recipientNoList holds an invalid number")
    blocked = call.account.blocked(number)
    if call.reads("remove-missing", "error") and not all(each in blocked for each in asked):
        raise Refusal(4, "Unregistered recipientNo.")
    blocked.remove(asked)
    return reply(None)


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
