"""Sends one mail or SMS, and asks what became of it.

From the pages "Send Single/Multiple Emails", "Send Single/Multiple SMS" and "Event Query". With
HTTP 200, an answer names refused recipients in `failure`; its `success` is a list or, for one
recipient, an object. The message carries the operation's id as a variable, which event queries
show.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reconciler.errors import NotSent, OutcomeUnknown
from reconciler.http.client import HttpClient
from reconciler.http.request import Request
from reconciler.model.canary import Channel
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.model.verification import Arrival, CheckKind, Receipt
from reconciler.providers.examination import Proof, proof
from reconciler.providers.messenger import Message, Messenger, Refused, Taken
from reconciler.providers.wire import Row, rows, text

_MARK = "reconciler"
"""The variable with the operation's id. By "Variable Usage", its value may not begin with a digit,
nor look like arithmetic."""
_SEND = {Channel.MAIL: "/v1/messages", Channel.SMS: "/v1/sms/messages"}
_EVENTS = {Channel.MAIL: "/v1/events", Channel.SMS: "/v1/sms/events"}
_AROUND = timedelta(minutes=30)
"""An answer has at most 50 events of a recipient, so the time span is narrow."""
_ALIVE_MINUTES = 5
"""For how long delivery of an SMS is tried: the least that the API allows."""


class Messages(Messenger[HttpClient]):
    """Sends with one API key."""

    async def hand_in(self, message: Message) -> Taken | Refused:
        """Send a mail or an SMS."""
        channel = message.canary.channel
        order = _mail(message) if channel is Channel.MAIL else _sms(message)
        request = Request(method="POST", path=_SEND[channel], json=order)
        return _taken(await self.client.write(request))

    async def find(self, message: Message, sent_at: float) -> Taken | None:
        """Look for the operation's id in the recipient's events around that time."""
        at = datetime.fromtimestamp(sent_at, UTC)
        query = [*_recipient(message).items(), ("from", _stamp(at - _AROUND))]
        query.append(("to", _stamp(at + _AROUND)))
        for log in await self._logs(message, query):
            if _variables(log).get(_MARK) == _mark(message):
                return Taken(message=text(log.get("messageId")))
        return None

    async def receipt(self, message: Message, taken: str) -> Receipt | None:
        """Return the worst of the message's events: a bounce may follow a delivery."""
        logs = await self._logs(message, [("id", taken)])
        by_status = {text(log.get("status")): log for log in logs}
        for status, arrival in (("bounce", Arrival.FAILED), ("delivery", Arrival.DELIVERED)):
            if (log := by_status.get(status)) is not None:
                seconds = _seconds(by_status.get("accept"), log)
                return Receipt(status=arrival, code=_code(log), seconds=seconds, cost=_cost(log))
        return Receipt(status=Arrival.WAITING)

    async def check_sender(self, message: Message) -> Proof | None:
        """Look for the number among the account's exclusive ones; for mail, check nothing."""
        sender = message.canary.sender
        if sender is None or message.canary.channel is Channel.MAIL:
            return None
        answer = await self.client.read(Request(method="GET", path="/v1/sms/exclusive-number"))
        listed = answer.get("phoneNumbers") if isinstance(answer, dict) else answer
        known = {text(row.get("phoneNumber")) for row in rows(listed)}
        missing = f"{sender} is no exclusive number of this account"
        return proof(CheckKind.SENDER, "" if sender in known else missing)

    async def _logs(self, message: Message, query: list[tuple[str, str]]) -> list[Row]:
        path = _EVENTS[message.canary.channel]
        answer = await self.client.read(Request(method="GET", path=path, query=query))
        return rows(answer.get("logs")) if isinstance(answer, dict) else []


def _mail(message: Message) -> JsonValue:
    domain = text(message.fields.get("domain"))
    return {
        "subject": "Canary of reconciler",
        "fromName": "Canary",
        "fromAddress": message.canary.sender or f"canary@{domain}",
        "content": f"<p>This mail proves that {domain} sends.</p>",
        "recipients": [
            {
                "name": "Canary",
                "address": message.to.reveal(),
                "variables": {_MARK: _mark(message)},
            }
        ],
    }


def _sms(message: Message) -> JsonValue:
    country, national = _number(message)
    order: dict[str, JsonValue] = {
        "content": message.canary.content or "",
        "alive_mins": _ALIVE_MINUTES,
        "recipients": [
            {
                "address": national,
                "country_code": country,
                "variables": {**message.canary.parameters, _MARK: _mark(message)},
            }
        ],
    }
    if message.canary.sender is not None:
        order["from"] = message.canary.sender
    return order


def _recipient(message: Message) -> dict[str, str]:
    """Return the parameters with which an event query names the recipient."""
    if message.canary.channel is Channel.MAIL:
        return {"recipient": message.to.reveal()}
    country, national = _number(message)
    return {"recipient": national, "country_code": country}


def _number(message: Message) -> tuple[str, str]:
    """Return country code and national number; raises `NotSent` if the number has no country."""
    import phonenumbers

    try:
        number = phonenumbers.parse(message.to.reveal(), None)
    except phonenumbers.NumberParseException:
        reason = "the recipient's number must be international, as +886912345678"
        raise NotSent(reason) from None
    national = Secret(str(number.national_number))  # masked in this form as well
    return str(number.country_code), national.reveal()


def _mark(message: Message) -> str:
    return f"c{message.op_id.replace('-', '')}"


def _taken(answer: JsonValue) -> Taken | Refused:
    """Read the answer; raises `OutcomeUnknown` unless just one part names the recipient."""
    answer = answer if isinstance(answer, dict) else {}
    success, failure = answer.get("success"), answer.get("failure")
    accepted = rows(success if isinstance(success, list) else [success])
    known = next((text(row.get("id")) for row in accepted if row.get("id")), "")
    if known and not failure:
        return Taken(message=known)
    if failure and not known:
        reasons = failure.values() if isinstance(failure, dict) else [failure]
        return Refused(reason="; ".join(map(text, reasons)))
    raise OutcomeUnknown("the answer does not say whether the message was taken")


def _variables(log: Row) -> Row:
    mail = log.get("mail")
    found = (mail if isinstance(mail, dict) else log).get("variables")
    return found if isinstance(found, dict) else {}


def _raw(log: Row) -> Row:
    raw = log.get("rawEvent")
    return raw if isinstance(raw, dict) else {}


def _code(log: Row) -> str:
    raw = _raw(log)
    return f"{text(raw.get('code'))} {text(raw.get('reason'))}".strip()


def _cost(log: Row) -> str:
    """Return the price of an SMS in points, such as `2 points`; empty where it is unknown."""
    point = text(_raw(log).get("point"))
    return f"{point} point{'' if point == '1' else 's'}" if point else ""


def _seconds(accepted: Row | None, log: Row) -> float | None:
    began, ended = (_moment((row or {}).get("eventTime")) for row in (accepted, log))
    return None if began is None or ended is None else max(0.0, (ended - began).total_seconds())


def _moment(value: JsonValue) -> datetime | None:
    try:
        return datetime.fromisoformat(text(value).rstrip("`"))
    except ValueError:
        return None


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
