"""The commands about the events of mails, and the one that clears a domain's queue."""

import shlex
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from reconciler.emulator.octeth.accounts import Row
from reconciler.emulator.octeth.calls import Call, Command, Refusal
from reconciler.emulator.octeth.happenings import (
    Happening,
    Period,
    canonical,
    counts,
    log,
    moment,
    pending,
    spelled,
)

MOST_EVENTS = 100


def _get(call: Call) -> Row:
    found = _found(call, call.domain(2))
    event, query = call.text("Event"), call.text("Query")
    if event:
        found = [each for each in found if each.event == canonical(event)]
    if query and call.readings["event-query"] == "words":
        found = [each for each in found if _answers(each, query)]
    start, count = _number(call, "StartFrom", 4), _number(call, "RetrieveCount", 5)
    page = found[start : start + min(count, MOST_EVENTS)]
    return {"TotalRecords": len(found), "Events": [_shown(call, each) for each in page]}


def _number(call: Call, name: str, refusal: int) -> int:
    if not call.text(name).isdecimal():
        raise Refusal(refusal)
    return int(call.text(name))


def _found(call: Call, domain: Row) -> list[Happening]:
    period = _period(call)
    return [
        each
        for each in log(call.account, call.readings, domain["id"], call.now)
        if period.has(each)
    ]


def _period(call: Call) -> Period:
    """Return the days that are asked for, in UTC; the page names no zone."""
    start, end = moment(call.text("StartDate")), moment(call.text("EndDate"))
    return Period(
        start=start, end=None if end is None else end + timedelta(days=1, microseconds=-1)
    )


def _answers(event: Happening, query: str) -> bool:
    """Tell whether an event has all words of a query, such as `subject:"see you" kim`."""
    fields = {
        "subject": event.mail["subject"],
        "to": event.mail["recipient"],
        "from": event.mail["sender"],
        "message-id": event.mail["message"],
        "event_type": event.event,
    }
    try:
        words = shlex.split(query.lower())
    except ValueError:
        words = query.lower().split()
    return all(_has(fields, word) for word in words)


def _has(fields: Mapping[str, str], word: str) -> bool:
    """Tell whether a word is in its field, or in any if it names none."""
    name, _, value = word.partition(":")
    if name in fields:
        return value in fields[name].lower()
    return any(word in text.lower() for text in fields.values())


def _shown(call: Call, event: Happening) -> Row:
    headers = {"subject": event.mail["subject"]}
    shown: Row = {
        "event_type": spelled(event.event, call.readings),
        "timestamp": event.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "message": {"headers": headers},
    }
    if call.readings["event-detail"] == "full":
        headers |= {
            "to": event.mail["recipient"],
            "from": event.mail["sender"],
            "message-id": event.mail["message"],
        }
        shown |= {"id": event.id, "recipient": event.mail["recipient"]}
    return shown


def _aggregate(call: Call) -> Row:
    found = _found(call, call.domain(2))
    by_recipient = call.text("AggregatedField").lower() == "recipient"
    buckets = _by_recipient(found) if by_recipient else counts(found, call.readings)
    size = call.text("AggregateSize")
    listed = [{"key": key, "doc_count": count} for key, count in buckets.items()]
    return {"AggBuckets": listed[: int(size)] if size.isdecimal() else listed}


def _by_recipient(found: list[Happening]) -> dict[str, object]:
    return dict(Counter(each.mail["recipient"] for each in found).most_common())


def _stats(call: Call) -> Row:
    domain = call.domain(2)
    everything = log(call.account, call.readings, domain["id"], call.now)
    period = _period(call)
    within = [each for each in everything if period.has(each)]
    before = period.before()
    earlier = [each for each in everything if before is not None and before.has(each)]
    shown = {
        "Stats": counts(within, call.readings),
        "ComparisonStats": counts(earlier, call.readings),
        "TagStats": _by_tag(call, within),
    }
    if call.readings["stats"] == "empty":
        shown = {name: {} for name in shown}
    return {name: call.readings.mapping(value) for name, value in shown.items()}


def _by_tag(call: Call, found: list[Happening]) -> dict[str, object]:
    tags = sorted({str(tag) for each in found for tag in each.mail["tags"]})
    return {
        tag: counts([each for each in found if tag in each.mail["tags"]], call.readings)
        for tag in tags
    }


def _clear(call: Call) -> Row:
    domain = call.domain(2)
    for mail in call.account.rows("messages", domain["id"]):
        if "cleared" not in mail and pending(mail, call.now):
            call.account.put("messages", {**mail, "cleared": call.now.isoformat()})
    return {}


_NO_DOMAIN_ID = "Required parameter missing: DomainID"

COMMANDS: Mapping[str, Command] = {
    "emailgateway.getevents": Command(
        run=_get,
        required={"DomainID": 1, "StartFrom": 4, "RetrieveCount": 5},
        errors={
            1: _NO_DOMAIN_ID,
            2: "Failed to retrieve sender domain",
            4: "Required parameter missing: StartFrom",
            5: "Required parameter missing: RetrieveCount",
        },
        explains=True,
    ),
    "emailgateway.aggrevents": Command(
        run=_aggregate,
        required={"DomainID": 1},
        errors={1: _NO_DOMAIN_ID, 2: "Failed to retrieve sender domain"},
        explains=True,
    ),
    "emailgateway.domainstats": Command(
        run=_stats,
        required={"DomainID": 1},
        errors={1: _NO_DOMAIN_ID, 2: "Unable to retrieve domain information"},
        explains=True,
    ),
    "emailgateway.cleardomainqueue": Command(
        run=_clear,
        required={"DomainID": 1},
        errors={1: "Missing required parameter: DomainID", 2: "Unable to retrieve sender domain"},
    ),
}
