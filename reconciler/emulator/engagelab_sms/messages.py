"""`POST /v1/messages`: sends a template to some numbers, now or later."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NoReturn

from msgspec import Struct

from reconciler.emulator.engagelab_sms.accounts import Row, next_id
from reconciler.emulator.engagelab_sms.calls import Call, Endpoint, RefusedError
from reconciler.emulator.engagelab_sms.content import filled, is_number, obstacle
from reconciler.emulator.engagelab_sms.receipts import Receipts
from reconciler.emulator.outcomes import Outcome, outcome_of
from reconciler.emulator.sent import Message

_SOONEST, _LATEST = 3 * 60, 30 * 24 * 3600
"""Seconds from now to `schedule_time`."""

_REFUSING: Mapping[Outcome, tuple[int, str]] = MappingProxyType(
    {
        Outcome.REFUSED: (5001, "sending failed"),
        Outcome.DUPLICATE: (3004, "same template was sent to same user a moment ago"),
    }
)


class _Order(Struct, frozen=True, kw_only=True):
    """What a request asks for."""

    to: Sequence[str]
    template: Row
    values: Row
    body: Row
    schedule: int | None


def _send(call: Call) -> Row:
    plan_id = next_id(call.account.store)
    order = _order(call, plan_id)
    accepted = _accepted(call, order, plan_id)
    ids = [_deliver(call, order, number) for number in accepted]
    call.account.plans[plan_id] = {
        "template_id": order.template["id"],
        "sign_id": order.template["sign_id"],
        "until": call.now if order.schedule is None else order.schedule,
    }
    answer = {"plan_id": plan_id, "total_count": len(order.to), "accepted_count": len(accepted)}
    if order.schedule is not None:
        return {**answer, "schedule_info": {"task_id": int(next_id(call.account.store))}}
    return {**answer, "message_id": ids[0]} if len(order.to) == 1 else answer


def _order(call: Call, plan_id: str) -> _Order:
    """The request, checked. Raises `RefusedError`."""
    try:
        body = call.body()
    except RefusedError as error:
        _refuse(call, plan_id, 3001, str(error))
    to, asked = body.get("to"), body.get("template")
    if not isinstance(to, list) or not to or not all(isinstance(each, str) for each in to):
        _refuse(call, plan_id, 3002, "to must be a list of numbers")
    if not isinstance(asked, dict) or not isinstance(asked.get("params"), dict):
        _refuse(call, plan_id, 3002, "template.id and template.params are required")
    return _Order(
        to=to,
        template=_template(call, plan_id, asked.get("id")),
        values=asked["params"],
        body=body,
        schedule=_schedule(call, plan_id, body.get("schedule_time")),
    )


def _template(call: Call, plan_id: str, number: Any) -> Row:
    if isinstance(number, int) and call.readings.has("template-id-as", "either"):
        number = str(number)
    if not isinstance(number, str) or not number:
        _refuse(call, plan_id, 3002, "template.id must be a string")
    template = call.account.templates.get(number)
    if template is None:
        _refuse(call, plan_id, 4001, "template config not exist")
    reason = obstacle(call, call.account, template)
    if reason is not None:
        _refuse(call, plan_id, 3003, reason)
    return template


def _schedule(call: Call, plan_id: str, moment: Any) -> int | None:
    if moment is None:
        return None
    if isinstance(moment, bool) or not isinstance(moment, int):
        _refuse(call, plan_id, 3002, "schedule_time must be a number of seconds")
    if not _SOONEST <= moment - call.now <= _LATEST:
        _refuse(call, plan_id, 3002, "schedule_time must be 3 minutes to 30 days from now")
    return moment


def _accepted(call: Call, order: _Order, plan_id: str) -> list[str]:
    """The numbers that will get the message. Raises `RefusedError` if there are none."""
    formed = [number for number in order.to if is_number(call, number)]
    malformed = len(order.to) - len(formed)
    if not formed or (malformed and call.readings.has("bad-number", "refused")):
        _refuse(call, plan_id, 3003, "invalid phone number")
    accepted = [number for number in formed if outcome_of(number) not in _REFUSING]
    if not accepted:
        raise _no_recipient(call, order, plan_id, _REFUSING[outcome_of(formed[0])])
    return accepted


def _no_recipient(call: Call, order: _Order, plan_id: str, why: tuple[int, str]) -> RefusedError:
    """The answer if no number is accepted; a failure of sending itself has HTTP 200."""
    code, message = why
    within = code == 5001 or call.readings.has("refusal-status", "200")
    return RefusedError(
        message,
        code=code,
        status=200 if within else 400,
        plan_id=plan_id,
        total_count=len(order.to),
        accepted_count=0,
    )


def _deliver(call: Call, order: _Order, number: str) -> str:
    message_id = next_id(call.account.store)
    body = order.body
    message = Message(
        provider="engagelab-sms",
        channel="sms",
        id=message_id,
        recipient=number,
        sender="",
        content=filled(call, call.account, order.template, order.values),
        outcome=outcome_of(number),
        at=call.moment,
        template=order.template["id"],
        correlation={
            "plan_name": body.get("plan_name") or "-",
            "custom_args": body.get("custom_args") or {},
        },
    )
    start = call.now if order.schedule is None else order.schedule
    Receipts(call.account.store).accepted(message, account=call.account.name, start=start)
    return message_id


def _refuse(call: Call, plan_id: str, code: int, message: str) -> NoReturn:
    status = 200 if call.readings.has("refusal-status", "200") else 400
    raise RefusedError(message, code=code, status=status, plan_id=plan_id)


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = MappingProxyType({("POST", "/v1/messages"): _send})
