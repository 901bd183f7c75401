"""The filters that lists of messages share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.emulator.nhncloud_sms.protocol import (
    Call,
    Refusal,
    invalid,
)
from reconciler.emulator.nhncloud_sms.rows import (
    Row,
)
from reconciler.emulator.nhncloud_sms.sending.progress import SUCCESS, Status, progress
from reconciler.emulator.nhncloud_sms.sending.times import Range

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.emulator.nhncloud_sms.sending.orders import Kind

_REQUEST_ID = 25
_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "requestId": "requestId",
        "sendNo": "sendNo",
        "recipientNo": "recipientNo",
        "templateId": "templateId",
        "senderGroupingKey": "senderGroup",
        "recipientGroupingKey": "recipientGroup",
    }
)
"""The field of a message by the parameter that has to equal it."""

_GROUPS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "MTR1": lambda code: code == SUCCESS,
        "MTR2": lambda code: code != SUCCESS,
        "MTR2_1": lambda code: code.startswith("E"),
        "MTR2_2": lambda code: code in {"2000", "2001"},
        "MTR2_3": lambda code: code in {"2003", "3001"},
    }
)
"""Codes that a query may have instead of a result's own: success, failure and its causes."""


def required(call: Call) -> tuple[Range, Range]:
    """The request dates and create dates; raises `Refusal` without a whole pair or a requestId."""
    requested, created = Range(call.query, "Request"), Range(call.query, "Create")
    request_id = call.query.get("requestId", "")
    if len(request_id) > _REQUEST_ID:
        raise Refusal(-2008, "Request ID is invalid")
    if not (request_id or requested.complete or created.complete):
        raise Refusal(
            -2011,
            "Required query parameters are missing (requestId or startRequestDate, endRequestDate)",
        )
    return requested, created


def messages(call: Call, kind: Kind) -> list[Row]:
    """The messages that `GET sender/…` asks for. Raises `Refusal`."""
    dates = required(call)
    listed = call.account.messages.visible(call.hints.hidden_seconds)
    rows = (row for row in listed if row["sendType"] == kind.send_type and not row["tag"])
    return ordered(call, _of_result(call, matching(call, rows, dates)))


def matching(call: Call, rows: Iterable[Row], dates: tuple[Range, Range]) -> list[Row]:
    """The rows whose fields equal the parameters, and whose dates are within the ranges."""
    requested, created = dates
    asked = {field: call.query[name] for name, field in _FIELDS.items() if call.query.get(name)}
    return [
        row
        for row in rows
        if all(row[field] == value for field, value in asked.items())
        and requested.holds(row["due"])
        and created.holds(row["created"])
    ]


def ordered(call: Call, rows: list[Row]) -> list[Row]:
    """Rows, given oldest first, in the order of the reading `sent-order`."""
    return rows if call.reads("sent-order", "oldest") else rows[::-1]


def asked(call: Call, name: str, value: object) -> bool:
    """Whether a parameter is missing, or equals a value."""
    return call.query.get(name) in {None, "", value}


def _of_result(call: Call, rows: Sequence[Row]) -> list[Row]:
    """The rows whose result fits msgStatus, both codes and the result dates."""
    received = Range(call.query, "Result")
    if call.query.get("msgStatus", "") not in {"", *Status}:
        raise invalid("msgStatus must be 0 to 7")
    codes = [call.query.get(name, "") for name in ("resultCode", "subResultCode")]
    found = []
    for row in rows:
        now = progress(row, call.at)
        fits = all(_is(now.code, each) for each in codes) and asked(call, "msgStatus", now.status)
        if fits and received.holds(now.at):
            found.append(row)
    return found


def _is(code: str | None, wanted: str) -> bool:
    if code is None or not wanted:
        return not wanted
    return _GROUPS[wanted](code) if wanted in _GROUPS else code == wanted
