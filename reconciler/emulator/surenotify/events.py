"""*Event Query* of both channels: what became of messages."""

import calendar
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType

from msgspec import Struct
from starlette.responses import Response

from reconciler.emulator.surenotify import happenings
from reconciler.emulator.surenotify.answers import answer
from reconciler.emulator.surenotify.calls import Call, Endpoint, RefusedSendError, Row, stamp
from reconciler.emulator.surenotify.sms import international

MOST_EVENTS = 50
OLDEST = timedelta(days=30)
_STATUSES = frozenset({"accept", "retry", "delivery", "open", "click", "bounce", "complaint"})
"""Both channels accept all of them, by their lists of *URI Parameters*."""

_SMS_MEMBERS = ("recipient", "address", "countryCode", "content", "alive_mins", "variables")
_MAIL_MEMBERS = ("subject", "content", "from", "to", "sender", "recipient", "variables")


class _Asked(Struct, frozen=True, kw_only=True):
    """The conditions of a query."""

    start: datetime
    end: datetime
    statuses: frozenset[str]

    def takes(self, event: happenings.Happening) -> bool:
        return self.start <= event.at <= self.end and event.status in self.statuses


def _query(channel: str, call: Call) -> Response:
    asked = _asked(call)
    found = [
        (event, message)
        for message in _messages(channel, call)
        for event in happenings.so_far(channel, message, call.moment)
        if asked.takes(event)
    ]
    newest_first = call.readings.has("event-order", "newest-first")
    found.sort(key=lambda pair: pair[0].at, reverse=newest_first)
    logs = [_log(channel, call, event, message) for event, message in found[:MOST_EVENTS]]
    return answer({"logs": logs})


def _asked(call: Call) -> _Asked:
    start, end = _range(call)
    named = [word.strip() for word in call.query.get("status", "").split(",") if word.strip()]
    unknown = sorted(set(named) - _STATUSES)
    if unknown:
        raise RefusedSendError(error=f"Invalid: status {unknown[0]} is not a valid value")
    return _Asked(
        start=max(start, call.moment - OLDEST),
        end=min(end, call.moment),
        statuses=frozenset(named) or _STATUSES,
    )


def _range(call: Call) -> tuple[datetime, datetime]:
    """Return the range of time; a month, if only one end is given."""
    start, end = _moment(call, "from"), _moment(call, "to")
    if end is None:
        end = call.moment if start is None else _months_after(start, 1)
    return (_months_after(end, -1) if start is None else start), end


def _moment(call: Call, name: str) -> datetime | None:
    text = call.query.get(name, "")
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise RefusedSendError(error=f"Invalid: {name} is not a valid datetime") from None


def _months_after(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def _messages(channel: str, call: Call) -> Iterator[Row]:
    """Find the messages by id, or without an id by recipient."""
    wanted, recipient = call.query.get("id", ""), call.query.get("recipient", "").lower()
    if not wanted and not recipient:
        raise RefusedSendError(error="Invalid: id or recipient is required")
    if not wanted and channel == "sms":
        country_code = call.query.get("country_code", "")
        if not country_code:
            raise RefusedSendError(error="Invalid: country_code is required")
        recipient = international(recipient, country_code)
    for message in call.account.messages(channel).visible(call.hidden_seconds):
        ids = (message["id"], _indexed(message["id"]))
        if wanted in ids if wanted else message["recipient"].lower() == recipient:
            yield message


def _log(channel: str, call: Call, event: happenings.Happening, message: Row) -> Row:
    indexed = call.readings.has("message-id", "indexed")
    log: Row = {
        "messageId": _indexed(message["id"]) if indexed else message["id"],
        "status": event.status,
        "eventTime": stamp(event.at),
        "rawEvent": event.raw,
    }
    if channel == "email":
        return {**log, "mail": {name: message[name] for name in _MAIL_MEMBERS}}
    return {**log, **{name: message[name] for name in _SMS_MEMBERS}}


def _indexed(message_id: str) -> str:
    """Return the id in the form of the events' examples: 20191217065433-0-08d0c68d-…."""
    moment, _, unique = message_id.partition("-")
    return f"{moment}-0-{unique}"


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = MappingProxyType(
    {
        ("GET", "/v1/events"): partial(_query, "email"),
        ("GET", "/v1/sms/events"): partial(_query, "sms"),
    }
)
