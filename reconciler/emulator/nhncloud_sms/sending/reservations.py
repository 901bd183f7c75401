"""Reservations: messages whose requestDate was in the future when sent; they can be cancelled."""

from __future__ import annotations

import json

from reconciler.emulator.nhncloud_sms import attachments
from reconciler.emulator.nhncloud_sms.protocol import (
    Call,
    Refusal,
    Reply,
    invalid,
    paged,
    reply,
    required_text,
    shown_user,
)
from reconciler.emulator.nhncloud_sms.rows import (
    Row,
)
from reconciler.emulator.nhncloud_sms.sending import searches
from reconciler.emulator.nhncloud_sms.sending.progress import RESERVATION, Status, progress
from reconciler.emulator.nhncloud_sms.sending.sender import template_of
from reconciler.emulator.nhncloud_sms.sending.times import Range, shown

_TYPES = frozenset("012")
_USER = 100


def list_all(call: Call) -> Reply:
    """GET reservations; every filter is optional."""
    if call.query.get("sendType", "") not in {"", *_TYPES}:
        raise invalid("sendType must be 0, 1 or 2")
    if call.query.get("messageStatus", "") not in {"", *RESERVATION.values()}:
        raise invalid("messageStatus is unknown")
    dates = Range(call.query, "Request"), Range(call.query, "Create")
    rows = [
        row
        for row in call.account.messages.visible(call.hints.hidden_seconds)
        if _is_reserved(row)
        and searches.asked(call, "sendType", row["sendType"])
        and searches.asked(call, "messageStatus", _status(call, row))
    ]
    rows = searches.ordered(call, searches.matching(call, rows, dates))
    return reply(paged(call, rows, lambda row: _shown(call, row)), message="success")


def get(call: Call, request_id: str, seq: str) -> Reply:
    """GET of one."""
    row = call.account.messages.get(f"{request_id}/{seq}")
    if row is None or not _is_reserved(row):
        raise Refusal(-2012, "Detailed query parameter is invalid (requestId or mtPr)")
    kept = [each for each in row["files"] if str(each) in call.account.attachments]
    files = [attachments.shown(call, row["templateId"], each) for each in kept]
    short = [{name: each[name] for name in ("fileId", "filePath", "fileName")} for each in files]
    return reply({"data": {**_shown(call, row), "attachFileList": short}}, message="success")


def cancel(call: Call) -> Reply:
    """PUT reservations/cancel; messages already sent, or unknown, are skipped and not counted."""
    listed = call.payload.get("reservationList")
    if not isinstance(listed, list) or not listed or not all(isinstance(e, dict) for e in listed):
        raise invalid("reservationList is required")
    required_text(call.payload, "updateUser", limit=_USER)
    cancelled = sum(_cancelled(call, each) for each in listed)
    data = {"requestedCount": len(listed), "canceledCount": cancelled}
    return reply({"data": data}, message="success")


def _cancelled(call: Call, asked: Row) -> bool:
    key = f"{asked.get('requestId')}/{asked.get('recipientSeq')}"
    row = call.account.messages.get(key)
    if row is None or progress(row, call.at).status is not Status.REQUESTING:
        return False
    call.account.messages[key] = row | {"cancelled": call.at}
    return True


def _is_reserved(row: Row) -> bool:
    return bool(row["due"] > row["created"])


def _status(call: Call, row: Row) -> str:
    return RESERVATION[progress(row, call.at).status]


def _shown(call: Call, row: Row) -> Row:
    template = template_of(call, row)
    return {
        "requestId": row["requestId"],
        "recipientSeq": row["seq"],
        "requestDate": shown(row["due"]),
        "sendNo": row["sendNo"],
        "recipientNo": row["recipientNo"],
        "countryCode": row["countryCode"],
        "sendType": row["sendType"],
        "messageType": row["messageType"],
        "adYn": "Y" if row["ad"] else "N",
        "templateId": row["templateId"],
        "templateParameter": json.dumps(row["parameters"], ensure_ascii=False),
        "templateName": template["templateName"],
        "title": row["title"],
        "body": row["body"],
        "messageStatus": _status(call, row),
        "createUser": shown_user(call, row["user"]),
        "createDate": shown(row["created"]),
        "updateDate": shown(row["cancelled"] or row["created"]),
    }
