"""Sends one SMS of a template with `POST /v1/send`, the older API, on a host of its own.

From its page "Send": a request_id that is repeated within an hour gets the result of the first
request, so after a lost answer the request can be sent again. If some numbers are refused, the
answer has HTTP 200 and code 41031.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from reconciler.errors import NotSent, OutcomeUnknown
from reconciler.http.client import HttpClient
from reconciler.http.verdict import Dialect, Verdict, VerdictKind
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.model.verification import Receipt
from reconciler.providers.engagelab_sms.convert import unnumbered
from reconciler.providers.messenger import Message, Messenger, Refused, Taken
from reconciler.providers.rest import RestClient
from reconciler.providers.wire import Row, pause, rows, text

_BASE_URL = "https://sms.api.engagelab.cc"
_PARTIAL = "41031"
_REFUSED = frozenset({400, 401, 403, 404, 405, 413, 415, 422})
_REFUSED_CODES = frozenset({"30000", "32002"})
"""The page's codes that mean that nothing was sent: wrong credentials, wrong parameters."""


class OlderMessages(Messenger[RestClient]):
    """Sends with `smsUser` and `smsKey`."""

    @property
    def repeatable(self) -> bool:
        """Return true: `request_id` is the operation's id."""
        return True

    async def hand_in(self, message: Message) -> Taken | Refused:
        """Send to one recipient; repeated within an hour, return the result of the first time."""
        order = _order(message)
        http = self._connected()
        try:
            request = self.client.request("POST", "/v1/send", json=order)
            return _taken(await http.write(request))
        finally:
            await http.close()

    async def find(self, message: Message, sent_at: float) -> Taken | None:  # noqa: ARG002
        """Return `None`: no request shows what was sent."""
        return None

    async def receipt(self, message: Message, taken: str) -> Receipt | None:  # noqa: ARG002
        """Return `None`: receipts only come by callbacks."""
        return None

    def _connected(self) -> HttpClient:
        """Return a client for one request; a run sends only a few messages."""
        url = str(self.account.options.get("sendBaseUrl") or _BASE_URL)
        try:
            return self.client.http.elsewhere(
                url, _headers(self.credentials), Dialect(classify=_classify, pause=pause)
            )
        except ValueError as error:
            raise NotSent(f"options.sendBaseUrl: {error}") from None


def _headers(credentials: Mapping[str, Secret]) -> Mapping[str, Secret | str]:
    missing = [name for name in ("smsUser", "smsKey") if name not in credentials]
    if missing:
        words = " and ".join(missing)
        raise NotSent(f"options.sendApi is v1-send, and spec.credentials lacks {words}")
    pair = f"{credentials['smsUser'].reveal()}:{credentials['smsKey'].reveal()}"
    return {"Authorization": Secret(f"Basic {base64.b64encode(pair.encode()).decode()}")}


def _order(message: Message) -> JsonValue:
    """Return the request; raises `NotSent` for an id that this API cannot have."""
    template = message.owned.remote_id if message.owned else ""
    if not template.isdecimal():
        raise NotSent("/v1/send takes templates whose id is a number, and this one's is not")
    order: dict[str, JsonValue] = {
        "to": [message.to.reveal()],
        "body": {"template_id": int(template), "vars": dict(message.canary.parameters)},
        "request_id": message.op_id,
    }
    return order if message.canary.sender is None else {"from": message.canary.sender, **order}


def _classify(status: int, body: JsonValue) -> Verdict:
    """Return what an answer means; `_taken` reads a partial success."""
    envelope: Row = body if isinstance(body, dict) else {}
    code, message = text(envelope.get("code")), text(envelope.get("message"))
    if 200 <= status < 300 and code in {"", "0", _PARTIAL}:
        return Verdict(outcome=VerdictKind.DONE)
    outcome = VerdictKind.UNKNOWN
    if status == 429:
        outcome = VerdictKind.RATE_LIMITED
    elif status in _REFUSED or code in _REFUSED_CODES:
        outcome = VerdictKind.REJECTED
    return Verdict(outcome=outcome, message=message, code=code)


def _taken(answer: JsonValue) -> Taken | Refused:
    """Read the answer for one number; raises `OutcomeUnknown` if it does not say."""
    body: Row = answer if isinstance(answer, dict) else {}
    failed, ids = body.get("failed_items"), body.get("sms_ids")
    for item in rows(failed):
        reason = text(item.get("message")) or "the number was not accepted"
        return Refused(reason=reason, code=text(body.get("code")))
    if isinstance(ids, list) and len(ids) == 1 and (known := text(ids[0])):
        return Taken(message=unnumbered(known))
    raise OutcomeUnknown("the answer does not say whether the message was taken")
