"""What all emulators share of sending: outcomes by recipient, the list of messages, the clock."""

import asyncio
import hashlib
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from reconciler.emulator.app import build_app
from reconciler.emulator.clock import Clock, ClockError
from reconciler.emulator.outcomes import TABLE, Event, Outcome, outcome_of, steps, table
from reconciler.emulator.sent import Message, Sent
from reconciler.emulator.store import Store
from tests.support.inprocess import InProcessTransport

MOMENT = datetime(2026, 11, 28, 12, 30, tzinfo=UTC)


def ask(app, method, path, **options):
    async def one():
        transport = InProcessTransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://emulator") as client:
            return await client.request(method, path, **options)

    answer = asyncio.run(one())
    return answer.status_code, answer.json()


# --- outcomes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_an_address_and_the_end_of_a_number(outcome):
    ending = TABLE[outcome].ending
    assert outcome_of(f"{outcome}@example.com") is outcome
    assert outcome_of(f"{outcome.upper()}+anything@example.com") is outcome
    assert outcome_of(f"0101234{ending}") is outcome
    assert outcome_of(f"+82 10-1234-{ending}") is outcome


@pytest.mark.parametrize(
    "recipient", ["kim@example.com", "re+bounced@example.com", "01012345678", "0912345678", ""]
)
def test_anybody_else_gets_the_message(recipient):
    assert outcome_of(recipient) is Outcome.DELIVERED


def test_no_two_outcomes_share_the_end_of_a_number():
    assert len({row.ending for row in TABLE.values()}) == len(Outcome) == len(table())


def test_what_happens_is_in_order_of_time_and_a_request_may_set_the_lifetime():
    for outcome in Outcome:
        times = [step.after for step in steps(outcome)]
        assert times == sorted(times)
    assert [(s.event, s.after) for s in steps(Outcome.EXPIRED, lifetime=480 * 60)] == [
        (Event.EXPIRY, 480 * 60)
    ]
    assert not list(steps(Outcome.SILENT))


# --- sent --------------------------------------------------------------------------------------


def message(**fields):
    usual = {"provider": "octeth", "channel": "email", "id": "m1", "recipient": "kim@example.com"}
    usual |= {"sender": "shop@example.com", "content": "hello", "subject": "news"}
    return Message(**{**usual, "outcome": Outcome.DELIVERED, "at": MOMENT, **fields})


def test_accepted_messages_are_listed_with_what_they_can_be_found_by():
    app = build_app()
    sent = app.state.sent
    sent.add(message(correlation={"tag": "op-1"}))
    sent.add(message(id="m2", recipient="late@example.com", outcome=Outcome.LATE, content="other"))
    status, listed = ask(app, "GET", "/__emulator__/sent")
    assert (status, listed["total"]) == (200, 2)
    assert listed["sent"][0] == {
        "provider": "octeth",
        "channel": "email",
        "id": "m1",
        "recipient": "kim@example.com",
        "sender": "shop@example.com",
        "content": "hello",
        "subject": "news",
        "template": "",
        "outcome": "delivered",
        "at": "2026-11-28T12:30:00Z",
        "correlation": {"tag": "op-1"},
        "digest": hashlib.sha256(b"news\nhello").hexdigest(),
    }
    assert listed["sent"][0]["digest"] != listed["sent"][1]["digest"]
    _, late = ask(app, "GET", "/__emulator__/sent?provider=octeth&recipient=late@example.com")
    assert [row["id"] for row in late["sent"]] == ["m2"]
    assert ask(app, "GET", "/__emulator__/sent?to=x")[0] == 400
    assert ask(app, "DELETE", "/__emulator__/sent") == (200, {"total": 0, "sent": []})


def test_messages_survive_a_restart(tmp_path):
    first = Store(tmp_path / "data.db")
    Sent(first).add(message())
    first.close()
    second = Store(tmp_path / "data.db")
    assert [row["id"] for row in Sent(second).messages()] == ["m1"]
    second.close()


def test_the_outcomes_are_told_by_the_emulator_itself():
    _, told = ask(build_app(), "GET", "/__emulator__/outcomes")
    assert told["silent"] == {
        "address": "silent@",
        "digits": "9905",
        "what": "accepted, and never heard of again",
    }


# --- clock -------------------------------------------------------------------------------------


def test_the_clock_goes_with_the_computer_until_it_is_moved():
    clock = Clock(Store())
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(hours=1)
    clock.forward(30 * 86400)
    assert clock.now() - datetime.now(UTC) > timedelta(days=29)
    clock.reset()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(hours=1)


def test_a_stopped_clock_stands_and_can_be_moved():
    clock = Clock(Store())
    clock.stop()
    clock.set(MOMENT)
    assert (clock.now(), clock.now()) == (MOMENT, MOMENT)
    clock.forward(90)
    assert clock.now() == MOMENT + timedelta(seconds=90)
    clock.start()
    assert clock.running
    assert clock.now() >= MOMENT + timedelta(seconds=90)


def test_processes_of_one_file_share_the_time(tmp_path):
    one, other = Store(tmp_path / "data.db"), Store(tmp_path / "data.db")
    theirs = Clock(other)
    Clock(one).change({"at": "2026-11-28T21:30:00+09:00", "running": False})
    other.refresh()
    assert theirs.now() == MOMENT
    one.close()
    other.close()


def test_a_served_emulator_is_moved_over_http_and_all_providers_with_it():
    app = build_app()
    moved = {"at": "2026-11-28T21:30:00+09:00", "forward": 60, "running": False}
    expected = {"now": "2026-11-28T12:31:00+00:00", "running": False}
    assert ask(app, "PUT", "/__emulator__/clock", json=moved) == (200, expected)
    assert ask(app, "GET", "/__emulator__/clock") == (200, expected)
    emulators = app.state.emulators
    assert emulators["surenotify"].clock() == emulators["octeth"].clock() == app.state.clock.now()
    assert ask(app, "DELETE", "/__emulator__/clock")[1]["running"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"at": "2026-11-28T21:30:00"}, "zone"),
        ({"at": "tomorrow"}, "zone"),
        ({"forward": "1h"}, "seconds"),
        ({"forward": True}, "seconds"),
        ({"running": "no"}, "true or false"),
        ({"to": 1}, "unknown field 'to'; there are: at, forward, running"),
        ([], "JSON object"),
    ],
)
def test_a_setting_of_the_clock_that_cannot_be_understood_is_told(asked, told):
    app = build_app()
    status, answer = ask(app, "PUT", "/__emulator__/clock", content=json.dumps(asked))
    assert (status, told in answer["error"]) == (400, True), answer
    if isinstance(asked, dict):
        with pytest.raises(ClockError, match=told):
            app.state.clock.change(asked)


# --- faults ------------------------------------------------------------------------------------

ENDPOINTS = [
    ("POST", "/surenotify/v1/messages", {}),
    ("POST", "/surenotify/v1/sms/messages", {}),
    ("GET", "/surenotify/v1/events", {}),
    ("GET", "/surenotify/v1/sms/events", {}),
    ("GET", "/surenotify/v1/sms/exclusive-number", {}),
    ("POST", "/octeth/api/v1/email", {}),
    ("GET", "/octeth/api/v1/events", {}),
    *(
        ("POST", "/octeth/api.php", {"Command": f"EmailGateway.{command}"})
        for command in ("GetEvents", "AggrEvents", "DomainStats", "ClearDomainQueue")
    ),
]


@pytest.mark.parametrize(("method", "path", "body"), ENDPOINTS)
def test_fault_rules_strike_sends_and_their_queries_as_all_else(method, path, body):
    app = build_app()
    rule = {"method": method, "path": f"{path.split('/', 2)[2]}$", "times": 1}
    if "Command" in body:
        rule["body"] = body["Command"]
    app.state.faults.replace(
        [
            {**rule, "fault": "rate-limit", "form": "errors"},
            {**rule, "fault": "html"},
            {**rule, "fault": "drop-after"},
        ]
    )
    status, answer = ask(app, method, path, json=body)
    assert (status, answer["Errors"][0]["Code"]) == (429, 429)
    with pytest.raises(json.JSONDecodeError):
        ask(app, method, path, json=body)
    with pytest.raises(httpx.RemoteProtocolError):
        ask(app, method, path, json=body)
    assert app.state.faults.fired() == (1, 1, 1)
