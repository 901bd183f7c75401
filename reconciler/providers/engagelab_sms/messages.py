"""Sends one SMS of a template with `POST /v1/messages`.

HTTP 200 is not enough: a message was accepted if there is no code, or 0, and one number was
accepted. No request shows messages afterwards, neither one whose answer was lost nor whether one
arrived: receipts only come by callbacks.
"""

from __future__ import annotations

from reconciler.errors import OutcomeUnknown
from reconciler.model.values import JsonValue
from reconciler.model.verification import Receipt
from reconciler.providers.messenger import Message, Messenger, Refused, Taken
from reconciler.providers.rest import RestClient
from reconciler.providers.wire import Row, text


class Messages(Messenger[RestClient]):
    """Sends with the developer key."""

    async def hand_in(self, message: Message) -> Taken | Refused:
        """Send to one recipient."""
        request = self.client.request("POST", "/v1/messages", json=_order(message))
        return _taken(await self.client.http.write(request))

    async def find(self, message: Message, sent_at: float) -> Taken | None:  # noqa: ARG002
        """Return `None`: no request shows what was sent."""
        return None

    async def receipt(self, message: Message, taken: str) -> Receipt | None:  # noqa: ARG002
        """Return `None`: receipts only come by callbacks."""
        return None


def _order(message: Message) -> JsonValue:
    return {
        "to": [message.to.reveal()],
        "template": {
            "id": message.owned.remote_id if message.owned else "",
            "params": dict(message.canary.parameters),
        },
        "plan_name": "reconciler canary",
        "custom_args": {"reconciler": message.op_id},
    }


def _taken(answer: JsonValue) -> Taken | Refused:
    """Read the answer; raises `OutcomeUnknown` if it is neither a success nor a refusal."""
    body: Row = answer if isinstance(answer, dict) else {}
    known = text(body.get("message_id")) or text(body.get("plan_id"))
    code, accepted = text(body.get("code")), text(body.get("accepted_count"))
    if code in {"", "0"} and accepted == "1" and known:
        return Taken(message=known)
    if code not in {"", "0"} or accepted == "0":
        return Refused(reason=text(body.get("message")) or "no number was accepted", code=code)
    raise OutcomeUnknown("the answer does not say whether the message was taken")
