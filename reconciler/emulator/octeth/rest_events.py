"""The end-user endpoint for events: GET `/api/v1/events`."""

from collections.abc import Mapping

from reconciler.emulator.octeth.accounts import Row
from reconciler.emulator.octeth.calls import Refusal
from reconciler.emulator.octeth.enduser import Caller, Endpoint
from reconciler.emulator.octeth.events import MOST_EVENTS
from reconciler.emulator.octeth.happenings import Happening, Period, canonical, log, moment, spelled

_DEACTIVATED = 12
"""The code of Send Email; here, the same fault has code 2."""
_DEFAULT_COUNT = 5


def _list(caller: Caller) -> Row:
    if caller.account.sending_refusal == _DEACTIVATED:
        raise Refusal(2)
    start, count = _page(caller)
    period = Period(start=moment(caller.text("StartDate")), end=moment(caller.text("EndDate")))
    event, message_id = canonical(caller.text("Event")), caller.text("MessageID")
    found = [
        each
        for each in log(caller.account, caller.readings, caller.domain_id, caller.now)
        if period.has(each)
        and event in ("", each.event)
        and message_id in ("", each.mail["message"])
    ]
    page = found[start : start + min(count, MOST_EVENTS)]
    return {"TotalRecords": len(found), "Events": [_shown(caller, each) for each in page]}


def _page(caller: Caller) -> tuple[int, int]:
    """Return where to start and how many to list; raises `Refusal` if required and missing."""
    given = {4: caller.text("StartFrom"), 5: caller.text("RetrieveCount")}
    missing = [code for code, text in given.items() if not text]
    if missing and caller.readings["events-page"] == "required":
        raise Refusal(*missing)
    if any(text and not text.isdecimal() for text in given.values()):
        raise Refusal(*(code for code, text in given.items() if not text.isdecimal()))
    return int(given[4] or 0), int(given[5] or _DEFAULT_COUNT)


def _shown(caller: Caller, event: Happening) -> Row:
    tracked = event.event in ("open", "click")
    browser = {"UserAgent": "Mozilla/5.0...", "IpAddress": "192.0.2.1"} if tracked else {}
    return {
        "EventId": event.id,
        "EventType": spelled(event.event, caller.readings),
        "EventTimestamp": event.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Recipient": event.mail["recipient"],
        "MessageId": event.mail["message"],
        "CampaignId": "",
        "Details": caller.readings.mapping({**event.details, **browser}),
    }


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "/api/v1/events"): Endpoint(
        run=_list,
        errors={
            1: "Missing SenderAPIKey",
            2: "Invalid user account",
            4: "Missing StartFrom",
            5: "Missing RetrieveCount",
        },
        no_key=1,
        form=True,
    )
}
