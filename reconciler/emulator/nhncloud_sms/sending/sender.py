"""POST and GET of `sender/sms`, `sender/mms` and `sender/auth/sms`, POST of `sender/ad-*`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.emulator.nhncloud_sms import attachments
from reconciler.emulator.nhncloud_sms.protocol import (
    Call,
    Refusal,
    Reply,
    paged,
    reply,
)
from reconciler.emulator.nhncloud_sms.rows import (
    Row,
)
from reconciler.emulator.nhncloud_sms.sending import orders, recipients, searches, texts
from reconciler.emulator.nhncloud_sms.sending.progress import NAMES, RESULT_NAMES, progress
from reconciler.emulator.nhncloud_sms.sending.times import shown
from reconciler.emulator.outcomes import Outcome
from reconciler.emulator.sent import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.emulator.nhncloud_sms.sending.orders import Kind, Order
    from reconciler.emulator.nhncloud_sms.sending.recipients import Recipient

_COMPLETED, _FAILED = "2", "3"
_CARRIER = (10001, "SKT")


def send(kind: Kind, call: Call) -> Reply:
    """POST: each recipient has its own result, whatever the header says."""
    order = orders.read(call, kind)
    listed = recipients.read(call)
    request_id, results = sent(call, order, listed)
    accepted = any(result["resultCode"] == 0 for result in results)
    data = {
        "requestId": request_id,
        "statusCode": _COMPLETED if accepted else _FAILED,
        "senderGroupingKey": order.sender_group,
        "sendResultList": results,
    }
    return reply({"data": data})


def list_all(kind: Kind, call: Call) -> Reply:
    """GET: by requestId, or by both ends of the request dates or of the create dates."""
    rows = searches.messages(call, kind)
    return reply(paged(call, rows, lambda row: _shown(call, row)))


def get(kind: Kind, call: Call, request_id: str) -> Reply:
    """GET of one message, by requestId and mtPr, which is its recipientSeq."""
    known = any(row["requestId"] == request_id for row in call.account.messages.values())
    if not known:
        raise Refusal(-2008, "Request ID is invalid")
    row = call.account.messages.get(f"{request_id}/{call.query.get('mtPr', '')}")
    if row is None or row["tag"] or row["sendType"] != kind.send_type:
        raise Refusal(-2012, "Detailed query parameter is invalid (requestId or mtPr)")
    return reply({"data": _shown(call, row)})


def sent(
    call: Call, order: Order, listed: Sequence[Recipient], *, tag: bool = False
) -> tuple[str, list[Row]]:
    """Store the messages of a request; return its requestId, and `sendResultList`."""
    request_id = call.account.next_request_id(call.at)
    advert = texts.unsubscribe_number(call, order.body) if order.kind.advert else None
    results = []
    for seq, recipient in enumerate(listed, 1):
        blocked = advert is not None and _is_blocked(call, advert, recipient)
        fault = _fault(call, order, recipient, blocked=blocked)
        if fault is None:
            place = {"requestId": request_id, "seq": seq, "blocked": blocked, "tag": tag}
            _keep(call, _row(call, order, recipient) | place)
        results.append(_result(recipient, seq, fault))
    return request_id, results


def _result(recipient: Recipient, seq: int, fault: Refusal | None) -> Row:
    """One item of `sendResultList`."""
    return {
        "recipientNo": recipient.number,
        "resultCode": 0 if fault is None else fault.code,
        "resultMessage": "SUCCESS" if fault is None else fault.message,
        "recipientSeq": seq,
        "recipientGroupingKey": recipient.group,
    }


def _is_blocked(call: Call, unsubscribe_no: str, recipient: Recipient) -> bool:
    called = recipient.number in call.account.blocked(unsubscribe_no)
    return called or recipient.outcome is Outcome.BLOCKED


def _fault(call: Call, order: Order, recipient: Recipient, *, blocked: bool) -> Refusal | None:
    """Why the message is not sent to a recipient."""
    if recipient.fault is not None:
        return recipient.fault
    if order.kind.has_title and recipient.country != recipients.KOREA:
        return Refusal(-2024, "International delivery is sent with LMS/MMS")
    if blocked and call.reads("ad-blocked", "result"):
        return Refusal(-6001, "Call-reject numbers")
    return None


def _row(call: Call, order: Order, recipient: Recipient) -> Row:
    title, body = order.written(call, recipient.parameters)
    return {
        "sendType": order.kind.send_type,
        "messageType": order.message_type,
        "ad": order.kind.advert,
        "night": call.readings["night-ads"],
        "templateId": order.template_id,
        "parameters": dict(recipient.parameters),
        "title": title,
        "body": body,
        "sendNo": order.sender,
        "recipientNo": recipient.number,
        "countryCode": recipient.country,
        "outcome": recipient.outcome,
        "files": list(order.files),
        "user": order.user,
        "senderGroup": order.sender_group,
        "recipientGroup": recipient.group,
        "created": call.at,
        "due": order.due,
        "cancelled": None,
    }


def _keep(call: Call, row: Row) -> None:
    key = f"{row['requestId']}/{row['seq']}"
    call.account.messages[key] = row
    call.account.sent.add(
        Message(
            provider="nhncloud-sms",
            channel=row["messageType"].lower(),
            id=key,
            recipient=row["recipientNo"],
            sender=row["sendNo"],
            subject=row["title"],
            content=row["body"],
            outcome=row["outcome"],
            at=datetime.fromtimestamp(call.at, UTC),
            template=row["templateId"] or "",
            correlation={
                "senderGroupingKey": row["senderGroup"],
                "recipientGroupingKey": row["recipientGroup"],
                "userId": row["user"],
            },
        )
    )


def _shown(call: Call, row: Row) -> Row:
    """A message as `sender/…` shows it."""
    now = progress(row, call.at)
    seq = row["seq"]
    carrier = (None, None) if now.code is None else _CARRIER
    mms = {"title": row["title"], "attachFileList": _files(call, row)}
    return {
        "requestId": row["requestId"],
        "requestDate": shown(row["due"]),
        "resultDate": shown(now.at),
        **template_of(call, row),
        **(mms if row["sendType"] == "1" else {}),
        "body": row["body"],
        "sendNo": row["sendNo"],
        "countryCode": row["countryCode"],
        "recipientNo": row["recipientNo"],
        "msgStatus": now.status,
        "msgStatusName": NAMES[now.status],
        "resultCode": now.code,
        "resultCodeName": None if now.code is None else RESULT_NAMES[now.code],
        "telecomCode": carrier[0],
        "telecomCodeName": carrier[1],
        "mtPr": str(seq) if call.reads("mtpr-as", "string") else seq,
        "sendType": _send_type(call, row),
        "userId": row["user"],
        "adYn": "Y" if row["ad"] else "N",
        "resultMessage": "",
        "senderGroupingKey": row["senderGroup"],
        "recipientGroupingKey": row["recipientGroup"],
    }


def template_of(call: Call, row: Row) -> Row:
    """What a message shows of its template, which may be deleted by now."""
    template = call.account.templates.get(row["templateId"] or "", {})
    category = call.account.categories.get(str(template.get("categoryId")), {})
    return {
        "templateId": row["templateId"],
        "templateName": template.get("templateName"),
        "categoryId": category.get("categoryId"),
        "categoryName": category.get("categoryName"),
    }


def _send_type(call: Call, row: Row) -> str:
    auth_as_sms = row["sendType"] == "2" and call.reads("auth-send-type", "0")
    return "0" if auth_as_sms else str(row["sendType"])


def _files(call: Call, row: Row) -> list[Row]:
    kept = [each for each in row["files"] if str(each) in call.account.attachments]
    return [attachments.shown(call, row["templateId"], each) for each in kept]
