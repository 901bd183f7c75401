"""What happens to a message, by its recipient: one table for all emulated providers.

The local part of an address decides (`bounced@…`, `bounced+anything@…`), or the last four digits of
a number; any other recipient gets the message at once. Each provider reports the steps in its own
words, and omits those that it has no word for: an SMS is never opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

LATE_SECONDS = 90
BOUNCE_SECONDS = 30
EXPIRY_SECONDS = 300
"""How long delivery to an unreachable recipient is tried, unless the request says so."""


class Outcome(StrEnum):
    """What happens to a message. Each word is also the local part of an address."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"
    DEFERRED = "deferred"
    DELIVERED_BOUNCED = "delivered-bounced"
    LATE = "late"
    SILENT = "silent"
    EXPIRED = "expired"
    REFUSED = "refused"
    BLOCKED = "blocked"
    DUPLICATE = "duplicate"
    OPENED = "opened"
    CLICKED = "clicked"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


class Event(StrEnum):
    """What a provider may report about an accepted message."""

    DELIVERY = "delivery"
    HARD_BOUNCE = "hard-bounce"
    SOFT_BOUNCE = "soft-bounce"
    RETRY = "retry"
    EXPIRY = "expiry"
    BLOCK = "block"
    DUPLICATE = "duplicate"
    OPEN = "open"
    CLICK = "click"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"


class Step(Struct, frozen=True, kw_only=True):
    """One thing that happens to an accepted message."""

    event: Event
    after: float = 0.0
    """Seconds since it was accepted."""


class Row(Struct, frozen=True, kw_only=True):
    """One row of the table."""

    outcome: Outcome
    ending: str
    """The last digits of numbers with this outcome."""
    words: str
    steps: Sequence[Step] = ()
    """In order of time; empty for a message that is refused, or never heard of again."""


def _at_once(*events: Event) -> tuple[Step, ...]:
    return tuple(Step(event=event) for event in events)


_TABLE: Sequence[Row] = (
    Row(
        outcome=Outcome.DELIVERED,
        ending="9900",
        words="accepted, and delivered at once; so is any recipient not named here",
        steps=_at_once(Event.DELIVERY),
    ),
    Row(
        outcome=Outcome.BOUNCED,
        ending="9901",
        words="accepted, then a hard bounce: no such recipient",
        steps=_at_once(Event.HARD_BOUNCE),
    ),
    Row(
        outcome=Outcome.DEFERRED,
        ending="9902",
        words=f"accepted, tried again, and a soft bounce after {BOUNCE_SECONDS} seconds",
        steps=(Step(event=Event.RETRY), Step(event=Event.SOFT_BOUNCE, after=BOUNCE_SECONDS)),
    ),
    Row(
        outcome=Outcome.DELIVERED_BOUNCED,
        ending="9903",
        words=f"delivered, and bounced all the same {BOUNCE_SECONDS} seconds later",
        steps=(Step(event=Event.DELIVERY), Step(event=Event.HARD_BOUNCE, after=BOUNCE_SECONDS)),
    ),
    Row(
        outcome=Outcome.LATE,
        ending="9904",
        words=f"accepted, and delivered {LATE_SECONDS} seconds later",
        steps=(Step(event=Event.DELIVERY, after=LATE_SECONDS),),
    ),
    Row(outcome=Outcome.SILENT, ending="9905", words="accepted, and never heard of again"),
    Row(
        outcome=Outcome.EXPIRED,
        ending="9906",
        words="accepted, and given up when its time to live has passed",
        steps=(Step(event=Event.EXPIRY, after=EXPIRY_SECONDS),),
    ),
    Row(outcome=Outcome.REFUSED, ending="9907", words="refused, within HTTP 200 where others go"),
    Row(
        outcome=Outcome.BLOCKED,
        ending="9908",
        words="on the provider's list of recipients who want nothing more",
        steps=_at_once(Event.BLOCK),
    ),
    Row(
        outcome=Outcome.DUPLICATE,
        ending="9909",
        words="taken for a repetition of an earlier message",
        steps=_at_once(Event.DUPLICATE),
    ),
    Row(
        outcome=Outcome.OPENED,
        ending="9910",
        words="delivered and opened",
        steps=_at_once(Event.DELIVERY, Event.OPEN),
    ),
    Row(
        outcome=Outcome.CLICKED,
        ending="9911",
        words="delivered, opened, and its first link clicked",
        steps=_at_once(Event.DELIVERY, Event.OPEN, Event.CLICK),
    ),
    Row(
        outcome=Outcome.COMPLAINED,
        ending="9912",
        words="delivered, and reported as spam",
        steps=_at_once(Event.DELIVERY, Event.COMPLAINT),
    ),
    Row(
        outcome=Outcome.UNSUBSCRIBED,
        ending="9913",
        words="delivered, and wants nothing more",
        steps=_at_once(Event.DELIVERY, Event.UNSUBSCRIBE),
    ),
)

TABLE: Mapping[Outcome, Row] = MappingProxyType({row.outcome: row for row in _TABLE})
_BY_ENDING: Mapping[str, Outcome] = {row.ending: row.outcome for row in _TABLE}
_WORDS = frozenset(Outcome)


def outcome_of(recipient: str) -> Outcome:
    """Return the outcome for an address, or for a number in any spelling."""
    if "@" in recipient:
        word = recipient.split("@", maxsplit=1)[0].split("+", maxsplit=1)[0].strip().lower()
        return Outcome(word) if word in _WORDS else Outcome.DELIVERED
    digits = "".join(filter(str.isdecimal, recipient))
    return _BY_ENDING.get(digits[-4:], Outcome.DELIVERED)


def steps(outcome: Outcome, *, lifetime: float = EXPIRY_SECONDS) -> Iterator[Step]:
    """Yield the steps of an accepted message whose delivery is tried for `lifetime` seconds."""
    for step in TABLE[outcome].steps:
        yield Step(event=Event.EXPIRY, after=lifetime) if step.event is Event.EXPIRY else step


def happened(
    outcome: Outcome, since: datetime, now: datetime, *, lifetime: float = EXPIRY_SECONDS
) -> list[tuple[Event, datetime]]:
    """Return what has happened by `now` to a message accepted at `since`, and when."""
    moments = (
        (step.event, since + timedelta(seconds=step.after))
        for step in steps(outcome, lifetime=lifetime)
    )
    return [(event, moment) for event, moment in moments if moment <= now]


def table() -> list[tuple[str, str]]:
    """Return the table for people: the recipients with an outcome, and what it is."""
    return [(f"…{row.ending}  {row.outcome}@", row.words) for row in _TABLE]
