"""Sends one SMS of a template, and asks what became of it.

From the pages "Send SMS", "Send with template" and "Query": a body, title or sender number in the
request would replace the template's, so none is given, except for a sender that the canary names.
The message carries the operation's id as `senderGroupingKey`, by which it is found again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from reconciler.errors import OutcomeUnknown
from reconciler.model.phone import phone_digits
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.model.verification import Arrival, Receipt
from reconciler.providers.messenger import Message, Messenger, Refused, Taken
from reconciler.providers.nhncloud_sms.client import Api
from reconciler.providers.wire import Malformed, Row, identifier, rows, text

ADVERTISING = "(광고)"
"""How advertising must begin by law (Act on Promotion of Information and Communications Network
Utilization, enforcement decree, table 6)."""

_KST = timezone(timedelta(hours=9))
"""The server's times have no zone; they are Korean."""
_AROUND = timedelta(hours=1)
_SEARCHED = 100
"""Rows that are searched for one grouping key."""

_ARRIVALS = {
    "3": Arrival.DELIVERED,
    "0": Arrival.FAILED,
    "4": Arrival.FAILED,  # cancelled
    "5": Arrival.FAILED,  # a duplicate
    "6": Arrival.FAILED,  # restricted, as advertising
}


class Messages(Messenger[Api]):
    """Sends from one app key."""

    def advertising(self, message: Message) -> bool:
        """Tell by how the body begins."""
        return text(message.fields.get("body")).lstrip().startswith(ADVERTISING)

    async def hand_in(self, message: Message) -> Taken | Refused:
        """Send the template's message, to the path for advertising where it is that."""
        channel = _channel(message)
        path = f"/sender/ad-{channel}" if self.advertising(message) else f"/sender/{channel}"
        request = self.client.request("POST", path, json=_order(message))
        answer = await self.client.http.write(request)
        try:
            return _taken(self.client.object_in(answer))
        except (Malformed, LookupError) as error:
            raise OutcomeUnknown(f"the answer to the send is not understood: {error}") from None

    async def find(self, message: Message, sent_at: float) -> Taken | None:
        """Look for the operation's id among the messages sent around that time."""
        at = datetime.fromtimestamp(sent_at, UTC).astimezone(_KST)
        window = {
            f"{end}{what}Date": _stamp(at + (_AROUND if end == "end" else -_AROUND))
            for what in ("Create", "Request")
            for end in ("start", "end")
        }
        query = [*window.items(), ("senderGroupingKey", message.op_id)]
        query += [("pageNum", "1"), ("pageSize", str(_SEARCHED))]
        body = await self.client.get(f"/sender/{_channel(message)}", query)
        found = body.get("data") if isinstance(body, dict) else None
        for row in rows(found) if isinstance(found, list) else []:
            if row.get("senderGroupingKey") == message.op_id:
                return Taken(message=f"{identifier(row, 'requestId')}/{identifier(row, 'mtPr')}")
        return None

    async def receipt(self, message: Message, taken: str) -> Receipt | None:
        """Ask what became of the message to its only recipient."""
        request_id, _, sequence = taken.partition("/")
        path = f"/sender/{_channel(message)}/{request_id}"
        body = await self.client.get(path, [("mtPr", sequence)])
        data = body.get("data") if isinstance(body, dict) else None
        row = data[0] if isinstance(data, list) and data else data
        if not isinstance(row, dict):
            return None
        status = _ARRIVALS.get(text(row.get("msgStatus")), Arrival.WAITING)
        return Receipt(status=status, code=_code(row), seconds=_seconds(row))


def _channel(message: Message) -> str:
    return "sms" if message.fields.get("type") == "sms" else "mms"


def _order(message: Message) -> Row:
    order: Row = {
        "templateId": message.owned.remote_id if message.owned else "",
        "senderGroupingKey": message.op_id,
        "recipientList": [
            {
                # As dialled in Korea, +82 or not; masked in this form as well.
                "recipientNo": Secret(phone_digits(message.to.reveal())).reveal(),
                "templateParameter": dict(message.canary.parameters),
            }
        ],
    }
    if message.canary.sender is not None:
        order["sendNo"] = message.canary.sender
    return order


def _taken(data: Row) -> Taken | Refused:
    """Read the answer: the request was accepted if its only recipient was.

    Raises `LookupError` or `Malformed` if the answer does not say.
    """
    results = data["sendResultList"]
    result = rows(results)[0] if isinstance(results, list) else None
    if result is None or "resultCode" not in result:
        raise Malformed("no result of the recipient")
    if text(result["resultCode"]) != "0":
        reason = text(result.get("resultMessage")) or "no reason given"
        return Refused(reason=reason, code=text(result["resultCode"]))
    if text(data.get("statusCode")) not in {"1", "2"}:  # requesting, completed; 3: failed
        return Refused(reason=f"statusCode {text(data.get('statusCode'))}")
    return Taken(message=f"{data['requestId']}/{result['recipientSeq']}")


def _code(row: Row) -> str:
    """Return the result's code and name, such as `1000 successful`."""
    named = text(row.get("resultCodeName")) or text(row.get("msgStatusName"))
    return f"{text(row.get('resultCode'))} {named}".strip()


def _seconds(row: Row) -> float | None:
    asked, received = (_moment(row.get(name)) for name in ("requestDate", "resultDate"))
    if asked is None or received is None:
        return None
    return max(0.0, (received - asked).total_seconds())


def _moment(value: JsonValue) -> datetime | None:
    try:
        return datetime.fromisoformat(text(value).split(".", maxsplit=1)[0]).replace(tzinfo=_KST)
    except ValueError:
        return None


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
