"""Templates (the page's "Template" part)."""

from __future__ import annotations

from typing import Any

from reconciler.emulator.nhncloud_sms import attachments, categories, senders
from reconciler.emulator.nhncloud_sms.protocol import (
    LARGEST_PAGE,
    Call,
    Refusal,
    Reply,
    header_only,
    invalid,
    paged,
    reply,
    required_text,
    shown_text,
    shown_user,
    text,
    whole_number,
    yes_or_no,
)
from reconciler.emulator.nhncloud_sms.rows import (
    Row,
)

_SMS, _LMS = "0", "1"
_TYPE_NAMES = {_SMS: "SMS 발송", _LMS: "LMS/MMS 발송"}
_ID, _NAME, _DESCRIPTION, _SENDER, _TITLE = 50, 50, 100, 13, 120
_SMS_BODY, _LMS_BODY = 255, 4000
_MOST_TEMPLATES = 1000


def create(call: Call) -> Reply:
    """POST /templates: the client picks the templateId."""
    number = whole_number(call.payload, "categoryId")
    if number is None:
        raise Refusal(-2108, "Category ID is missing")
    template_id = required_text(
        call.payload,
        "templateId",
        limit=_ID,
        missing=Refusal(-2100, "Template ID is missing"),
        too_long=Refusal(-2109, "Template ID exceeds 50 characters"),
    )
    fields = _fields(call, None)
    categories.find(call, str(number))
    templates = call.account.templates
    old = templates.get(template_id)
    if old is not None and (old["delYn"] == "N" or call.reads("deleted-template-id", "taken")):
        raise Refusal(-2101, "Already-registered Template ID")
    if call.reads("template-limit", "1000") and _living(call) >= _MOST_TEMPLATES:
        raise Refusal(-2112, "Exceeded the maximum available number of templates (Max: 1000)")
    files = attachments.named(call, template_id) or []
    if old is not None:
        del templates[template_id]
    moment = f"{call.moment}.0"
    templates[template_id] = {
        "templateId": template_id,
        "categoryId": number,
        **fields,
        "delYn": "N",
        "createDate": moment,
        "updateDate": moment,
        "fileIds": files,
    }
    attachments.bind(call, template_id, files)
    return header_only(call)


def list_all(call: Call) -> Reply:
    """GET /templates, filtered by categoryId and useYn."""
    category, use = call.query.get("categoryId", ""), call.query.get("useYn", "")
    if use not in {"", "Y", "N"}:
        raise invalid("useYn must be Y or N")
    with_deleted = call.reads("deleted-templates", "kept")
    rows = [
        row
        for row in call.account.templates.visible(call.hints.hidden_seconds)
        if (with_deleted or row["delYn"] == "N")
        and category in {"", str(row["categoryId"])}
        and use in {"", row["useYn"]}
    ]
    largest = int(call.readings["template-page-size"])
    clamp = largest if largest != LARGEST_PAGE else None
    return reply(paged(call, rows, lambda row: _shown(call, row), clamp=clamp), message="success")


def get(call: Call, template_id: str) -> Reply:
    """GET /templates/{templateId}."""
    row = call.account.templates.get(template_id)
    if row is None or (row["delYn"] == "Y" and not call.reads("deleted-templates", "kept")):
        raise Refusal(-2110, "Template is unavailable")
    return reply({"data": _shown(call, row)}, message="success")


def update(call: Call, template_id: str) -> Reply:
    """PUT /templates/{templateId}: all but templateId and categoryId."""
    row = _find(call, template_id)
    fields = _fields(call, row)
    files = attachments.named(call, template_id)
    if files is None:
        files = row["fileIds"] if call.reads("put-omitted-files", "keeps") else []
    call.account.templates[template_id] = (
        row | fields | {"updateDate": f"{call.moment}.0", "fileIds": files}
    )
    attachments.bind(call, template_id, files)
    return header_only(call)


def delete(call: Call, template_id: str) -> Reply:
    """DELETE /templates/{templateId}."""
    row = _find(call, template_id)
    if call.reads("deleted-templates", "kept") or call.reads("deleted-template-id", "taken"):
        call.account.templates[template_id] = row | {"delYn": "Y", "updateDate": f"{call.moment}.0"}
    else:
        del call.account.templates[template_id]
    return header_only(call)


def _find(call: Call, template_id: str) -> Row:
    row = call.account.templates.get(template_id)
    if row is None:
        raise Refusal(-2107, "Invalid template ID")
    if row["delYn"] == "Y":
        raise Refusal(-2113, "Template ID already deleted")
    return row


def _living(call: Call) -> int:
    return sum(row["delYn"] == "N" for row in call.account.templates.values())


def _fields(call: Call, old: Row | None) -> Row:
    """What POST and PUT have in common, checked; `old` is the template that a PUT changes."""
    payload = call.payload
    missing_name = Refusal(-2102, "Template name is missing")
    missing_sender = Refusal(-2103, "Sender number is missing")
    name = required_text(payload, "templateName", limit=_NAME, missing=missing_name)
    sender = required_text(payload, "sendNo", limit=_SENDER, missing=missing_sender)
    send_type = payload.get("sendType")
    if send_type not in {_SMS, _LMS}:
        raise Refusal(-2104, "Delivery type is missing (0: sms, 1: mms)")
    description = text(payload, "templateDesc", limit=_DESCRIPTION)
    title = text(
        payload, "title", limit=_TITLE, too_long=Refusal(-2115, "Title exceeds 120 characters")
    )
    if send_type == _LMS and not title:
        raise Refusal(-2114, "Title is empty")
    if old is not None and call.reads("put-omitted", "keeps"):
        description = description if "templateDesc" in payload else old["templateDesc"]
        title = title if "title" in payload else old["title"]
    senders.check(call, sender)
    return {
        "templateName": name,
        "templateDesc": description,
        "useYn": yes_or_no(payload, "useYn", Refusal(-2106, "Incorrect if service is enabled")),
        "sendNo": sender,
        "sendType": send_type,
        "title": title,
        "body": _body(call, send_type),
    }


def _body(call: Call, send_type: Any) -> str:
    sms = send_type == _SMS
    body = required_text(
        call.payload,
        "body",
        limit=_SMS_BODY if sms else _LMS_BODY,
        missing=Refusal(-2105, "Body is missing"),
        too_long=(
            Refusal(-2116, "Body length exceeds 255 characters, for SMS delivery")
            if sms
            else Refusal(-2117, "Body length exceeds 4000 characters, for LMS/MMS delivery")
        ),
    )
    if call.reads("line-endings", "crlf"):
        return "\r\n".join(body.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return body


def _shown(call: Call, row: Row) -> Row:
    category = call.account.categories.get(str(row["categoryId"]))
    files = [attachments.shown(call, row["templateId"], file) for file in row["fileIds"]]
    return {
        "templateId": row["templateId"],
        "serviceId": call.account.service_id,
        "categoryId": row["categoryId"],
        "categoryName": None if category is None else category["categoryName"],
        "sort": 0,
        "templateName": row["templateName"],
        "templateDesc": shown_text(call, row["templateDesc"]),
        "useYn": row["useYn"],
        "priority": "S",
        "sendNo": row["sendNo"],
        "sendType": row["sendType"],
        "sendTypeName": _TYPE_NAMES[row["sendType"]],
        "title": shown_text(call, row["title"]),
        "body": row["body"],
        "attachFileYn": "Y" if files else "N",
        "delYn": row["delYn"],
        "createDate": row["createDate"],
        "createUser": shown_user(call, None),
        "updateDate": row["updateDate"],
        "updateUser": shown_user(call, None),
        "attachFileList": files,
    }
