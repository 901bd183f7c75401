"""Events that pass from one webhook manifest to another: wherever a run dies, each has its webhook."""

from __future__ import annotations

import pytest

from tests.support.project import resource

DOMAIN = resource("SenderDomain", "mail.example.com")
URL = "https://hooks.example.com/"
READINGS = {
    "a row per event": {},
    "a row per URL": {"webhook-rows": "per-url"},
    "repeats refused": {"webhook-repeat": "same-row"},
}
STORIES = {
    "moves": (
        {"a": ["delivery", "bounce"], "b": ["open"]},
        {"a": ["delivery", "click"], "b": ["open", "bounce", "complaint"]},
    ),
    "swap": (
        {"a": ["delivery", "bounce"], "b": ["open", "click"]},
        {"a": ["delivery", "open"], "b": ["bounce"]},
    ),
    "one goes": (
        {"a": ["delivery", "bounce"], "b": ["open"]},
        {"b": ["bounce", "complaint"]},
    ),
    "one goes and one comes": (
        {"a": ["delivery", "bounce", "open"]},
        {"b": ["bounce", "complaint"]},
    ),
}


def hook(name, events, **more):
    return resource("Webhook", name, domain="mail.example.com", events=events, url=URL, **more)


def write(lab, hooks, **more):
    lab.write(
        lab.provider("octeth"),
        DOMAIN,
        *(hook(name, events, **more) for name, events in hooks.items()),
    )


def add(lab, event):
    """Somebody else's webhook."""
    command = {"Command": "EmailGateway.AddWebhook", "DomainID": "1"}
    lab.call("octeth", "POST", "/api.php", json={**command, "Event": event, "WebhookURL": URL})


def live(lab):
    return sorted(event for row in lab.rows("webhooks") for event in row["events"])


def owned(lab):
    """What each address owns, by the events of its parts."""
    return {
        address.rpartition("/")[2]: sorted(part.split("|")[0] for part in row.extra["parts"])
        for address, row in lab.state.items()
        if "/Webhook/" in address
    }


def prepared(make_lab, readings, hooks):
    lab = make_lab(readings={"octeth": readings})
    lab.write(lab.provider("octeth"), DOMAIN)
    lab.apply()
    add(lab, "unsubscribe")
    write(lab, hooks)
    lab.apply()
    lab.pass_time(60)
    return lab


def assert_at_rest(lab, hooks):
    everything = [*(event for events in hooks.values() for event in events), "unsubscribe"]
    assert live(lab) == sorted(everything)
    assert owned(lab) == {name: sorted(events) for name, events in hooks.items()}


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("readings", READINGS)
def test_wherever_a_run_dies_every_event_has_one_webhook_and_one_owner(make_lab, readings, story):
    before, after = STORIES[story]
    lab = prepared(make_lab, READINGS[readings], before)
    write(lab, after)

    def check(restarted):
        restarted.converge()
        assert_at_rest(restarted, after)

    lab.crash_everywhere(lambda: lab.apply(allow_deletes=9), check)


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("fault", ["drop-before", "drop-after", "status-before", "status-after"])
@pytest.mark.parametrize("command", ["AddWebhook", "DeleteWebhook"])
def test_an_answer_that_is_lost_takes_nothing_from_anybody(make_lab, story, fault, command):
    before, after = STORIES[story]
    lab = prepared(make_lab, {}, before)
    write(lab, after)
    lab.faults({"body": command, "fault": fault, "status": 500, "times": 1})
    lab.try_apply(allow_deletes=9)
    lab.converge(runs=2)
    assert_at_rest(lab, after)
