"""What *Send Single/Multiple Emails* and *SMS* share: one result for each recipient."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct
from starlette.responses import Response

from reconciler.emulator.outcomes import Outcome, outcome_of
from reconciler.emulator.sent import Message
from reconciler.emulator.surenotify import calling
from reconciler.emulator.surenotify.answers import answer
from reconciler.emulator.surenotify.calls import Call, RefusedSendError, Row, stamp

MOST_RECIPIENTS = 100
VARIABLE_TOO_LONG = "Invalid: the value of recipient variables should under 100 characters"
_PLACEHOLDER = re.compile(r"\{\{\s*([^{}#]+?)\s*\}\}")


class Accepted(Struct, frozen=True, kw_only=True):
    """A recipient that gets its message."""

    address: str
    subject: str = ""
    content: str
    sender: str
    row: Row
    """Further members of its events and webhook calls."""


class Failure(Exception):
    """The reason why one recipient gets nothing."""


def body(call: Call, types: dict[str, tuple[type, ...]], required: Sequence[str]) -> Row:
    """Return the JSON object of a request; raises `RefusedSendError` if it does not fit the schema.

    The page has the wording of one such fault ("array is too long"); the others are modelled on it.
    """
    parsed = call.json()
    if parsed is None:
        raise malformed("instance is not an object")
    missing = [name for name in required if name not in parsed]
    if missing:
        raise malformed(f"object has missing required properties ({json.dumps(missing)})")
    for name, kinds in types.items():
        if name in parsed and (
            isinstance(parsed[name], bool) or not isinstance(parsed[name], kinds)
        ):
            raise malformed(f"{name}: instance type does not match any allowed primitive type")
    return parsed


def recipients(call: Call, parsed: Row, required: Sequence[str]) -> list[Row]:
    """Return the list of recipients; raises `RefusedSendError` as `body`."""
    listed: Any = parsed.get("recipients", [])
    if not listed and call.readings.has("no-recipients", "refused"):
        raise malformed('object has missing required properties (["recipients"])')
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise malformed("recipients: instance type does not match any allowed primitive type")
    if len(listed) > MOST_RECIPIENTS:
        raise malformed(f"array is too long: must have at most {MOST_RECIPIENTS} elements")
    for each in listed:
        missing = [name for name in required if not isinstance(each.get(name), str)]
        if missing:
            raise malformed(f"object has missing required properties ({json.dumps(missing)})")
    return listed


def malformed(reason: str) -> RefusedSendError:
    """Make the refusal of a body that does not fit the schema."""
    return RefusedSendError(message="Invalid request body", errors=f"[ {reason} ]")


def variables_of(call: Call, recipient: Row) -> Row:
    """Return a recipient's variables; raises `Failure` if a value is too long."""
    variables: Any = recipient.get("variables") or {}
    if not isinstance(variables, dict):
        raise malformed("variables: instance type does not match any allowed primitive type")
    longest = int(call.readings["longest-variable"])
    if any(len(_text(value)) > longest for value in variables.values()):
        raise Failure(VARIABLE_TOO_LONG)
    return variables


def filled(text: str, variables: Row) -> str:
    """Replace placeholders by variables; one without a variable stays."""
    return _PLACEHOLDER.sub(
        lambda found: _text(variables.get(found.group(1), found.group(0))), text
    )


def send(
    call: Call, channel: str, addressed: list[Row], accept: Callable[[Row], Accepted]
) -> Response:
    """Accept or refuse each recipient, and answer which, with HTTP 200.

    `accept` raises `Failure` to refuse one.
    """
    request_id = _uuid(call)
    success: list[Row] = []
    failure: dict[str, str] = {}
    for recipient in addressed:
        try:
            accepted = accept(recipient)
        except Failure as reason:
            failure[str(recipient["address"])] = str(reason)
            continue
        message_id = _store(call, channel, request_id, accepted)
        success.append({"id": message_id, "address": accepted.address})
    shown = _shown(call, channel, success, batch=len(addressed) > 1)
    return answer({"id": request_id, "success": shown, "failure": failure})


def _store(call: Call, channel: str, request_id: str, accepted: Accepted) -> str:
    message_id = f"{call.moment:%Y%m%d%H%M%S}-{_uuid(call)}"
    outcome = outcome_of(accepted.address)
    row = {**accepted.row, "id": message_id, "at": stamp(call.moment), "outcome": outcome}
    call.account.messages(channel)[message_id] = row
    calling.announce(call, channel, row)
    message = Message(
        provider="surenotify",
        channel=channel,
        id=message_id,
        recipient=accepted.address,
        sender=accepted.sender,
        subject=accepted.subject,
        content=accepted.content,
        outcome=outcome,
        at=call.moment,
        correlation={"request": request_id, "variables": accepted.row["variables"]},
    )
    call.sent.add(message)
    return message_id


def refuse_by_outcome(address: str, reason: str) -> None:
    """Raise `Failure` for a recipient whose outcome is to be refused."""
    if outcome_of(address) is Outcome.REFUSED:
        raise Failure(reason)


def _shown(call: Call, channel: str, success: list[Row], *, batch: bool) -> list[Row] | Row:
    reading = call.readings["success-as"]
    as_object = reading == "object" or (reading == "as-page" and channel == "sms" and batch)
    return success[0] if as_object and len(success) == 1 else success


def _uuid(call: Call) -> str:
    return str(UUID(hex=call.token(16)))


def _text(value: object) -> str:
    if isinstance(value, list):
        return "".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value)
