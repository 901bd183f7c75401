"""The events of a domain's mails: the log that all event commands and endpoints read."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from reconciler.emulator.octeth.accounts import Account, Row
from reconciler.emulator.octeth.readings import Spellings
from reconciler.emulator.octeth.webhooks import PAST_TENSE
from reconciler.emulator.outcomes import Event, Outcome, happened

_BOUNCES: Mapping[Event, tuple[str, str]] = {
    Event.HARD_BOUNCE: ("Hard", "550 5.1.1 no such user"),
    Event.SOFT_BOUNCE: ("Soft", "451 4.3.0 temporarily unavailable"),
    Event.EXPIRY: ("Soft", "delivery time expired"),
}
"""The kind of bounce and the answer of the recipient's server; the page shows neither."""

_WORDS: Mapping[Event, str] = {
    Event.DELIVERY: "delivery",
    Event.OPEN: "open",
    Event.CLICK: "click",
    Event.COMPLAINT: "complaint",
    Event.UNSUBSCRIBE: "unsubscribe",
    **dict.fromkeys(_BOUNCES, "bounce"),
}
_SEND = "send"
_CANONICAL: Mapping[str, str] = {past: event for event, past in PAST_TENSE.items()}


class Happening(Struct, frozen=True, kw_only=True):
    """One event of one mail."""

    id: str
    event: str
    """In the words of AddWebhook."""
    at: datetime
    details: Row
    mail: Row
    """The stored message to one recipient."""


def log(account: Account, readings: Spellings, domain_id: int, now: datetime) -> list[Happening]:
    """Return all events of a domain until `now`, in the order of the reading `event-order`."""
    mails = account.listed("messages", domain_id)
    events = [event for mail in mails for event in _events(mail, readings, now)]
    newest_first = readings["event-order"] == "newest-first"
    return sorted(events, key=lambda event: event.at, reverse=newest_first)


def canonical(word: str) -> str:
    """Return an event's name in the words of AddWebhook, from either of its names."""
    return _CANONICAL.get(word.lower(), word.lower())


def spelled(event: str, readings: Spellings) -> str:
    """Return an event's name in logs."""
    past = readings["event-log-words"] == "delivered"
    return PAST_TENSE.get(event, event) if past else event


def counts(events: Iterable[Happening], readings: Spellings) -> dict[str, object]:
    """Count events by their names, the most frequent first."""
    found = Counter(spelled(event.event, readings) for event in events)
    return dict(found.most_common())


def pending(mail: Row, now: datetime) -> bool:
    """Tell whether a mail still waits to be sent or to be tried again."""
    return datetime.fromisoformat(mail["at"]) > now or not _reported(mail, now)


def _events(mail: Row, readings: Spellings, now: datetime) -> Iterable[Happening]:
    if readings["send-event"] == "logged" and datetime.fromisoformat(mail["at"]) <= now:
        yield _happening(mail, 0, _SEND, datetime.fromisoformat(mail["at"]), {})
    for number, (event, at) in enumerate(_reported(mail, now), start=1):
        kind = dict(zip(("BounceType", "Reason"), _BOUNCES.get(event, ()), strict=False))
        yield _happening(mail, number, _WORDS[event], at, kind)


def _reported(mail: Row, now: datetime) -> list[tuple[Event, datetime]]:
    """Return the events until `now` that have a name here and are tracked."""
    untracked = {
        *(() if mail["opens"] else (Event.OPEN,)),
        *(() if mail["links"] else (Event.CLICK,)),
    }
    until = min(now, datetime.fromisoformat(mail["cleared"])) if "cleared" in mail else now
    events = happened(Outcome(mail["outcome"]), datetime.fromisoformat(mail["at"]), until)
    return [pair for pair in events if pair[0] in _WORDS and pair[0] not in untracked]


def _happening(mail: Row, number: int, event: str, at: datetime, details: Row) -> Happening:
    return Happening(
        id=f"evt_{mail['id']}_{number}", event=event, at=at, details=details, mail=mail
    )


class Period(Struct, frozen=True, kw_only=True):
    """A range of time, open where an end is `None`."""

    start: datetime | None = None
    end: datetime | None = None

    def has(self, event: Happening) -> bool:
        return (self.start is None or event.at >= self.start) and (
            self.end is None or event.at <= self.end
        )

    def before(self) -> "Period | None":
        """Return the range of the same length that ends where this one starts."""
        if self.start is None or self.end is None:
            return None
        tick = timedelta(microseconds=1)
        return Period(start=self.start - (self.end - self.start) - tick, end=self.start - tick)


def moment(text: str) -> datetime | None:
    """Read seconds since 1970 or a date in UTC, with or without a time; `None` for neither."""
    try:
        if text.isdecimal():
            return datetime.fromtimestamp(int(text), UTC)
        read = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)
