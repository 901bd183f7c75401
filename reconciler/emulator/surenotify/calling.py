"""*Webhook Usage*: the webhook calls that follow from a message, signed with the API key."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from reconciler.emulator.callbacks import Callback
from reconciler.emulator.surenotify import happenings
from reconciler.emulator.surenotify.calls import Call, Row
from reconciler.emulator.surenotify.happenings import Happening

SIGNATURE = "x-surenotify-signature"
_TYPES: Mapping[str, int] = {"delivery": 3, "open": 4, "click": 5, "bounce": 6, "complaint": 7}
_SPELLED: Mapping[str, str] = {"clientHeaders": "client_headers", "linkUrl": "link_url"}
"""Details that a call spells differently from an event query."""


def announce(call: Call, channel: str, message: Row) -> None:
    """Plan the calls of all present webhooks for the coming events of a message."""
    hooks = list(call.account.webhooks(channel).values())
    for event in happenings.to_come(channel, message):
        body = _body(call, channel, event, message)
        signed = f"{message['id']}{event.status}".encode()
        signature = hmac.new(call.account.key.encode(), signed, hashlib.sha256).hexdigest()
        for hook in hooks:
            if hook["type"] == _TYPES.get(event.status):
                call.callbacks.add(
                    Callback(
                        provider="surenotify",
                        url=hook["url"],
                        body=body,
                        due=event.at,
                        headers={SIGNATURE: signature},
                    )
                )


def _body(call: Call, channel: str, event: Happening, message: Row) -> Row:
    details: Row = {_SPELLED.get(name, name): value for name, value in event.raw.items()}
    if "point" in details:
        details["point"] = int(details["point"])
    if "type" in details and call.readings.has("bounce-type", "number"):
        details["type"] = int(details["type"])
    timestamp = int(event.at.timestamp() * 1000)
    members = {"id": message["id"], **(_mail(message) if channel == "email" else _sms(message))}
    if call.readings.has("call-members", "nested"):
        members = {"mail" if channel == "email" else "sms_data": members}
    return {"event": event.status, **members, event.status: {"timestamp": timestamp, **details}}


def _mail(message: Row) -> dict[str, Any]:
    shown = {name: message[name] for name in ("subject", "from", "to", "variables")}
    return {**shown, "content": ""}


def _sms(message: Row) -> dict[str, Any]:
    names = ("content", "recipient", "address", "variables", "alive_mins")
    shown = {name: message[name] for name in names}
    return {**shown, "country_code": message["countryCode"]}
