"""`reconciler verify` of Surenotify: mail and SMS, what HTTP 200 hides, and exclusive numbers."""

import json
import time
import urllib.request

import pytest

from reconciler.engine.verifying import Timing
from tests.support import verifying
from tests.support.verifying import send, verify

MAIL = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {{name: sure}}
spec:
  type: surenotify
  baseUrl: {url}/surenotify
  credentials: {{apiKey: {{fromEnv: SURE_KEY}}}}
  canaries: {{enabled: true}}
---
apiVersion: reconciler/v1
kind: SenderDomain
metadata: {{name: mail.example.com}}
spec: {{}}
---
apiVersion: reconciler/v1
kind: Canary
metadata: {{name: arrives}}
spec:
  of: {{kind: SenderDomain, name: mail.example.com}}
  to: {{fromEnv: CANARY_TO}}
  deadlineSeconds: 1
"""
SMS = MAIL.replace(
    "of: {{kind: SenderDomain, name: mail.example.com}}",
    'content: "Example Shop: canary {{{{number}}}}"\n  parameters: {{number: "7"}}',
).replace("deadlineSeconds: 1", "deadlineSeconds: 300")
READINGS = [{}, {"success-as": "object"}, {"message-id": "indexed", "event-order": "newest-first"}]


@pytest.fixture(params=READINGS, ids=lambda readings: "-".join(readings.values()) or "default")
def readings(request):
    return request.param


def world(project, monkeypatch, run, text, to, readings=None):
    monkeypatch.setenv("SURE_KEY", "canary-sure-key")
    monkeypatch.setenv("CANARY_TO", to)
    return verifying.served(project / "nhn.yaml", text, {"surenotify": readings or {}})


def applied(run):
    assert run("apply", "--auto-approve").code == 0
    run("drift")


@pytest.mark.parametrize(("text", "to"), [(MAIL, "kim@example.org"), (SMS, "+886912349900")])
@pytest.mark.parametrize("fault", [None, "drop-after"])
def test_it_arrives_in_every_reading(project, monkeypatch, run, text, to, fault, readings):
    with world(project, monkeypatch, run, text, to, readings) as here:
        applied(run)
        if fault:
            rule = {"method": "POST", "path": "/messages", "fault": fault}
            here.emulators.faults.replace([rule])
        result = verify(run)
        assert send(result)["status"] == "passed", result.out
        assert len(here.sent()) == 1
        assert to.lstrip("+") not in result.out + result.err
        if text is SMS:
            assert "canary 7" in here.sent()[0]["content"]


@pytest.mark.parametrize(
    ("text", "to", "code", "reason"),
    [
        (MAIL, "refused@example.org", 5, "refused: "),
        (MAIL, "bounced@example.org", 5, "it did not arrive: 5.0.0"),
        (MAIL, "silent@example.org", 6, "no receipt within 1 s"),
        (SMS, "+886912349907", 5, "refused: address is not a valid format"),
        (SMS, "+886912349901", 5, "it did not arrive: -5"),
        (SMS, "+886912349908", 5, "it did not arrive: -6 destination number blocked"),
        (SMS, "0912349900", 6, "nothing was sent: the recipient's number must be international"),
    ],
)
def test_what_becomes_of_it_is_the_result(project, monkeypatch, run, text, to, code, reason):
    with world(project, monkeypatch, run, text, to):
        applied(run)
        assert send(verify(run, code=code))["reason"].startswith(reason)


def test_a_bounce_after_the_delivery_counts_within_hold_seconds(project, monkeypatch, run):
    held = MAIL.replace("deadlineSeconds: 1", "deadlineSeconds: 1\n  holdSeconds: 60")
    with world(project, monkeypatch, run, held, "delivered-bounced@example.org") as here:
        applied(run)

        async def sleep(seconds):
            here.forward(seconds)
            clock[0] += seconds

        clock = [time.time()]
        timing = Timing(now=lambda: clock[0], sleep=sleep)
        monkeypatch.setattr("reconciler.cli.runs.verifying.Timing", lambda **_: timing)
        result = verify(run, code=5)
        assert send(result)["reason"].startswith("it did not arrive: 5.0.0")


def test_a_domain_that_is_not_verified_gets_no_message(project, monkeypatch, run):
    with world(project, monkeypatch, run, MAIL, "kim@example.org", {"dns": "missing"}) as here:
        applied(run)
        result = verify(run, code=5)
        assert send(result)["reason"].startswith("not sent: domain: not verified; publish")
        assert here.sent() == []


def test_an_exclusive_number_is_checked_before_anything_is_sent(project, monkeypatch, run):
    text = SMS.replace("deadlineSeconds: 300", 'deadlineSeconds: 300\n  from: "0911222333"')
    with world(project, monkeypatch, run, text, "+886912349900") as here:
        applied(run)
        result = verify(run, code=5)
        [sender] = [each for each in result.json["checks"] if each["check"] == "sender"]
        assert sender["reason"] == "0911222333 is no exclusive number of this account"
        assert here.sent() == []
        seed = {"method": "seed_number", "account": "canary-sure-key", "number": "0911222333"}
        here.ask("/surenotify/__emulator__/seed", seed, "POST")
        assert send(verify(run, code=0))["status"] == "passed"
        assert here.sent()[0]["sender"] == "0911222333"
        assert "0912349900" not in json.dumps(verify(run).json)


def seeded(here, count):
    """Mail that the recipient gets from elsewhere at the same time."""
    order = {
        "subject": "News",
        "fromName": "Shop",
        "fromAddress": "shop@mail.example.com",
        "content": "<p>x</p>",
        "recipients": [{"name": "Kim", "address": "kim@example.org", "variables": {}}],
    }
    for _ in range(count):
        request = urllib.request.Request(
            f"{here.server.url}/surenotify/v1/messages",
            data=json.dumps(order).encode(),
            headers={"x-api-key": "canary-sure-key", "Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=20).read()


@pytest.mark.parametrize("order", ["oldest-first", "newest-first"])
def test_among_more_events_than_are_answered_none_is_sent_a_second_time(
    project, monkeypatch, run, order
):
    """A query answers 50 events; what is not among them is undecided, and not sent again."""
    with world(project, monkeypatch, run, MAIL, "kim@example.org", {"event-order": order}) as here:
        applied(run)
        seeded(here, 26)  # two events each
        here.emulators.faults.replace(
            [{"method": "POST", "path": "/messages", "fault": "drop-after"}]
        )
        result = verify(run)
        assert send(result)["status"] in {"passed", "undecided"}
        again = verify(run)
        assert send(again)["status"] in {"skipped", "undecided"}
        assert len(here.sent()) == 27


def test_what_was_sent_more_than_thirty_days_ago_is_asked_for_in_vain_and_does_no_harm(
    project, monkeypatch, run
):
    with world(project, monkeypatch, run, MAIL, "silent@example.org") as here:
        applied(run)
        assert send(verify(run, code=6))["status"] == "undecided"
        here.forward(31 * 24 * 3600)
        assert "no receipt" in send(verify(run, code=6))["reason"]
        assert len(here.sent()) == 1


@pytest.mark.parametrize(
    "answer", [{"success": [], "failure": {}}, {"success": {}, "failure": []}, {}, []]
)
def test_an_answer_that_names_the_recipient_nowhere_is_undecided_and_looked_into(
    project, monkeypatch, run, answer
):
    with world(project, monkeypatch, run, MAIL, "kim@example.org") as here:
        applied(run)
        rule = {"method": "POST", "path": "/messages", "fault": "status-after", "status": 200}
        here.emulators.faults.replace([rule | {"text": json.dumps(answer)}])
        assert send(verify(run, code=0))["status"] == "passed"  # found among the events
        assert len(here.sent()) == 1


@pytest.mark.parametrize(("seconds", "code"), [(299, 1), (300, 0)])
def test_a_deadline_shorter_than_an_sms_is_tried_for_is_a_fault(
    project, monkeypatch, run, seconds, code
):
    text = SMS.replace("deadlineSeconds: 300", f"deadlineSeconds: {seconds}")
    with world(project, monkeypatch, run, text, "+886912349900"):
        result = run("validate")
        assert result.code == code
        assert ("shorter than the 300 seconds" in result.out + result.err) == bool(code)
