"""Creates whose outcome nobody heard of: they are looked for, never simply sent again."""

from __future__ import annotations

import httpx
import pytest

from reconciler.cli.commands.plan import exit_code
from reconciler.engine.applying.creating import MADE_TWICE
from tests.faults.lab import SETTLE, twins
from tests.faults.subjects import SUBJECTS
from tests.support.inprocess import InProcessTransport
from tests.support.project import provider, resource

each_subject = pytest.mark.parametrize(
    "subject", [pytest.param(each, id=each.name.replace(" ", "-")) for each in SUBJECTS]
)
EXECUTED = ("drop-after", "hang executed", "late")
FAULTS = {
    "drop-before": {"fault": "drop-before"},
    "drop-after": {"fault": "drop-after"},
    "hang": {"fault": "hang"},
    "hang executed": {"fault": "hang", "executed": True},
    "late": {"fault": "late", "seconds": SETTLE - 10},
}


@pytest.mark.parametrize("fault", FAULTS)
@each_subject
def test_a_create_whose_answer_was_lost_exists_once_whether_or_not_it_was_executed(
    make_lab, subject, fault
):
    lab = subject.prepare(make_lab)
    lab.faults(subject.fault(**FAULTS[fault]))
    before = lab.elapsed
    applied = lab.try_apply()
    executed = fault in EXECUTED
    if subject.asks and executed:
        assert [each for each, _ in lab.asked(applied)] == [subject.address]
        assert subject.creates(lab) == 1
    else:
        assert applied.failures == []
    lab.converge(decisions=1)
    assert len(lab.rows(subject.table)) == 1
    assert subject.creates(lab) == (subject.sends if executed else max(2, subject.sends))
    waited = lab.elapsed - before
    assert waited < 2 * SETTLE + 45
    if not executed and subject.sends == 1:  # the second attempt came after the settle window
        assert waited >= SETTLE
    assert twins(lab.plan()) == []


@each_subject
def test_a_create_that_is_executed_after_all_is_told_of_and_ours_by_proof_is_cleaned_up(
    make_lab, subject
):
    lab = subject.prepare(make_lab)
    lab.faults(subject.fault("late", seconds=4 * SETTLE))
    told = lab.apply().by_address[subject.address].notes
    assert MADE_TWICE in told or subject.late != "reported"
    assert len(lab.rows(subject.table)) == 1
    lab.pass_time(5 * SETTLE)
    ours = lab.row(subject.address).remote_id
    expected = 1 if subject.late == "none" else 2
    assert len(lab.rows(subject.table)) == expected
    if subject.late != "none":
        plan = lab.plan()
        assert len(twins(plan)) == 1
        assert exit_code(plan, detailed=True) == 2
        assert lab.drift().drifted
    applied = lab.try_apply()
    assert applied.plan.changes == ()
    assert lab.row(subject.address).remote_id == ours
    assert len(lab.rows(subject.table)) == (2 if subject.late == "reported" else 1)
    if subject.late == "reported":  # in every plan, until somebody says that it is none of ours
        assert len(twins(lab.plan())) == 1
        lab.resolve(subject.address)
    assert twins(lab.plan()) == []
    assert twins(lab.try_apply().plan) == []


ANSWERS = {
    "500": {"fault": "status", "status": 500},
    "408": {"fault": "status", "status": 408},
    "409 without a word": {"fault": "status", "status": 409},
    "a code that nobody documented": {
        "fault": "status",
        "status": 200,
        "text": '{"Success": false, "ErrorCode": 77, "header": {"isSuccessful": false, '
        '"resultCode": -99998, "resultMessage": "?"}, "success": false}',
    },
    "codes in a list": {
        "fault": "status",
        "status": 200,
        "text": '{"Success": false, "ErrorCode": [1, 77], "success": "no", "header": null}',
    },
    "success without an id": {
        "fault": "status",
        "status": 200,
        "text": '{"Success": true, "ErrorCode": 0, "header": {"isSuccessful": true, "resultCode": '
        '0}, "body": {"data": {}}}',
    },
    "HTML": {"fault": "html"},
    "nothing valid": {"fault": "status", "status": 200, "text": '{"Success": true, "ErrorCode": '},
}
OF_EACH_TYPE = [each for each in SUBJECTS if each.name in {"tag", "domain", "surenotify domain"}]


@pytest.mark.parametrize("executed", [False, True])
@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("subject", OF_EACH_TYPE, ids=lambda each: each.type)
def test_an_answer_that_tells_nothing_certain_is_treated_like_none(
    make_lab, subject, answer, executed
):
    rule = dict(ANSWERS[answer])
    if rule["fault"] == "status":
        rule["fault"] = "status-after" if executed else "status-before"
    else:
        rule["executed"] = executed
    lab = subject.prepare(make_lab)
    lab.faults(subject.fault(**rule))
    assert lab.try_apply().failures == []
    assert lab.fired == (1,)
    assert len(lab.rows(subject.table)) == 1
    assert subject.creates(lab) == (1 if executed else 2)
    lab.converge()


@pytest.mark.parametrize("cut", ["body", "connection"])
@pytest.mark.parametrize("subject", OF_EACH_TYPE, ids=lambda each: each.type)
def test_an_answer_that_is_cut_off_is_treated_like_none(make_lab, subject, cut):
    lab = subject.prepare(make_lab)
    lab.faults(subject.fault("truncate", cut=cut))
    lab.apply()
    assert len(lab.rows(subject.table)) == subject.creates(lab) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("subject", OF_EACH_TYPE, ids=lambda each: each.type)
def test_a_create_that_is_redirected_goes_nowhere_else(make_lab, subject, status):
    lab = subject.prepare(make_lab)
    hosts = set()

    class Watching(InProcessTransport):
        async def handle_async_request(self, request):
            hosts.add(request.url.host)
            return await super().handle_async_request(request)

    lab.transport = Watching(lab.app)
    lab.faults(subject.fault("redirect", status=status))
    lab.apply()
    assert hosts == {"127.0.0.1"}
    assert len(lab.rows(subject.table)) == 1
    assert subject.creates(lab) == 2


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
@pytest.mark.parametrize("subject", OF_EACH_TYPE, ids=lambda each: each.type)
def test_a_create_that_never_left_is_closed_as_such_and_done_by_the_next_run(
    make_lab, subject, error
):
    lab = subject.prepare(make_lab)

    class Unreachable(InProcessTransport):
        async def handle_async_request(self, request):
            words = request.content.decode() + request.method + request.url.path
            if "AddDomain" in words or "POST/nhncloud-sms" in words or "POST/surenotify" in words:
                raise error("unreachable", request=request)
            return await super().handle_async_request(request)

    working, lab.transport = lab.transport, Unreachable(lab.app)
    failures = lab.try_apply().failures
    assert len(failures) == 1
    assert "not sent" in failures[0]
    assert [each.outcome for each in lab.store.journal(1)] == ["not-sent"]
    assert lab.store.open_entries() == lab.sleeps == []
    lab.transport = working
    lab.converge()
    assert subject.creates(lab) == 1


@pytest.mark.parametrize("fault", ["status-before", "status-after", "drop-before", "drop-after"])
def test_a_storm_of_failures_stops_creates_but_not_reads_and_the_next_run_makes_the_rest(
    lab, fault
):
    lab.write(lab.provider("nhncloud-sms"), *(resource("Tag", f"t{n}") for n in range(50)))
    lab.faults({"method": "POST", "path": "/tags$", "fault": fault, "status": 500})
    applied = lab.try_apply()
    assert len(applied.report.results) == 50
    sent = [i for i, log in enumerate(lab.requests) if log.method == "POST"]
    assert 5 <= len(sent) <= 5 + 7  # those that were on their way when the fifth failed
    assert any(log.method == "GET" for log in lab.requests[sent[-1] :])
    stopped = [each for each in applied.failures if "5 failures in a row" in each]
    assert stopped
    executed = len(sent) if fault.endswith("after") else 0
    assert len(lab.rows("tags")) == executed
    lab.faults()
    lab.converge()
    assert sorted(row["tagName"] for row in lab.rows("tags")) == sorted(f"t{n}" for n in range(50))
    assert sum(log.method == "POST" for log in lab.requests) == len(sent) + 50 - executed


def test_what_is_made_again_under_its_own_id_is_found_when_the_answer_is_lost(lab):
    def write(category):
        template = {"category": category, "sender": "15446859", "type": "sms", "body": "x"}
        categories = (resource("Category", name) for name in ("a", "b"))
        lab.write(lab.provider("nhncloud-sms"), *categories, resource("Template", "t", **template))

    write("a")
    lab.apply()
    write("b")
    lab.faults({"method": "POST", "path": "/templates$", "nth": 1, "fault": "drop-after"})
    sent = len(lab.writes)
    assert lab.try_apply().failures == []
    assert lab.writes[sent:] == ["DELETE /templates/t", "POST /templates"]
    assert len(lab.rows("templates")) == 1
    lab.converge()


UNKNOWN_CODE = (
    '{"header": {"isSuccessful": false, "resultCode": -99998, "resultMessage": "It is not there"}}'
)
TAG = resource("Tag", "vip")
ERASED = {
    "tag": ("/tags/", [TAG], []),
    "contact": ("/uids/c$", [resource("Contact", "c", phoneNumbers=["01011112222"])], []),
    "phone number": (
        "/phone-numbers/01033334444$",
        [resource("Contact", "c", phoneNumbers=["01011112222", "01033334444"])],
        [resource("Contact", "c", phoneNumbers=["01011112222"])],
    ),
    "tag of a contact": (
        "/uids/c$",
        [TAG, resource("Contact", "c", tags=["vip"], phoneNumbers=["01011112222"])],
        [TAG, resource("Contact", "c", tags=[], phoneNumbers=["01011112222"])],
    ),
}


READS = 5
"""How often a read is tried."""


def _erase(lab, what, *rules):
    path, before, after = ERASED[what]
    lab.write(lab.provider("nhncloud-sms"), *before)
    lab.apply()
    lab.write(lab.provider("nhncloud-sms"), *after)
    lab.faults(*({"method": "DELETE", "path": path, **rule} for rule in rules if rule))
    return lab.try_apply(allow_deletes=9)


REFUSED = {"fault": "status-before", "status": 200, "text": UNKNOWN_CODE}


@pytest.mark.parametrize("what", ERASED)
@pytest.mark.parametrize("looked_for", ["singly", "in the list"])
def test_what_a_lost_delete_has_deleted_is_gone_whatever_the_next_attempt_is_told(
    lab, what, looked_for
):
    alone = {"method": "GET", "path": "/uids/c$"}
    reading = {} if looked_for == "singly" else {**alone, "times": READS, **REFUSED}
    applied = _erase(lab, what, {"nth": 1, "fault": "drop-after"}, REFUSED, reading)
    assert applied.failures == []
    assert lab.store.open_entries() == []
    lab.converge()


@pytest.mark.parametrize("what", ERASED)
def test_what_is_still_there_after_a_delete_that_nobody_understood_is_not_called_gone(lab, what):
    applied = _erase(lab, what, REFUSED)
    assert len(applied.failures) == 1
    assert "unknown" in applied.failures[0]
    lab.faults()
    lab.converge(runs=2)


NHN = [
    resource("Category", "news"),
    resource("Template", "hello", category="news", sender="0212345678", type="sms", body="Hello"),
    resource("Tag", "vip"),
    resource("Contact", "kim", tags=["vip"]),
]
"""What a plain DELETE takes away."""
READ_ALONE = {"categories": resource("Category", "old"), "templates": NHN[1], "uids": NHN[3]}
"""What a read tells whether it is there, by its path."""


@pytest.mark.parametrize("codes", ["listed", "unlisted"])
@pytest.mark.parametrize("path", ["categories", "templates", "tags", "uids"])
def test_a_delete_whose_answer_was_lost_is_done_whatever_is_said_of_what_is_gone(
    make_lab, path, codes
):
    """Sent again it is refused by a code that no page names, and so is the read that looks."""
    lab = make_lab(readings={"nhncloud-sms": {"failure-codes": codes}})
    lab.write(provider("nhncloud-sms"), *NHN)
    lab.apply()
    lab.faults({"fault": "drop-after", "method": "DELETE", "path": f"/{path}/", "nth": 1})
    lab.destroy()
    assert lab.state == {}
    assert lab.fired == (1,)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("path", READ_ALONE)
def test_a_delete_that_is_not_allowed_has_deleted_nothing_whatever_code_says_so(lab, path, status):
    """Nor may the object be read alone: that was taken for "it is gone"."""
    others = [each for each in NHN if each is not READ_ALONE[path]]
    lab.write(provider("nhncloud-sms"), *others, READ_ALONE[path])
    lab.apply()
    there = lab.objects()
    refused = {"fault": "status-before", "status": status, "text": UNKNOWN_CODE}
    lab.faults({"path": f"/{path}/", **refused})
    lab.write(provider("nhncloud-sms"), *others)
    failed = lab.try_apply(allow_deletes=9).failures
    assert len(failed) == 1
    assert "check the credentials" in failed[0]
    assert lab.objects() == there
    lab.faults()
    lab.converge()
    assert lab.objects() != there


@pytest.mark.parametrize("path", ["template-configs", "sign-configs"])
@pytest.mark.parametrize("missing", ["config", "found"])
def test_so_is_one_whose_object_is_missing_in_other_words_than_the_page_has(
    make_lab, path, missing
):
    lab = make_lab(readings={"engagelab-sms": {"missing": missing}})
    template = {"category": "utility", "body": "Order {no}", "countries": ["US"]}
    lab.write(
        provider("engagelab-sms"),
        resource("Signature", "shop"),
        resource("Template", "a", **template),
    )
    lab.apply()
    lab.faults({"fault": "drop-after", "method": "DELETE", "path": f"/{path}/", "nth": 1})
    lab.destroy()
    assert lab.state == {}
    assert lab.fired == (1,)


@pytest.mark.parametrize("nth", [1, 2], ids=["the first event", "the last event"])
@pytest.mark.parametrize("rows", ["per-event", "per-url"])
def test_a_url_that_changes_is_ours_where_the_answer_was_lost(make_lab, rows, nth):
    """It was taken for somebody else's, beside the old one: every further run refused to go on."""
    lab = make_lab(readings={"octeth": {"webhook-rows": rows}})
    settings = [provider("octeth", readings=lab.readings), resource("SenderDomain", "a.example")]
    hook = {"domain": "a.example", "events": ["delivery", "bounce"]}
    lab.write(*settings, resource("Webhook", "news", **hook, url="https://old.example"))
    lab.apply()
    lab.faults({"fault": "drop-after", "body": "AddWebhook", "nth": nth})
    lab.write(*settings, resource("Webhook", "news", **hook, url="https://new.example"))
    lab.try_apply()
    assert lab.fired == (1,)
    lab.converge()
    assert {row["url"] for row in lab.rows("webhooks")} == {"https://new.example"}
    lab.destroy()
    assert lab.rows("webhooks") == []
