"""Creates that go out in one request: each is settled by itself, whatever becomes of the request."""

from __future__ import annotations

import json

import pytest

from reconciler.model.address import Address
from tests.faults.lab import SETTLE
from tests.faults.test_lost_answers import EXECUTED, FAULTS
from tests.support.project import actions, resource

POST = {"method": "POST", "path": "/uids$"}
TAG = resource("Tag", "vip")
NAMES = ("kim", "lee", "park", "choi")


def contact(name, **spec):
    return resource("Contact", name, **{"tags": ["vip"], "phoneNumbers": ["01012345678"]} | spec)


def prepared(lab, contacts=None):
    """A laboratory in which all but the contacts exist."""
    lab.write(lab.provider("nhncloud-sms"), TAG)
    lab.apply()
    lab.write(lab.provider("nhncloud-sms"), TAG, *(contacts or map(contact, NAMES)))
    lab.requests.clear()
    return lab


def posted(lab):
    """How many uids each POST had."""
    logs = [log for log in lab.requests if log.method == "POST" and log.path.endswith("/uids")]
    return [len(log.body["uids"]) for log in logs]


def uids(lab):
    return sorted(row["uid"] for row in lab.rows("uids"))


def test_contacts_go_out_together_once_what_they_refer_to_is_there(lab):
    lab.write(lab.provider("nhncloud-sms"), TAG, *map(contact, NAMES))
    applied = lab.apply()
    assert lab.writes == ["POST /tags", "POST /uids"]
    assert applied.plan.requests["nhn"].writes == 2
    assert {str(result.address) for result in applied.report.results} == {
        "nhn/Tag/vip",
        *(f"nhn/Contact/{name}" for name in NAMES),
    }
    assert actions(lab.plan()) == {}


def test_a_target_takes_its_contact_alone(lab):
    prepared(lab)
    lab.apply(targets=frozenset({Address("nhn", "Contact", "lee")}))
    assert (posted(lab), uids(lab)) == ([1], ["lee"])


@pytest.mark.parametrize("bad", ["whole", "partial"])
@pytest.mark.parametrize("post", ["merge", "replace"])
@pytest.mark.parametrize("last", ["data", "rows"])
@pytest.mark.parametrize("required", ["either", "both"])
def test_one_bad_contact_of_a_refused_request_costs_the_others_nothing(
    make_lab, bad, post, last, required
):
    """The answer says neither which it was nor whether those before it were kept."""
    readings = {"uid-bad": bad, "uid-post": post, "uids-last": last, "uid-required": required}
    lab = make_lab(readings={"nhncloud-sms": readings})
    prepared(lab, [*map(contact, NAMES), contact("bare", tags=[])])
    applied = lab.try_apply()
    refused = required == "both"
    assert posted(lab) == ([5, 1, 1, 1, 1, 1] if refused else [5])
    failed = {str(r.address): r.error for r in applied.report.results if r.status == "failed"}
    assert list(failed) == (["nhn/Contact/bare"] if refused else [])
    assert uids(lab) == sorted([*NAMES, *([] if refused else ["bare"])])
    assert actions(lab.plan()) == ({"nhn/Contact/bare": "create"} if refused else {})


def test_more_than_the_api_takes_at_once_are_sent_singly(lab):
    prepared(lab)
    lab.faults({**POST, "nth": 1, "fault": "status-before", "status": 200, "text": _refusal(-7001)})
    lab.apply()
    assert posted(lab) == [4, 1, 1, 1, 1]


def test_a_refusal_that_concerns_the_account_is_not_repeated_for_each(lab):
    prepared(lab)
    lab.faults({**POST, "fault": "status-before", "status": 200, "text": _refusal(-1002)})
    applied = lab.try_apply()
    assert posted(lab) == [4]
    assert [result.status for result in applied.report.results] == ["failed"] * 4


def _refusal(code):
    header = {"isSuccessful": False, "resultCode": code, "resultMessage": "no"}
    return json.dumps({"header": header})


@pytest.mark.parametrize("fault", FAULTS)
def test_contacts_whose_common_answer_was_lost_are_looked_for_each(lab, fault):
    prepared(lab)
    lab.faults({**POST, "nth": 1, **FAULTS[fault]})
    before = lab.elapsed
    lab.apply()
    executed = fault in EXECUTED
    assert posted(lab) == ([4] if executed else [4, 4])
    reads = [log for log in lab.requests if log.method == "GET" and log.path.endswith("/uids")]
    assert len(reads) <= 5  # for all of them together: the plan, three looks, the last one
    assert lab.elapsed - before < 2 * SETTLE + 45
    assert uids(lab) == sorted(NAMES)
    lab.converge()


ANSWERED = {
    "500": ({"status": 500}, [4, 4]),
    "an unknown code": ({"status": 200, "text": _refusal(-99998)}, [4, 1, 1, 1, 1]),
    "no envelope": ({"status": 404}, [4, 1, 1, 1, 1]),
    "HTML": ({"status": 200, "text": "<html>"}, [4, 1, 1, 1, 1]),
}


@pytest.mark.parametrize("executed", [False, True])
@pytest.mark.parametrize("answer", ANSWERED)
def test_a_common_answer_that_tells_nothing_certain_is_as_good_as_a_lost_one(lab, answer, executed):
    """The run hung: its error could not be handed to each of them."""
    given, sent = ANSWERED[answer]
    prepared(lab)
    lab.faults({**POST, "nth": 1, "fault": f"status-{'after' if executed else 'before'}", **given})
    assert lab.try_apply().failures == []
    assert posted(lab) == ([4] if executed else sent)
    assert uids(lab) == sorted(NAMES)
    lab.converge()


def test_a_bad_contact_costs_the_others_nothing_where_no_page_has_the_code_for_it(make_lab):
    readings = {"failure-codes": "unlisted", "uid-required": "both"}
    lab = make_lab(readings={"nhncloud-sms": readings})
    prepared(lab, [*map(contact, NAMES), contact("bare", tags=[])])
    applied = lab.try_apply()
    assert posted(lab) == [5, 1, 1, 1, 1, 1]
    failed = {str(r.address): r.status for r in applied.report.results if r.status != "done"}
    assert failed == {"nhn/Contact/bare": "unknown"}
    assert uids(lab) == sorted(NAMES)
    assert set(lab.try_apply().by_address) == {"nhn/Contact/bare"}


def test_of_a_lost_request_only_what_somebody_else_has_made_is_asked_about(lab):
    prepared(lab)
    lab.faults({**POST, "nth": 1, "fault": "drop-before"})

    wait = lab._sleep

    async def meanwhile(seconds):
        """While the settle window passes, somebody makes one of them."""
        if not uids(lab):
            tables = lab.app.state.store._tables
            table = next(table for name, table in tables.items() if name.endswith("/uids"))
            table["lee"] = {"uid": "lee", "tagIds": [], "contacts": {"01099999999": "2026-01-01"}}
        await wait(seconds)

    lab._sleep = meanwhile
    applied = lab.try_apply()
    assert [address for address, _ in lab.asked(applied)] == ["nhn/Contact/lee"]
    assert posted(lab) == [4, 3]
    assert uids(lab) == sorted(NAMES)


def test_wherever_a_run_dies_that_creates_contacts_the_next_one_gets_to_the_same_end(lab):
    prepared(lab)
    wanted = []

    def work():
        lab.apply()
        wanted.append(lab.objects())

    def check(restarted):
        restarted.converge(runs=2)
        assert [restarted.objects()] == wanted

    lab.crash_everywhere(work, check, effects=3)


def test_nothing_leaves_before_the_intents_of_all_are_durable(lab):
    prepared(lab)
    open_then = []

    def look(name):
        if name.startswith("request:before"):
            open_then.append({str(e.intent.address) for e in lab.store.open_entries()})

    with lab.hooked(look):
        lab.apply()
    assert open_then == [{f"nhn/Contact/{name}" for name in NAMES}]


def test_what_an_accepted_request_may_have_left_out_is_told(lab):
    prepared(lab)
    lab.faults({"method": "GET", "path": "/uids$", "fault": "stale-list", "seconds": 999})
    applied = lab.apply()
    notes = applied.by_address["nhn/Contact/kim"].notes
    assert "the list does not show it yet" in " ".join(notes)
    lab.faults()
    assert actions(lab.plan()) == {}
