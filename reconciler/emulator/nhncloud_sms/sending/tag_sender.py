"""Sending to all contacts with some tags: `tag-sender`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from reconciler.emulator.nhncloud_sms import uids
from reconciler.emulator.nhncloud_sms.protocol import (
    Call,
    Refusal,
    Reply,
    invalid,
    paged,
    reply,
    shown_user,
)
from reconciler.emulator.nhncloud_sms.rows import (
    Row,
)
from reconciler.emulator.nhncloud_sms.sending import orders, recipients, searches, sender
from reconciler.emulator.nhncloud_sms.sending.progress import Status, progress
from reconciler.emulator.nhncloud_sms.sending.times import Range, shown

if TYPE_CHECKING:
    from reconciler.emulator.nhncloud_sms.sending.orders import Kind, Order


class _Master(StrEnum):
    """The status of a request: `masterStatusCode`, as words."""

    WAIT = "MAS00"
    READY = "MAS01"
    COMPLETE = "MAS19"
    CANCEL = "MAS91"


_STATUS_CODES = frozenset(
    f"MAS{each}" for each in ("00", "01", "09", "10", "11", "19", "90", "91", "99")
)
_NAMES: Mapping[Status, str] = MappingProxyType(
    {Status.FAILED: "FAILED", Status.REQUESTING: "READY", Status.PROCESSING: "SENDING"}
)
"""msgStatusName of a recipient; every other status is COMPLETED."""

_DEFAULTS: Mapping[str, str] = MappingProxyType({"adYn": "N", "autoSendYn": "Y"})


def send(kind: Kind, call: Call) -> Reply:
    """POST: to all numbers of the contacts that fulfil the tagExpression."""
    flags = {name: _flag(call, name, default) for name, default in _DEFAULTS.items()}
    order = _order(call, replace(kind, advert=flags["adYn"] == "Y"))
    expression = call.payload.get("tagExpression")
    listed = _recipients(call, expression) if flags["autoSendYn"] == "Y" else []
    request_id, results = sender.sent(call, order, listed, tag=True)
    call.account.tag_sends[request_id] = {
        "requestId": request_id,
        "sendType": kind.send_type,
        "templateId": order.template_id,
        "sendNo": order.sender,
        "tagExpression": expression,
        "title": order.title,
        "body": order.body,
        **flags,
        "errors": sum(result["resultCode"] != 0 for result in results),
        "user": order.user,
        "created": call.at,
        "due": order.due,
    }
    return reply({"data": {"requestId": request_id}})


def list_all(call: Call) -> Reply:
    """GET tag-sender: the requests."""
    requested, created = searches.required(call)
    if call.query.get("sendType") not in {"0", "1"}:
        raise invalid("sendType must be 0 or 1")
    if call.query.get("statusCode", "") not in {"", *_STATUS_CODES}:
        raise invalid("statusCode is unknown")
    rows = [
        row
        for row in call.account.tag_sends.visible(call.hints.hidden_seconds)
        if _is_asked_for(call, row)
        and requested.holds(row["due"])
        and created.holds(row["created"])
    ]
    found = paged(call, searches.ordered(call, rows), lambda row: _shown(call, row))
    return reply(found, message="success")


def _is_asked_for(call: Call, row: Row) -> bool:
    return (
        searches.asked(call, "sendType", row["sendType"])
        and searches.asked(call, "requestId", row["requestId"])
        and searches.asked(call, "statusCode", _master(call, row).value)
    )


def list_recipients(call: Call, request_id: str) -> Reply:
    """GET tag-sender/{requestId}: its recipients."""
    requested, received = Range(call.query, "Request"), Range(call.query, "Result")
    if not requested.complete:
        raise Refusal(-2011, "Required query parameters are missing")
    _find(call, request_id)
    messages = call.account.messages.visible(call.hints.hidden_seconds)
    rows = [
        _recipient(call, row)
        for row in messages
        if row["requestId"] == request_id
        and requested.holds(row["due"])
        and received.holds(progress(row, call.at).at)
    ]
    asked = {
        "recipientNum": "recipientNo",
        "msgStatusName": "msgStatusName",
        "resultCode": "resultCode",
    }
    kept = [
        row
        for row in rows
        if all(searches.asked(call, name, row[field]) for name, field in asked.items())
    ]
    return reply(paged(call, kept, dict), message="success")


def get(call: Call, request_id: str, seq: str) -> Reply:
    """GET tag-sender/{requestId}/{recipientSeq}."""
    _find(call, request_id)
    row = call.account.messages.get(f"{request_id}/{seq}")
    if row is None:
        raise Refusal(-2012, "Detailed query parameter is invalid (requestId or mtPr)")
    recipient = _recipient(call, row)
    data = {
        "requestId": request_id,
        "recipientSeq": row["seq"],
        "sendType": row["sendType"],
        "messageType": row["messageType"],
        "templateId": row["templateId"],
        "templateName": sender.template_of(call, row)["templateName"],
        "sendNo": row["sendNo"],
        "recipientNum": row["recipientNo"],
        "countryCode": row["countryCode"],
        "title": row["title"],
        "body": row["body"],
        "requestDate": recipient["requestDate"],
        "msgStatusName": recipient["msgStatusName"],
        "msgStatus": recipient["msgStatus"],
        "resultCode": recipient["resultCode"],
        "receiveDate": recipient["receiveDate"],
        "attachFileList": [],
    }
    return reply({"data": data})


def _flag(call: Call, name: str, default: str) -> str:
    value = call.payload.get(name, default)
    if value not in {"Y", "N"}:
        raise invalid(f"{name} must be Y or N")
    return str(value)


def _order(call: Call, kind: Kind) -> Order:
    """What to send; the example of an MMS has no title, though its table requires one."""
    if kind.has_title and not call.payload.get("title") and call.reads("tag-title", "optional"):
        payload: Row = {**call.payload, "title": " "}
        return replace(orders.read(replace(call, payload=payload), kind), title="")
    return orders.read(call, kind)


def _recipients(call: Call, expression: Any) -> list[recipients.Recipient]:
    if not isinstance(expression, list) or not all(isinstance(each, str) for each in expression):
        raise Refusal(-7001, "Invalid parameter. tagExpression")
    parameters = call.payload.get("templateParameter") or {}
    if not isinstance(parameters, dict):
        raise Refusal(-2111, "Invalid template parameter")
    numbers = uids.numbers(call, ",".join(expression))
    return [recipients.of_number(number, parameters) for number in numbers]


def _find(call: Call, request_id: str) -> Row:
    row = call.account.tag_sends.get(request_id)
    if row is None:
        raise Refusal(-2008, "Request ID is invalid")
    return row


def _master(call: Call, row: Row) -> _Master:
    if row["autoSendYn"] == "N":
        return _Master.WAIT
    return _Master.READY if call.at < row["due"] else _Master.COMPLETE


def _shown(call: Call, row: Row) -> Row:
    status = _master(call, row)
    user = shown_user(call, row["user"])
    return {
        "requestId": row["requestId"],
        "requestIp": "127.0.0.1",
        "sendType": row["sendType"],
        "templateId": row["templateId"],
        "templateName": sender.template_of(call, row)["templateName"],
        "masterStatusCode": status.name if call.reads("tag-status", "word") else status.value,
        "sendNo": row["sendNo"],
        "requestDate": shown(row["due"]),
        "tagExpression": row["tagExpression"],
        "title": row["title"],
        "body": row["body"],
        "adYn": row["adYn"],
        "autoSendYn": row["autoSendYn"],
        "sendErrorCount": row["errors"],
        "createUser": user,
        "createDate": shown(row["created"]),
        "updateUser": user,
        "updateDate": shown(row["created"]),
    }


def _recipient(call: Call, row: Row) -> Row:
    now = progress(row, call.at)
    return {
        "requestId": row["requestId"],
        "recipientSeq": row["seq"],
        "countryCode": row["countryCode"],
        "recipientNo": row["recipientNo"],
        "requestDate": shown(row["due"]),
        "msgStatus": now.status,
        "msgStatusName": _NAMES.get(now.status, "COMPLETED"),
        "resultCode": now.code,
        "receiveDate": shown(now.at),
        "createDate": shown(row["created"]),
        "updateDate": shown(now.at or row["created"]),
    }
