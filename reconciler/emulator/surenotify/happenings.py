"""The events of a message, with the names that event queries and webhook calls use.

Where the page has no code for an event (an SMS that expired), the code is made up.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from msgspec import Struct

from reconciler.emulator.outcomes import Event, Outcome, happened
from reconciler.emulator.surenotify.calls import Row

_NEVER_YET = datetime.max.replace(tzinfo=UTC)
_LINK = re.compile(r"""href=["'](https?://[^"']+)""")
_BROWSER = "User-Agent=Mozilla/5.0 Chrome/81.0.4044.129 Safari/537.36"

_MAIL_BOUNCES: Mapping[Event, tuple[str, str, str]] = {
    Event.HARD_BOUNCE: ("5.0.0", "1", "system: user unknown"),
    Event.SOFT_BOUNCE: ("451", "0", "Internal resource temporarily unavailable"),
    Event.EXPIRY: ("4.4.7", "0", "delivery time expired"),
    Event.BLOCK: ("5.7.1", "1", "recipient does not accept mail of this sender"),
}
"""Code, type and reason."""

_SMS_BOUNCES: Mapping[Event, tuple[str, str]] = {
    Event.HARD_BOUNCE: ("-5", "destination number invalid"),
    Event.SOFT_BOUNCE: ("-4", "destination not reachable"),
    Event.EXPIRY: ("-3", "message expired"),
    Event.BLOCK: ("-6", "destination number blocked"),
}
"""Code and reason."""

_MAIL_WORDS: Mapping[Event, str] = MappingProxyType(
    {
        Event.DELIVERY: "delivery",
        Event.RETRY: "retry",
        Event.OPEN: "open",
        Event.CLICK: "click",
        Event.COMPLAINT: "complaint",
        **dict.fromkeys(_MAIL_BOUNCES, "bounce"),
    }
)
_SMS_WORDS: Mapping[Event, str] = MappingProxyType(
    {Event.DELIVERY: "delivery", **dict.fromkeys(_SMS_BOUNCES, "bounce")}
)
WORDS: Mapping[str, Mapping[Event, str]] = {"email": _MAIL_WORDS, "sms": _SMS_WORDS}
"""The events that each channel has a name for; it does not report any others."""


class Happening(Struct, frozen=True, kw_only=True):
    """One event of one message."""

    status: str
    at: datetime
    raw: Row
    """Its details, as event queries spell them."""


def so_far(channel: str, message: Row, now: datetime) -> list[Happening]:
    """Return the events of a message until `now`, oldest first."""
    accepted = sent_at(message)
    events = happened(Outcome(message["outcome"]), accepted, now, **_lifetime(message))
    named = [pair for pair in events if pair[0] in WORDS[channel]]
    return [
        Happening(status="accept", at=accepted, raw={}),
        *(_happening(channel, message, event, at) for event, at in named),
    ]


def to_come(channel: str, message: Row) -> list[Happening]:
    """Return all coming events of a message that was just accepted."""
    return so_far(channel, message, _NEVER_YET)[1:]


def sent_at(message: Row) -> datetime:
    """Return when a message was accepted."""
    return datetime.fromisoformat(message["at"])


def _lifetime(message: Row) -> dict[str, float]:
    return {"lifetime": message["alive_mins"] * 60} if "alive_mins" in message else {}


def _happening(channel: str, message: Row, event: Event, at: datetime) -> Happening:
    details = _mail_details if channel == "email" else _sms_details
    return Happening(status=WORDS[channel][event], at=at, raw=details(message, event))


def _mail_details(message: Row, event: Event) -> Row:
    if event in _MAIL_BOUNCES:
        return dict(zip(("code", "type", "reason"), _MAIL_BOUNCES[event], strict=True))
    if event is Event.OPEN:
        return {"clientHeaders": _BROWSER}
    if event is Event.CLICK:
        link = _LINK.search(message["content"])
        url = link.group(1) if link else "https://newsleopard.com/"
        return {"sort": "0", "linkUrl": url, "clientHeaders": _BROWSER}
    return {}


def _sms_details(message: Row, event: Event) -> Row:
    if event in _SMS_BOUNCES:
        return dict(zip(("code", "reason"), _SMS_BOUNCES[event], strict=True))
    return {"point": str(message["point"]), "srcaddr": message["srcaddr"]}
