"""Surenotify's slots that pass from one webhook manifest to another, their URLs changing."""

from __future__ import annotations

import pytest

from tests.support.project import resource

A, B, C = (f"https://{name}.example.com/" for name in "abc")
TYPES = {3: "delivery", 4: "open", 5: "click", 6: "bounce", 7: "complaint"}
STRANGER = {"complaint": "https://stranger.example.com/"}
STORIES = {
    "moves": (
        {"a": (["delivery", "bounce"], A), "b": (["open"], B)},
        {"a": (["delivery"], A), "b": (["open", "bounce"], B)},
    ),
    "moves to a new one": (
        {"a": (["delivery", "bounce"], A)},
        {"a": (["delivery", "click"], A), "b": (["open", "bounce"], B)},
    ),
    "moves while both change": (
        {"a": (["delivery", "bounce"], A), "b": (["open"], B)},
        {"a": (["delivery", "click"], C), "b": (["bounce"], A)},
    ),
    "swap": (
        {"a": (["delivery", "bounce"], A), "b": (["open", "click"], B)},
        {"a": (["delivery", "open"], A), "b": (["bounce", "click"], B)},
    ),
    "swap all": (
        {"a": (["delivery"], A), "b": (["open"], B)},
        {"a": (["open"], A), "b": (["delivery"], B)},
    ),
    "one goes": (
        {"a": (["delivery", "bounce"], A), "b": (["open"], B)},
        {"b": (["open", "bounce"], B)},
    ),
    "one goes and one comes": (
        {"a": (["delivery", "bounce"], A)},
        {"b": (["bounce", "open"], B)},
    ),
}


def write(lab, hooks):
    lab.write(
        lab.provider("surenotify"),
        *(
            resource("Webhook", name, channel="email", events=events, url=url)
            for name, (events, url) in hooks.items()
        ),
    )


def prepared(make_lab, hooks):
    lab = make_lab()
    write(lab, hooks)
    lab.apply()
    stranger = {"type": 7, "url": STRANGER["complaint"]}
    lab.call("sure", "POST", "/v1/webhooks", json=stranger)
    lab.pass_time(60)
    return lab


def slots(hooks):
    return {event: url for events, url in hooks.values() for event in events}


def assert_at_rest(lab, hooks):
    live = {TYPES[row["type"]]: row["url"] for row in lab.rows("webhooks-email")}
    assert live == slots(hooks) | STRANGER
    owned = {row.address.name: row.applied["events"] for row in lab.state.values()}
    assert {name: sorted(events) for name, events in owned.items()} == {
        name: sorted(events) for name, (events, _) in hooks.items()
    }


@pytest.mark.parametrize("story", STORIES)
def test_wherever_a_run_dies_a_slot_that_changes_hands_stays_ours(make_lab, story):
    before, after = STORIES[story]
    lab = prepared(make_lab, before)
    write(lab, after)

    def check(restarted):
        restarted.converge(runs=2)
        assert_at_rest(restarted, after)

    lab.crash_everywhere(lambda: lab.apply(allow_deletes=9), check)


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("fault", ["drop-before", "drop-after", "status-before", "status-after"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_an_answer_that_is_lost_leaves_every_slot_to_its_taker(make_lab, story, fault, method):
    before, after = STORIES[story]
    lab = prepared(make_lab, before)
    write(lab, after)
    lab.faults({"method": method, "fault": fault, "status": 503, "times": 1})
    lab.try_apply(allow_deletes=9)
    lab.converge(runs=2)
    assert_at_rest(lab, after)
