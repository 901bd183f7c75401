"""Changes of several requests that fail in the middle: what holds is kept, the rest is next."""

from __future__ import annotations

import asyncio

import pytest

from reconciler.emulator.faults import Injection, Rule
from reconciler.engine.applying.events import EventKind
from reconciler.model.result import Status
from tests.faults import scenarios
from tests.support.project import resource

DOMAIN = resource("SenderDomain", "mail.example.com")
HOOK = resource(
    "Webhook",
    "hook",
    domain="mail.example.com",
    events=["delivery", "open", "bounce"],
    url="https://a.example/",
)
SLOTS = resource(
    "Webhook",
    "hook",
    channel="email",
    events=["delivery", "open", "bounce"],
    url="https://a.example/",
)
BLOCKED = resource(
    "BlockList", "ads", unsubscribeNumber="0801234567", recipients=scenarios._numbers(1, 25)
)
FEWER = resource("BlockList", "ads", unsubscribeNumber="0801234567", recipients=["01099990000"])
CASES = {
    "domain with options": (
        "octeth",
        (),
        resource("SenderDomain", "mail.example.com", linkTracking=True, subdomain="go"),
        3,
    ),
    "webhook with events": ("octeth", (DOMAIN,), HOOK, 3),
    "webhook removed": ("octeth", (DOMAIN, HOOK), None, 3),
    "password in a second request": (
        "octeth",
        (DOMAIN,),
        resource("SmtpConfig", "k", domain="mail.example.com", deliverTo={"file": "secrets/smtp"}),
        2,
    ),
    "slots": ("surenotify", (), SLOTS, 3),
    "slots removed": ("surenotify", (SLOTS,), None, 3),
    "block list": ("nhncloud-sms", (), BLOCKED, 3),
    "block list taken off": ("nhncloud-sms", (BLOCKED,), FEWER, 4),
    "contact moved": (
        "nhncloud-sms",
        (
            resource("Tag", "vip"),
            resource("Tag", "beta"),
            resource("Contact", "kim", tags=["vip"], phoneNumbers=["01000000001"]),
        ),
        resource("Contact", "kim", tags=["beta"], phoneNumbers=["01000000002"]),
        2,
    ),
}
REFUSALS = {
    "octeth": (200, '{"Success": false, "ErrorCode": 403, "ErrorText": "no"}'),
    "surenotify": (400, '{"message": "Invalid: no"}'),
    "nhncloud-sms": (
        200,
        '{"header": {"isSuccessful": false, "resultCode": -1000, "resultMessage": "no"}}',
    ),
}


def _write(lab, case, *, after):
    provider_type, before, manifest, _ = CASES[case]
    documents = {_key(each): each for each in before}
    if after and manifest is None:
        documents.popitem()
    elif after:
        documents[_key(manifest)] = manifest
    lab.write(lab.provider(provider_type, concurrency=1), *documents.values())


def _key(manifest):
    return manifest["kind"], manifest["metadata"]["name"]


class FailFrom:
    """Makes every write from the n-th on fail, whatever else the emulator's fault rules say."""

    def __init__(self, number, provider_type, how):
        status, text = REFUSALS[provider_type]
        rule = {
            "refused": {"fault": "status-before", "status": status, "text": text},
            "lost": {"fault": "drop-before"},
            "lost but executed": {"fault": "drop-after"},
        }[how]
        self.injection = Injection(rule=Rule.parse(rule))
        self.number = number
        self.seen = 0
        self.over = False

    def __call__(self, pick):
        def picked(request):
            reads = request.method == "GET" or b"EmailGateway.Get" in request.body
            probes = request.provider == "surenotify" and request.method == "PUT"
            if self.over or reads or probes:
                return pick(request)
            self.seen += 1
            return self.injection if self.seen >= self.number else pick(request)

        return picked


def slow(value):
    return pytest.param(value, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    "how", ["lost but executed", *(slow(each) for each in ("refused", "lost"))]
)
@pytest.mark.parametrize(
    ("case", "step"), [(case, step) for case in CASES for step in range(1, CASES[case][3] + 1)]
)
def test_a_change_that_fails_at_a_step_keeps_what_holds_and_the_next_run_does_the_rest(
    make_lab, case, step, how
):
    provider_type = CASES[case][0]
    readings = {"octeth": {"smtp-secret": "reset"}} if "password" in case else {}
    lab = make_lab(readings=readings)
    _write(lab, case, after=False)
    lab.apply()
    lab.pass_time(99)
    _write(lab, case, after=True)
    before = lab.moment()
    undisturbed = lab.after_crash(before)
    executed: list[str] = []
    with undisturbed.hooked(executed.append):
        undisturbed.apply(allow_deletes=99)
    requests = [name for name in executed if name.startswith("request:after")]
    assert len(requests) == CASES[case][3], requests
    wanted = undisturbed.objects()

    lab = lab.after_crash(before)
    done = []

    def strike(name):
        if name.startswith("request:after"):
            done.append(name)

    failing = FailFrom(step, provider_type, how)
    lab.app.state.faults.pick = failing(lab.app.state.faults.pick)
    with lab.hooked(strike):
        applied = lab.try_apply(allow_deletes=99)
    failing.over = True
    # What can do without the last step, a check or a reset, only makes a note.
    held = how == "refused" and (case, step) in {
        ("domain with options", 3),
        ("password in a second request", 2),
    }
    if how == "refused":
        assert len(done) == step - 1
        assert bool(applied.failures) is not held
        assert held or applied.report.results[0].status is Status.FAILED
    lab.converge(runs=2, decisions=1)
    assert held or lab.objects() == wanted
    assert lab.apply().report.results == ()


def test_a_delete_that_the_provider_calls_not_done_is_looked_after_and_not_sent_again(make_lab):
    lab = make_lab()
    every = ["delivery", "open", "click", "bounce", "complaint"]
    hooks = [
        resource("Webhook", channel, channel=channel, events=events, url="https://a.example/")
        for channel, events in (("email", every), ("sms", ["delivery"]))
    ]
    lab.write(lab.provider("surenotify"), *hooks)
    lab.apply()
    answer = {"status": 500, "text": '{"success": false}'}
    lab.faults({"method": "DELETE", "fault": "status-after", **answer, "times": 99})
    lab.requests.clear()
    lab.destroy()
    assert len([name for name in lab.writes if name.startswith("DELETE")]) == 6


def test_a_run_that_is_stopped_finishes_the_batch_under_way_and_starts_no_other(make_lab):
    lab = make_lab()
    lab.write(lab.provider("nhncloud-sms", concurrency=1), BLOCKED)
    stop = asyncio.Event()

    def stop_after_a_batch(event):
        if event.kind is EventKind.MEMBERS:
            stop.set()

    [failure] = lab.try_apply(listener=stop_after_a_batch, stop=stop).failures
    assert "skipped: the run was stopped after 10 of 25 members" in failure
    lab.apply()
    assert len(lab.writes) == 3
    lab.converge()
