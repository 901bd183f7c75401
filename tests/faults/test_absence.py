"""What lists lack is gone only when two of them agree, and is never doubted away afterwards."""

from __future__ import annotations

import pytest

from tests.faults import scenarios
from tests.faults.lab import SETTLE, twins
from tests.support.project import actions, resource

EMPTY = {
    "engagelab-sms": "[]",
    "nhncloud-sms": '{"header": {"isSuccessful": true, "resultCode": 0, "resultMessage": ""}, '
    '"body": {"pageNum": 1, "pageSize": 1000, "totalCount": 0, "data": []}}',
    "octeth": '{"Success": true, "ErrorCode": 0, "Domains": [], "APIKeys": [], "SMTPs": [], '
    '"Webhooks": []}',
    "surenotify": "[]",
}
LISTS = {
    "Tag": {"method": "GET", "path": "/tags$"},
    "Category": {"method": "GET", "path": "/categories$"},
    "Template": {"method": "GET", "path": "/templates$"},
    "SenderDomain": {"body": "GetDomains"},
    "ApiKey": {"body": "GetAPIs"},
    "SmtpConfig": {"body": "GetSMTPs"},
    "Webhook": {"body": "GetWebhooks"},
}
OF = {
    "Tag": "nhncloud-sms",
    "Category": "nhncloud-sms",
    "Template": "nhncloud-sms",
    "SenderDomain": "octeth",
    "ApiKey": "octeth",
    "SmtpConfig": "octeth",
    "Webhook": "octeth",
}
DOMAIN = resource("SenderDomain", "mail.example.com")
KEY = resource("ApiKey", "shop", domain="mail.example.com", deliverTo={"file": "secrets/key"})


def empty(kind, **when):
    """A rule that makes the list of a kind empty."""
    text = EMPTY[OF[kind]]
    return {**LISTS[kind], "fault": "status-before", "status": 200, "text": text, **when}


def _ids(lab):
    return {address: row.remote_id for address, row in lab.state.items()}


@pytest.mark.parametrize("kind", LISTS)
def test_one_wrong_empty_list_changes_nothing(lab, kind):
    scenarios.write(lab, OF[kind])
    lab.apply()
    lab.pass_time(2 * SETTLE)
    live, rows, sent = lab.objects(), _ids(lab), len(lab.writes)
    for nth in (1, 2):
        lab.faults(empty(kind, nth=nth))
        applied = lab.try_apply()
        assert applied.failures == []
        assert applied.plan.changes == ()
    assert (lab.objects(), _ids(lab), len(lab.writes)) == (live, rows, sent)


@pytest.mark.parametrize("kind", ["ApiKey", "SmtpConfig", "Webhook"])
def test_even_one_object_that_only_its_id_tells_apart_is_no_reason_to_believe_an_empty_list(
    lab, kind
):
    scenarios.write(lab, "octeth")
    lab.apply()
    sent = len(lab.writes)
    lab.faults(empty(kind))
    plan = lab.plan()
    [(address, why)] = plan.blocked.items()
    assert (address.kind, plan.changes) == (kind, ())
    assert "--allow-empty-remote" in why
    assert lab.try_apply(destroy=True, allow_deletes=99).plan.gone == ()
    assert str(address) in lab.state
    assert not any("Add" in each for each in lab.writes[sent:])


@pytest.mark.parametrize("provider_type", ["nhncloud-sms", "octeth"])
def test_destroying_an_account_that_lists_nothing_forgets_nothing(lab, provider_type):
    scenarios.write(lab, provider_type)
    lab.apply()
    lab.pass_time(2 * SETTLE)
    before = {address for address in lab.state if "/BlockList/" not in address}
    kinds = [kind for kind, of in OF.items() if of == provider_type]
    uids = '{"header": {"isSuccessful": true}, "body": {"data": {"uids": [], "totalCount": 0}}}'
    every = {"method": "GET", "path": "/uids$", "fault": "status-before", "status": 200}
    lab.faults(*map(empty, kinds), every | {"text": uids})
    applied = lab.try_apply(destroy=True, allow_deletes=99)
    assert applied.plan.gone == ()
    assert before <= set(lab.state)
    assert any("--allow-empty-remote" in each for each in applied.failures)
    lab.faults()
    lab.destroy()
    assert lab.state == {}


def test_a_single_object_of_an_account_that_lists_nothing_is_not_forgotten_by_destroy(lab):
    lab.write(lab.provider("nhncloud-sms"), resource("Tag", "vip"))
    lab.apply()
    lab.faults(empty("Tag"))
    lab.try_apply(destroy=True, allow_deletes=9)
    assert set(lab.state) == {"nhn/Tag/vip"}
    lab.apply(destroy=True, allow_deletes=9, allow_empty_remote=True)
    assert lab.state == {}


@pytest.mark.parametrize("provider_type", ["nhncloud-sms", "octeth"])
def test_applying_twice_while_lists_lag_behind_makes_nothing_twice(lab, provider_type):
    scenarios.write(lab, provider_type)
    lab.faults(
        *(
            {**rule, "fault": "stale-list", "seconds": 20 * SETTLE}
            for kind, rule in LISTS.items()
            if OF[kind] == provider_type
        )
    )
    lab.apply()
    live = lab.objects()
    for _ in range(2):
        lab.try_apply()
        assert lab.objects() == live
        lab.pass_time(2 * SETTLE)
    lab.pass_time(20 * SETTLE)
    lab.converge()
    assert lab.objects() == live


@pytest.mark.parametrize("kind", ["Tag", "ApiKey", "SmtpConfig", "Webhook", "Category"])
def test_destroying_while_lists_lag_behind_keeps_what_they_do_not_show(lab, kind):
    scenarios.write(lab, OF[kind])
    lab.faults({**LISTS[kind], "fault": "stale-list", "seconds": 20 * SETTLE})
    lab.apply()
    lab.pass_time(2 * SETTLE)
    lab.try_apply(destroy=True, allow_deletes=99)
    assert [each for each in lab.state if f"/{kind}/" in each]
    lab.pass_time(20 * SETTLE)
    lab.destroy()
    assert lab.state == {}
    assert not lab.rows({"Tag": "tags", "Category": "categories"}.get(kind, "keys"))


def test_what_was_called_gone_and_is_listed_again_is_told_of(lab):
    lab.write(lab.provider("nhncloud-sms"), resource("Tag", "vip"), resource("Category", "c"))
    lab.apply()
    lab.pass_time(2 * SETTLE)
    lab.faults(empty("Tag"))
    lab.apply()
    assert len(lab.rows("tags")) == 2
    lab.faults()
    [told] = twins(lab.plan())
    assert "WTKA0000" in told
    assert twins(lab.drift())
    lab.resolve("nhn/Tag/vip")
    assert twins(lab.plan()) == []


def test_what_left_state_as_gone_and_is_listed_again_is_told_of(lab):
    lab.write(lab.provider("nhncloud-sms"), resource("Tag", "vip"), resource("Tag", "b"))
    lab.apply()
    lab.write(lab.provider("nhncloud-sms"), resource("Tag", "b"))
    hidden = EMPTY["nhncloud-sms"].replace('"totalCount": 0, "data": []', '"totalCount": 1, "data"')
    row = '[{"tagId": "WTKA0001", "tagName": "b"}]'
    lab.faults({**empty("Tag"), "text": hidden.replace('"data"', f'"data": {row}')})
    lab.apply(allow_deletes=9)
    assert set(lab.state) == {"nhn/Tag/b"}
    lab.faults()
    [told] = twins(lab.plan())
    assert "nhn/Tag/vip --adopt WTKA0000" in told


def test_a_key_that_shows_right_before_it_would_be_made_again_is_not_made_again(lab):
    lab.write(lab.provider("octeth"), DOMAIN, KEY)
    lab.apply()
    lab.pass_time(2 * SETTLE)
    lab.faults(empty("ApiKey", nth=[1, 2]))
    applied = lab.try_apply(allow_empty_remote=True)
    [failure] = applied.failures
    assert "is there after all (id 1)" in failure
    assert len(lab.rows("keys")) == 1
    lab.converge()


@pytest.mark.parametrize("text", ["", "null", "{}", '{"data": null}'])
@pytest.mark.parametrize("removed", [False, True])
def test_an_answer_without_content_is_no_empty_list_of_what_is_owned(lab, text, removed):
    scenarios.write(lab, "surenotify")
    lab.apply()
    rule = {"method": "GET", "fault": "status-before", "status": 200, "text": text}
    lab.faults(rule)
    applied = lab.try_apply(destroy=removed, allow_deletes=99, allow_empty_remote=True)
    assert not any(change.address.kind == "Webhook" for change in applied.plan.changes)
    assert [each for each in lab.state if "/Webhook/" in each]


@pytest.mark.parametrize("data", ["null", "{}", None])
def test_a_page_without_its_list_is_unreadable(lab, data):
    lab.write(lab.provider("nhncloud-sms"), resource("Tag", "vip"))
    lab.apply()
    text = EMPTY["nhncloud-sms"]
    text = text.replace(', "data": []', f', "data": {data}' if data else "")
    lab.faults({**empty("Tag"), "text": text})
    plan = lab.plan(allow_empty_remote=True)
    assert plan.changes == ()
    assert len(plan.blocked) == 1


def test_a_domain_that_answers_without_records_is_said_to_be_unreadable_and_not_made_again(lab):
    lab.write(lab.provider("surenotify"), resource("SenderDomain", "mail.example.com"))
    lab.apply()
    lab.faults({"method": "PUT", "fault": "status-before", "status": 200, "text": "[]"})
    sent = len(lab.writes)
    plan = lab.plan()
    assert actions(plan) == {}
    [finding] = [f for f in plan.findings if f.rule == "surenotify-domain-unreadable"]
    assert "cannot be read at this account" in finding.message
    lab.apply()
    assert not any(each.startswith("POST") for each in lab.writes[sent:])
