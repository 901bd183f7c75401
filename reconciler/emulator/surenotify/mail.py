"""Mail: *Send Single/Multiple Emails*."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from starlette.responses import Response

from reconciler.emulator.surenotify import domains, sending
from reconciler.emulator.surenotify.calls import Call, Endpoint, RefusedSendError, Row
from reconciler.emulator.surenotify.sending import Accepted, Failure

BAD_ADDRESS = "Invalid: address is not a valid email format"
_ADDRESS = re.compile(r"[^@\s<>]+@([^@\s<>.]+(?:\.[^@\s<>.]+)+)")
_TYPES: dict[str, tuple[type, ...]] = dict.fromkeys(
    ("subject", "fromName", "fromAddress", "content", "unsubscribedLink"), (str,)
)


def _send(call: Call) -> Response:
    mail = sending.body(call, _TYPES, required=("subject", "fromAddress", "content"))
    required = (
        ("address", "name") if call.readings.has("recipient-name", "required") else ("address",)
    )
    addressed = sending.recipients(call, mail, required)
    sender = _sender(call, mail)

    def accept(recipient: Row) -> Accepted:
        return _accept(call, mail, sender, recipient)

    return sending.send(call, "email", addressed, accept)


def _sender(call: Call, mail: Row) -> str:
    """Return the sender's name and address; raises `RefusedSendError`."""
    address = mail["fromAddress"]
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise RefusedSendError(errors="Invalid: fromAddress is not a valid email format")
    domain = domains.in_ascii(found.group(1))
    if not call.account.domains.get(domain, {}).get("verified"):
        raise RefusedSendError(errors="Invalid: sender domain unverified")
    return f"{mail.get('fromName') or address.split('@')[0]} <{address}>"


def _accept(call: Call, mail: Row, sender: str, recipient: Row) -> Accepted:
    address = recipient["address"]
    if not _ADDRESS.fullmatch(address):
        raise Failure(BAD_ADDRESS)
    sending.refuse_by_outcome(address, BAD_ADDRESS)
    variables = sending.variables_of(call, recipient)
    subject = sending.filled(mail["subject"], variables)
    content = sending.filled(mail["content"], variables)
    name = recipient.get("name")
    row = {
        "subject": subject,
        "content": content,
        "from": sender,
        "to": f"{name} <{address}>" if name else address,
        "sender": mail["fromAddress"],
        "recipient": address,
        "variables": variables,
    }
    return Accepted(
        address=address, subject=subject, content=content, sender=mail["fromAddress"], row=row
    )


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = MappingProxyType({("POST", "/v1/messages"): _send})
