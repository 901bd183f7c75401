"""SMS: *Send Single/Multiple SMS*."""

import math
from collections.abc import Mapping
from types import MappingProxyType

from starlette.responses import Response

from reconciler.emulator.surenotify import numbers, sending
from reconciler.emulator.surenotify.calls import Call, Endpoint, Row
from reconciler.emulator.surenotify.regions import COUNTRY_CODES
from reconciler.emulator.surenotify.sending import Accepted, Failure

BAD_NUMBER = "address is not a valid format"
SHARED_NUMBER = "0988777666"
"""The sender of an account without a number of its own."""

_LONGEST_CONTENT = 268
"""The only limit in the page's examples; it is four parts of 67 characters."""
_SHORTEST_LIFE, _LONGEST_LIFE = 5, 480
_TYPES: dict[str, tuple[type, ...]] = {
    "content": (str,),
    "from": (str,),
    "alive_mins": (int, float),
}


def international(address: str, country_code: str) -> str:
    """Return a number as events have it: 0912345678 and 912345678 of 886 are 886912345678."""
    return country_code + address.lstrip("0")


def _send(call: Call) -> Response:
    message = sending.body(call, _TYPES, required=("content",))
    addressed = sending.recipients(call, message, ("address", "country_code"))
    sender = message.get("from") or ""
    known = numbers.of(call)
    if sender and sender not in known:
        if call.readings.has("from-unknown", "refused"):
            raise sending.malformed("from: is no exclusive number of this account")
        sender = ""
    alive = min(max(message.get("alive_mins", _SHORTEST_LIFE), _SHORTEST_LIFE), _LONGEST_LIFE)

    def accept(recipient: Row) -> Accepted:
        return _accept(call, message["content"], sender or SHARED_NUMBER, alive, recipient)

    return sending.send(call, "sms", addressed, accept)


def _accept(call: Call, content: str, sender: str, alive: float, recipient: Row) -> Accepted:
    address, country_code = recipient["address"], recipient["country_code"]
    if not _is_number(address) or country_code not in COUNTRY_CODES:
        raise Failure(BAD_NUMBER)
    sending.refuse_by_outcome(address, BAD_NUMBER)
    variables = sending.variables_of(call, recipient)
    text = sending.filled(content, variables)
    if not text.strip():
        raise Failure("content can not be empty")
    if len(text) > _LONGEST_CONTENT:
        raise Failure(f"content length {len(text)} exceeds the limit {_LONGEST_CONTENT}")
    row = {
        "recipient": international(address, country_code),
        "address": address,
        "countryCode": country_code,
        "content": text,
        "alive_mins": alive,
        "variables": variables,
        "srcaddr": sender,
        "point": _parts(text),
    }
    return Accepted(address=address, content=text, sender=sender, row=row)


def _is_number(address: str) -> bool:
    return address.isascii() and address.isdecimal() and 6 <= len(address) <= 15


def _parts(text: str) -> int:
    """Return how many messages carriers count: of 160 or 70 characters, or of less if several."""
    single, part = (160, 153) if text.isascii() else (70, 67)
    return 1 if len(text) <= single else math.ceil(len(text) / part)


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = MappingProxyType(
    {("POST", "/v1/sms/messages"): _send}
)
