"""Webhooks that move to another domain, or are made again: wherever a run dies, they exist once."""

from __future__ import annotations

import pytest

from tests.faults.test_hand_overs import READINGS, URL, owned
from tests.support.project import resource

ELSEWHERE = "https://elsewhere.example.com/"
DOMAINS = {"one.example.com": "1", "two.example.com": "2"}
ONE, TWO = DOMAINS
STRANGERS = {(ONE, "unsubscribe", URL), (TWO, "unsubscribe", URL)}
STORIES = {
    "moves": (
        {"a": (ONE, ["delivery", "bounce"], URL)},
        {"a": (TWO, ["delivery", "bounce"], URL)},
    ),
    "moves with other events": (
        {"a": (ONE, ["delivery", "bounce"], URL), "b": (TWO, ["open"], URL)},
        {"a": (TWO, ["bounce", "click"], ELSEWHERE), "b": (TWO, ["open"], URL)},
    ),
    "moves, and another takes its place": (
        {"a": (ONE, ["delivery", "bounce"], URL), "b": (TWO, ["open"], URL)},
        {"a": (TWO, ["delivery", "open"], URL), "b": (ONE, ["bounce", "click"], URL)},
    ),
    "two swap": (
        {"a": (ONE, ["delivery", "bounce"], URL), "b": (TWO, ["delivery", "bounce"], URL)},
        {"a": (TWO, ["delivery", "bounce"], URL), "b": (ONE, ["delivery", "bounce"], URL)},
    ),
    "leaves with its domain": (
        {"a": (ONE, ["delivery", "bounce"], URL)},
        {"a": (TWO, ["delivery", "bounce"], URL)},
    ),
}


def write(lab, hooks, *, domains=tuple(DOMAINS)):
    lab.write(
        lab.provider("octeth"),
        *(resource("SenderDomain", domain) for domain in domains),
        *(
            resource("Webhook", name, domain=domain, events=events, url=url)
            for name, (domain, events, url) in hooks.items()
        ),
    )


def call(lab, command, **parameters):
    body = {"Command": f"EmailGateway.{command}", **parameters}
    lab.call("octeth", "POST", "/api.php", json=body)


def live(lab):
    names = {number: domain for domain, number in DOMAINS.items()}
    found = [
        (names[str(row["domain_id"])], event, row["url"])
        for row in lab.rows("webhooks")
        for event in row["events"]
    ]
    assert len(found) == len(set(found)), found
    return set(found)


def parts(hooks):
    return {(domain, event, url) for domain, events, url in hooks.values() for event in events}


def prepared(make_lab, readings, hooks):
    lab = make_lab(readings={"octeth": readings})
    write(lab, {})
    lab.apply()
    for domain, event, url in STRANGERS:
        call(lab, "AddWebhook", DomainID=DOMAINS[domain], Event=event, WebhookURL=url)
    write(lab, hooks)
    lab.apply()
    lab.pass_time(60)
    return lab


def assert_at_rest(lab, hooks, strangers=STRANGERS):
    assert live(lab) == parts(hooks) | strangers
    assert owned(lab) == {name: sorted(events) for name, (_, events, _) in hooks.items()}


def assert_every_crash_is_survived(lab, hooks, strangers=STRANGERS):
    def check(restarted):
        restarted.converge(runs=2)
        assert_at_rest(restarted, hooks, strangers)

    lab.crash_everywhere(lambda: lab.try_apply(allow_deletes=9), check)


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("readings", READINGS)
def test_wherever_a_run_dies_a_webhook_that_moves_exists_once(make_lab, readings, story):
    before, after = STORIES[story]
    lab = prepared(make_lab, READINGS[readings], before)
    leaves = story == "leaves with its domain"
    write(lab, after, domains=[TWO] if leaves else tuple(DOMAINS))
    strangers = {each for each in STRANGERS if not (leaves and each[0] == ONE)}
    assert_every_crash_is_survived(lab, after, strangers)


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("fault", ["drop-before", "drop-after", "status-before", "status-after"])
@pytest.mark.parametrize("command", ["AddWebhook", "DeleteWebhook"])
def test_an_answer_that_is_lost_leaves_nothing_of_a_move_behind(make_lab, story, fault, command):
    before, after = STORIES[story]
    lab = prepared(make_lab, {}, before)
    write(lab, after)
    lab.faults({"body": command, "fault": fault, "status": 500, "times": 1})
    lab.try_apply(allow_deletes=9)
    lab.converge(runs=2)
    assert_at_rest(lab, after)


def with_all_deleted_by_hand(make_lab, readings):
    lab = prepared(make_lab, readings, {"a": (ONE, ["delivery", "bounce"], URL)})
    for row in lab.rows("webhooks"):
        if str(row["domain_id"]) == DOMAINS[ONE]:
            call(lab, "DeleteWebhook", DomainID=DOMAINS[ONE], WebhookID=row["id"])
    call(lab, "AddWebhook", DomainID=DOMAINS[ONE], Event="unsubscribe", WebhookURL=URL)
    lab.pass_time(60)
    return lab


@pytest.mark.parametrize("url", [URL, ELSEWHERE])
@pytest.mark.parametrize("readings", READINGS)
def test_wherever_a_run_dies_a_webhook_deleted_by_hand_is_made_again_once(make_lab, readings, url):
    lab = with_all_deleted_by_hand(make_lab, READINGS[readings])
    after = {"a": (ONE, ["bounce", "click"], url)}
    write(lab, after)
    assert_every_crash_is_survived(lab, after)


def test_what_a_person_adopts_for_what_was_deleted_by_hand_is_kept(make_lab):
    lab = with_all_deleted_by_hand(make_lab, {})
    after = {"a": (ONE, ["bounce", "click"], URL)}
    write(lab, after)
    moments = lab.film(lambda: lab.apply(allow_deletes=9))
    sent = next(each for each in moments if "request" in each.name)
    restarted = lab.after_crash(sent)
    [made] = [row["id"] for row in restarted.rows("webhooks") if "bounce" in row["events"]]
    restarted.resolve("octeth/Webhook/a", adopt=str(made))
    assert restarted.row("octeth/Webhook/a").deposed == ()
    restarted.converge(runs=2)
    assert_at_rest(restarted, after)
