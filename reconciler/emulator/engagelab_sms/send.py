"""`POST /v1/send`, the older API, with credentials of its own.

It sends the templates of the newer one, whose ids are digits and unique over all accounts. Its page
names only three codes, so every bad input but a wrong key is answered with 32002.
"""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from reconciler.emulator.engagelab_sms.accounts import Account, Row, next_id, owned
from reconciler.emulator.engagelab_sms.calls import Call, Endpoint, RefusedError
from reconciler.emulator.engagelab_sms.content import filled, is_number, obstacle
from reconciler.emulator.engagelab_sms.receipts import Receipts
from reconciler.emulator.outcomes import Outcome, outcome_of
from reconciler.emulator.sent import Message

_BAD_INPUT = 32002
_REMEMBERED_SECONDS = 3600
_MOST_NUMBERS, _LONGEST_VALUE, _LONGEST_REQUEST_ID = 1000, 16, 128
_LARGEST_VARS, _LARGEST_ARGS = 1024 * 1024, 1024
_INTERNATIONAL = 2
_SENDER = re.compile(r"[A-Za-z0-9]{3,11}")
_BAD_NUMBER = "Invalid phone number format"


class _Order(Struct, frozen=True, kw_only=True):
    """What a request asks for."""

    to: Sequence[str]
    account: Account
    template: Row
    values: Row
    sender: str
    request_id: str | None
    custom_args: Row


def _send(call: Call) -> Row:
    """Answer a request; a repeated request_id gets the answer of the last hour again."""
    body = call.body(code=_BAD_INPUT)
    request_id = _request_id(body)
    remembered = call.account.table("request").get(request_id) if request_id else None
    if remembered is not None and call.now - remembered["at"] < _REMEMBERED_SECONDS:
        if remembered["status"] == 200:
            return dict(remembered["answer"])
        raise RefusedError(status=remembered["status"], **remembered["answer"])
    try:
        answer = _answered(call, _order(call, body, request_id))
    except RefusedError as refusal:
        if call.readings.has("request-id-errors", "remembered"):
            _remember(call, request_id, refusal.status, refusal.payload)
        raise
    _remember(call, request_id, 200, answer)
    return answer


def _remember(call: Call, request_id: str | None, status: int, answer: Row) -> None:
    if request_id is not None:
        row = {"at": call.now, "status": status, "answer": answer}
        call.account.table("request")[request_id] = row


def _answered(call: Call, order: _Order) -> Row:
    failed = [each for each in order.to if not is_number(call, each)]
    if len(failed) == len(order.to):
        raise _bad(_BAD_NUMBER)
    reasons = dict.fromkeys(failed, _BAD_NUMBER)
    for number in order.to:
        if outcome_of(number) is Outcome.REFUSED:
            reasons[number] = "Refused by the channel"
    ids = [_deliver(call, order, number) for number in order.to if number not in reasons]
    answer: Row = {"sms_ids": ids, **_echo(call, order)}
    if reasons:
        return {"code": 41031, "message": "partial success", **answer, **_counts(ids, reasons)}
    return answer if call.readings.has("send-success", "bare") else answer | _counts(ids, {})


def _counts(ids: Sequence[str], reasons: Mapping[str, str]) -> Row:
    items = [{"phone": phone, "message": reason} for phone, reason in reasons.items()]
    counts: Row = {"success_count": len(ids), "failed_count": len(items)}
    return {**counts, "failed_items": items} if items else counts


def _echo(call: Call, order: _Order) -> Row:
    request_id = order.request_id
    if request_id is None and call.readings.has("send-request-id", "made"):
        request_id = secrets.token_hex(16)
    echo: Row = {} if request_id is None else {"request_id": request_id}
    return {**echo, "custom_args": order.custom_args} if order.custom_args else echo


def _deliver(call: Call, order: _Order, number: str) -> str:
    serial = next_id(call.account.store)
    message = Message(
        provider="engagelab-sms",
        channel="sms",
        id=f"{int(call.now * 1000)}_15_3_11_{serial}${number}",
        recipient=number,
        sender=order.sender,
        content=filled(call, order.account, order.template, order.values, percent=True),
        outcome=outcome_of(number),
        at=call.moment,
        template=order.template["id"],
        correlation={"request_id": order.request_id, "custom_args": order.custom_args},
    )
    store = call.account.store
    Receipts(store).accepted(message, account=order.account.name, start=call.now)
    return message.id


# Reading a request: all of these raise `RefusedError`.


def _order(call: Call, body: Row, request_id: str | None) -> _Order:
    account, template = _template(call, _nested(call, body))
    return _Order(
        to=_numbers(body.get("to")),
        account=account,
        template=template,
        values=_values(call, _nested(call, body).get("vars")),
        sender=_sender(body.get("from")),
        request_id=request_id,
        custom_args=_object(body.get("custom_args"), "custom_args", _LARGEST_ARGS),
    )


def _request_id(body: Row) -> str | None:
    request_id = body.get("request_id")
    if request_id is None:
        return None
    if not isinstance(request_id, str) or not 0 < len(request_id) <= _LONGEST_REQUEST_ID:
        raise _bad("Invalid request_id")
    return request_id


def _nested(call: Call, body: Row) -> Row:
    """The content settings: in `body`, or beside it where the reading allows."""
    nested = body.get("body")
    if nested is None and call.readings.has("send-nesting", "either"):
        return body
    if not isinstance(nested, dict):
        raise _bad("Invalid body")
    return nested


def _numbers(to: Any) -> Sequence[str]:
    if not isinstance(to, list) or not all(isinstance(each, str) for each in to):
        raise _bad("Invalid to")
    if not 0 < len(to) <= _MOST_NUMBERS:
        raise _bad(f"to takes 1 to {_MOST_NUMBERS} numbers")
    return to


def _template(call: Call, nested: Row) -> tuple[Account, Row]:
    for name in ("template_id", "msg_type", "label_id"):
        value = nested.get(name, _INTERNATIONAL)
        if isinstance(value, bool) or not isinstance(value, int):
            raise _bad(f"Invalid {name}")
    if nested.get("msg_type", _INTERNATIONAL) != _INTERNATIONAL:
        raise _bad("Invalid msg_type")
    found = owned(call.account.store, str(nested.get("template_id")))
    if found is None or "content" not in found[1]:
        raise _bad("Invalid template_id")
    reason = obstacle(call, *found)
    if reason is not None:
        raise _bad(reason)
    return found


def _values(call: Call, given: Any) -> Row:
    values = _object(given, "vars", _LARGEST_VARS)
    scalars, lists = (call.readings.has("vars", each) for each in ("scalars", "lists"))
    for name, value in values.items():
        listed = isinstance(value, list) and len(value) > 0
        if (listed and scalars) or (lists and not listed):
            raise _bad(f"Invalid vars: {name}")
        values[name] = _value(name, value[0] if listed else value)
    return values


def _value(name: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_VALUE or "http" in value.lower():
        raise _bad(f"Invalid vars: {name}")
    return value


def _sender(sender: Any) -> str:
    if sender in (None, ""):
        return ""
    if not isinstance(sender, str) or not _SENDER.fullmatch(sender):
        raise _bad("Invalid from")
    return sender


def _object(value: Any, name: str, largest: int) -> Row:
    if value is None:
        return {}
    if not isinstance(value, dict) or len(json.dumps(value).encode()) > largest:
        raise _bad(f"Invalid {name}")
    return dict(value)


def _bad(message: str) -> RefusedError:
    return RefusedError(message, code=_BAD_INPUT)


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = MappingProxyType({("POST", "/v1/send"): _send})
