"""Lists that fail, lie or lag: nothing is concluded from what was not read whole."""

from __future__ import annotations

import pytest

from tests.faults import scenarios
from tests.faults.lab import SETTLE, twins
from tests.faults.scenarios import TYPES
from tests.support.project import Project, actions, change_of, fields, provider, resource

READS = {
    "engagelab-sms": [{"method": "GET"}],
    "nhncloud-sms": [{"method": "GET"}],
    "octeth": [{"body": "EmailGateway.Get"}],
    "surenotify": [{"method": "GET"}, {"method": "PUT"}],
}
BROKEN = {
    "HTML": {"fault": "html"},
    "cut": {"fault": "truncate"},
    "cut off": {"fault": "truncate", "cut": "connection"},
    "nothing valid": {"fault": "status-before", "status": 200, "text": '{"a": '},
    "no envelope": {"fault": "status-before", "status": 200, "text": '{"rows": []}'},
    "500": {"fault": "status-before", "status": 500},
    "403": {"fault": "status-before", "status": 403, "text": '{"message": "Forbidden"}'},
    "dropped": {"fault": "drop-before"},
    "silence": {"fault": "hang"},
    "redirect": {"fault": "redirect"},
}


USUAL = ("nothing valid", "500", "cut off", "silence")


def slow(value):
    return pytest.param(value, marks=pytest.mark.slow)


def _break(lab, provider_type, rule):
    lab.faults(*({"provider": provider_type, **each, **rule} for each in READS[provider_type]))


@pytest.mark.parametrize("broken", [each if each in USUAL else slow(each) for each in BROKEN])
@pytest.mark.parametrize("provider_type", TYPES)
def test_a_list_that_cannot_be_read_is_no_empty_list(lab, provider_type, broken):
    scenarios.write(lab, provider_type)
    lab.apply()
    live = lab.objects()
    sent = len(lab.writes)
    _break(lab, provider_type, BROKEN[broken])
    plan = lab.plan()
    assert plan.changes == ()
    assert len(plan.blocked) == len(lab.state)
    scenarios.write(lab, provider_type, 0)  # absence would mean: all of it is gone already
    plan = lab.plan()
    assert plan.changes == plan.gone == ()
    assert len(plan.blocked) == len(lab.state)
    applied = lab.try_apply(allow_deletes=99)
    assert len(applied.failures) == len(lab.state)
    assert len(lab.writes) == sent
    assert lab.objects() == live


@pytest.mark.parametrize("broken", USUAL)
@pytest.mark.parametrize("provider_type", TYPES)
def test_nothing_is_created_while_it_cannot_be_seen_what_there_is(lab, provider_type, broken):
    scenarios.write(lab, provider_type)
    if provider_type == "surenotify":  # its domains are in no list; state alone knows of them
        documents = scenarios.surenotify(lab, 1)
        lab.write(*(each for each in documents if each["kind"] != "SenderDomain"))
    _break(lab, provider_type, BROKEN[broken])
    applied = lab.try_apply()
    assert applied.plan.changes == ()
    assert applied.failures
    assert lab.writes == []


def _tags(lab, count):
    """Make so many tags that a list of them takes several pages."""
    table = lab.app.state.store.table("nhncloud-sms/emulated-nhn-appKey/tags")
    for number in range(count):
        key = f"SEED{number:05d}"
        table[key] = {"tagId": key, "tagName": f"s{number}", "createdDate": "", "updatedDate": ""}


@pytest.mark.parametrize("page", [1, 2, 3])
@pytest.mark.parametrize("fault", ["status-before", "truncate"])
def test_one_page_that_fails_makes_the_whole_list_unknown(lab, page, fault):
    _make_pages(lab)
    lab.faults({"method": "GET", "path": "/tags$", "query": f"pageNum={page}(&|$)", "fault": fault})
    plan = lab.plan()
    assert actions(plan) == {}
    assert {str(address) for address in plan.blocked} == {"nhn/Tag/new", "nhn/Tag/old"}
    lab.try_apply(allow_deletes=9)
    assert lab.writes == []
    lab.faults()
    assert actions(lab.plan()) == {"nhn/Tag/new": "create", "nhn/Tag/old": "delete"}


def _make_pages(lab):
    """One tag to create, one to delete, and three pages of others."""
    lab.write(lab.provider("nhncloud-sms"), resource("Tag", "old"))
    _tags(lab, 1500)
    lab.apply()
    table = lab.app.state.store.table("nhncloud-sms/emulated-nhn-appKey/tags")
    for number in range(1500, 2500):
        key = f"SEED{number:05d}"
        table[key] = {"tagId": key, "tagName": f"s{number}", "createdDate": "", "updatedDate": ""}
    lab.write(lab.provider("nhncloud-sms"), resource("Tag", "new"))
    lab.requests.clear()


@pytest.mark.parametrize("rows", [1, -1, 500])
def test_a_list_that_moves_while_it_is_read_is_read_again(lab, rows):
    _make_pages(lab)
    lab.faults({"method": "GET", "path": "/tags$", "nth": 2, "fault": "page-shift", "rows": rows})
    plan = lab.plan()
    assert actions(plan) == {"nhn/Tag/new": "create", "nhn/Tag/old": "delete"}
    assert len(lab.requests) > 3 + 1


@pytest.mark.parametrize("rows", [1, 500])
def test_a_list_that_never_adds_up_is_not_believed(lab, rows):
    _make_pages(lab)
    lab.faults({"method": "GET", "path": "/tags$", "fault": "page-shift", "rows": rows})
    applied = lab.try_apply(allow_deletes=9)
    assert applied.plan.changes == ()
    assert len(applied.failures) == 2
    assert all("did not add up" in each for each in applied.failures)
    assert lab.writes == []


NOTHING = {
    "engagelab-sms": "[]",
    "nhncloud-sms": '{"header": {"isSuccessful": true, "resultCode": 0, "resultMessage": ""}, '
    '"body": {"pageNum": 1, "pageSize": 1000, "totalCount": 0, "data": []}}',
    "octeth": '{"Success": true, "ErrorCode": 0, "Domains": []}',
    "surenotify": "[]",
}
KINDS = {
    "engagelab-sms": lambda n: resource("Signature", f"s{n}"),
    "nhncloud-sms": lambda n: resource("Tag", f"t{n}"),
    "octeth": lambda n: resource("SenderDomain", f"d{n}.example"),
    "surenotify": lambda n: resource(
        "Webhook",
        f"w{n}",
        channel="email",
        events=[("delivery", "open", "click", "bounce", "complaint")[n]],
        url="https://a.example/",
    ),
}


@pytest.mark.parametrize("wanted", [True, False], ids=["still-wanted", "removed"])
@pytest.mark.parametrize("provider_type", TYPES)
def test_an_empty_list_where_state_owns_many_is_an_outage(lab, provider_type, wanted):
    count = 5 if provider_type == "surenotify" else 20
    documents = [KINDS[provider_type](number) for number in range(count)]
    lab.write(lab.provider(provider_type), *documents)
    lab.apply()
    lab.write(lab.provider(provider_type), *(documents if wanted else ()))
    lab.pass_time(2 * SETTLE)
    sent = len(lab.writes)
    _break(
        lab,
        provider_type,
        {"fault": "status-before", "status": 200, "text": NOTHING[provider_type]},
    )
    applied = lab.try_apply(allow_deletes=99)
    assert applied.plan.changes == applied.plan.gone == ()
    assert len(applied.failures) == count
    assert all("--allow-empty-remote" in each for each in applied.failures)
    assert len(lab.writes) == sent
    assert len(lab.state) == count
    believed = lab.plan(allow_empty_remote=True)
    assert len(believed.changes if wanted else believed.gone) == count


@pytest.mark.parametrize("delay", [0, 10, 20, 29, 30, 31, 40, 60])
@pytest.mark.parametrize("marked", [False, True])
def test_what_becomes_visible_late_is_found_or_told_of_and_never_silently_twice(
    make_lab, delay, marked
):
    if marked:
        lab = make_lab(readings={"octeth": {"key-description": "shown"}})
        before = [lab.provider("octeth"), resource("SenderDomain", "mail.example.com")]
        lab.write(*before)
        lab.apply()
        sink = {"file": "secrets/key"}
        lab.write(*before, resource("ApiKey", "k", domain="mail.example.com", deliverTo=sink))
        create, table = {"body": "AddAPI"}, "keys"
        lists = {"body": "GetAPIs"}
    else:
        lab = make_lab()
        lab.write(lab.provider("nhncloud-sms"), resource("Tag", "vip"))
        create, table = {"method": "POST", "path": "/tags$"}, "tags"
        lists = {"method": "GET", "path": "/tags$"}
    stale = [{**lists, "fault": "stale-list", "seconds": delay}] if delay else []
    lab.faults({**create, "nth": 1, "fault": "drop-after"}, *stale)
    applied = lab.try_apply()
    assert applied.failures == []
    found_in_time = delay <= SETTLE
    assert len(lab.rows(table)) == (1 if found_in_time else 2)
    lab.pass_time(2 * SETTLE)
    told = twins(lab.plan())
    assert bool(told) is not found_in_time
    lab.apply()
    assert len(lab.rows(table)) == (1 if found_in_time or marked else 2)
    assert bool(twins(lab.plan())) is (not found_in_time and not marked)
    if marked:
        assert lab.sinks()["key"].decode() == lab.rows("keys")[0]["key"]


@pytest.mark.parametrize("delay", [5, 20])
@pytest.mark.parametrize("removed", [False, True])
def test_what_was_just_created_and_is_not_listed_yet_is_waited_for_and_not_made_again(
    lab, delay, removed
):
    lab.write(lab.provider("nhncloud-sms"), resource("Tag", "vip"))
    lab.faults({"method": "GET", "path": "/tags$", "fault": "stale-list", "seconds": delay})
    lab.apply()
    if removed:
        lab.write(lab.provider("nhncloud-sms"))
    assert not lab.drift().drifted
    plan = lab.plan()
    assert plan.gone == ()
    assert dict(plan.blocked) == {}
    assert actions(plan) == ({"nhn/Tag/vip": "delete"} if removed else {})
    lab.apply()
    assert len(lab.rows("tags")) == len(lab.state) == (0 if removed else 1)
    lab.converge()


def _slow(lab, path, seconds=20):
    lab.faults({"method": "GET", "path": path, "fault": "stale-list", "seconds": seconds})


MANY = {
    "tags": ("/tags$", lambda n: resource("Tag", f"t{n}")),
    "categories": ("/categories$", lambda n: resource("Category", f"c{n}")),
    "templates": (
        "/templates$",
        lambda n: resource(
            "Template", f"t{n}", category="c", sender="15446859", type="sms", body="x"
        ),
    ),
}


@pytest.mark.parametrize("removed", [False, True])
@pytest.mark.parametrize("kind", MANY)
def test_many_that_were_just_created_and_are_not_listed_yet_are_no_outage(lab, kind, removed):
    path, make = MANY[kind]
    others = [resource("Category", "c")] if kind == "templates" else []
    lab.write(lab.provider("nhncloud-sms"), *others, *(make(n) for n in range(4)))
    _slow(lab, path)
    lab.apply()
    if removed:
        lab.write(lab.provider("nhncloud-sms"), *others)
    plan = lab.plan()
    assert (dict(plan.blocked), plan.gone) == ({}, ())
    assert list(actions(plan).values()) == (["delete"] * 4 if removed else [])


def test_what_was_made_right_before_a_crash_is_waited_for_by_a_plan_too(lab):
    lab.write(lab.provider("nhncloud-sms"), resource("Tag", "vip"))
    moments = iter(lab.film(lab.apply))
    next(each for each in moments if "request:after" in each.name)
    crashed = lab.after_crash(next(moments))  # the answer is in the journal, and no row in state
    assert crashed.state == {}
    _slow(crashed, "/tags$")
    assert actions(crashed.plan()) == {}
    crashed.write(lab.provider("nhncloud-sms"))
    plan = crashed.plan()
    assert (actions(plan), plan.gone) == ({"nhn/Tag/vip": "delete"}, ())


def test_what_lists_nothing_for_a_whole_settle_window_is_an_outage_though_all_is_new(lab):
    lab.write(lab.provider("nhncloud-sms"), *(resource("Tag", f"t{n}") for n in range(4)))
    _slow(lab, "/tags$", 10 * SETTLE)
    lab.apply()
    before = lab.elapsed
    plan = lab.plan()
    assert plan.changes == ()
    assert all("--allow-empty-remote" in why for why in plan.blocked.values())
    assert len(plan.blocked) == 4
    assert SETTLE <= lab.elapsed - before < 2 * SETTLE


def test_where_the_highest_category_is_listed_the_others_are_really_gone(lab):
    lab.write(lab.provider("nhncloud-sms"), *(resource("Category", f"c{n}") for n in range(4)))
    lab.apply()
    for number in range(4):
        lab.call("nhn", "DELETE", f"/categories/<Category/c{number}>")
    lab.pass_time(2 * SETTLE)
    plan = lab.plan()
    assert dict(plan.blocked) == {}
    assert set(actions(plan).values()) == {"create"}


def _contact(*tags):
    return resource("Contact", "c", tags=[*tags], phoneNumbers=["01011112222"])


@pytest.mark.parametrize("removed", [False, True])
def test_a_uid_that_was_removed_and_added_again_is_waited_for_like_a_new_one(lab, removed):
    before = [lab.provider("nhncloud-sms"), resource("Tag", "a"), resource("Tag", "b")]
    lab.write(*before, _contact("a", "b"))
    lab.apply()
    lab.pass_time(2 * SETTLE)
    lab.write(*before, _contact("a"))
    _slow(lab, "/uids$")
    lab.apply()
    if removed:
        lab.write(*before)
    assert not lab.drift().drifted
    lab.store.begin("touch").__exit__(None, None, None)
    plan = lab.plan()
    assert plan.gone == ()
    assert dict(plan.blocked) == {}
    assert actions(plan) == ({"nhn/Contact/c": "delete"} if removed else {})
    lab.apply(allow_deletes=9)
    assert len(lab.rows("uids")) == (0 if removed else 1)


BLOCKED = "/blockservice/recipients$"


def _block_list(*numbers, **spec):
    return resource(
        "BlockList", "bl", unsubscribeNumber="0801234567", recipients=[*numbers], **spec
    )


def _on_the_list(lab):
    kept = [rows for name, rows in lab.objects().items() if "block" in name]
    return [str(number)[1:] for rows in kept for number in rows]  # kept behind a 1


@pytest.mark.parametrize("mode", ["additive", "exclusive"])
@pytest.mark.parametrize("destroy", [False, True])
def test_numbers_that_were_just_blocked_and_are_not_listed_yet_are_taken_off_again(
    lab, mode, destroy
):
    provider = lab.provider("nhncloud-sms")
    _slow(lab, BLOCKED)
    lab.write(provider, _block_list("01099990001", "01099990002", mode=mode))
    lab.apply()
    lab.write(provider, _block_list("01099990002", "01099990003", mode=mode))
    lab.apply(allow_deletes=9)
    assert _on_the_list(lab) == ["01099990002", "01099990003"]
    assert not lab.drift().drifted
    lab.write(provider, *([] if destroy else [_block_list(mode=mode)]))
    lab.apply(destroy=destroy, allow_deletes=9)
    assert _on_the_list(lab) == []


def test_numbers_that_were_just_blocked_and_are_not_listed_yet_are_not_blocked_again(lab):
    lab.write(lab.provider("nhncloud-sms"), _block_list("01099990001", "01099990002"))
    _slow(lab, BLOCKED)
    lab.apply()
    assert not lab.drift().drifted
    before = lab.elapsed
    lab.converge()
    assert len(lab.writes) == 1
    assert lab.elapsed == before


@pytest.mark.parametrize("reading", ["ok", "error"])
@pytest.mark.parametrize("left", [None, ["01099990003"], ["01099990002"]])
def test_numbers_that_do_not_even_show_after_the_settle_window_are_still_taken_off(
    make_lab, reading, left
):
    lab = make_lab(readings={"nhncloud-sms": {"remove-missing": reading}})
    provider = lab.provider("nhncloud-sms")
    lab.write(provider, _block_list("01099990001", "01099990002"))
    _slow(lab, BLOCKED, 10 * SETTLE)
    lab.apply()
    lab.write(provider, *([_block_list(*left)] if left else []))
    lab.apply()
    assert _on_the_list(lab) == (left or [])


def test_a_number_that_somebody_took_off_is_not_waited_for_once_it_is_old(lab):
    hour = 3600
    lab.write(lab.provider("nhncloud-sms"), _block_list("01099990001", "01099990002"))
    lab.apply()
    query = "unsubscribeNo=0801234567&updateUser=x&recipientNoList=01099990001"
    lab.call("nhn", "DELETE", f"/blockservice/recipients/removes?{query}")
    lab.pass_time(2 * hour)
    before = lab.elapsed
    [change] = lab.plan().changes
    assert list(change.members.add) == ["01099990001"]
    lab.write(lab.provider("nhncloud-sms"))
    [change] = lab.plan().changes
    assert list(change.members.remove) == ["01099990002"]
    assert lab.elapsed - before < SETTLE


def test_a_rotated_key_that_is_not_listed_yet_is_not_made_again(make_lab):
    lab = make_lab(readings={"octeth": {"key-list": "masked"}})
    domain = resource("SenderDomain", "mail.example.com")
    key = {"domain": "mail.example.com", "deliverTo": {"file": "secrets/key"}}
    lab.write(lab.provider("octeth"), domain, resource("ApiKey", "k", **key))
    lab.apply()
    lab.pass_time(2 * SETTLE)
    lab.write(lab.provider("octeth"), domain, resource("ApiKey", "k", rotation="2", **key))
    lab.faults({"body": "GetAPIs", "fault": "stale-list", "seconds": 20})
    lab.apply()
    lab.try_apply()
    assert len(lab.rows("keys")) == 1
    lab.pass_time(20)
    lab.converge()


@pytest.mark.parametrize("skew", [0, 86_400, -86_400])
def test_what_is_still_missing_after_its_time_is_missing(lab, world, skew):
    lab.write(lab.provider("nhncloud-sms"), resource("Tag", "vip"))
    lab.apply()
    lab.call("nhn", "DELETE", "/tags/<Tag/vip>")
    world.skew = skew  # a clock that went wrong holds nothing up
    assert dict(lab.plan().blocked) == {}
    assert lab.drift().drifted
    assert actions(lab.plan()) == {"nhn/Tag/vip": "create"}


def test_events_of_a_webhook_that_are_not_listed_yet_are_not_made_again(lab):
    documents = scenarios.octeth(lab, 1)
    lab.write(*documents)
    lab.apply()
    lab.pass_time(2 * SETTLE)
    hook = next(each for each in documents if each["kind"] == "Webhook")
    hook["spec"]["events"].append("click")
    lab.write(*documents)
    lab.faults({"body": "GetWebhooks", "fault": "stale-list", "seconds": 20})
    lab.apply()
    lab.try_apply()
    assert len(lab.rows("webhooks")) == 4
    lab.pass_time(20)
    lab.converge()


def test_that_a_list_may_be_empty_is_no_change_of_it(tmp_path):
    def write(**spec):
        number = {"unsubscribeNumber": "0801234567"}
        project.write(provider("nhncloud-sms"), resource("BlockList", "b", **number, **spec))

    project = Project(tmp_path)
    write(recipients=["01012345678"], allowEmpty=True)
    change = change_of(project.plan(), "nhn/BlockList/b")
    assert "allowEmpty" not in fields(change)
    project.apply()
    assert "allowEmpty" not in project.store.objects()[change.address].applied
    write(recipients=["01012345678"])
    assert project.plan().changes == ()
    write(recipients=["01012345678"], allowEmpty=False)
    assert project.plan().changes == ()
    assert not project.drift().drifted
