"""What no manifest mentions of an object that is made anew: wherever a run dies, it is kept."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from reconciler.providers.nhncloud_sms.templates import LOST
from tests.support.project import resource

NUMBERS = ["01012345678", "01012345679"]
PICTURE = "/9j/4AAQ"
CATEGORIES = (resource("Category", "a"), resource("Category", "b"))
TAGS = (resource("Tag", "x"), resource("Tag", "y"))


def contact(*tags, **more):
    return resource("Contact", "c", tags=list(tags), **more)


def template(category, **more):
    fixed = {"sender": "15446859", "type": "mms", "title": "T", "body": "x"}
    return resource("Template", "t", category=category, **fixed, **more)


def with_contact(make_lab, **more):
    """A contact that got phone numbers by hand and is to lose a tag."""
    lab = make_lab(**more)
    lab.write(lab.provider("nhncloud-sms"), *TAGS, contact("x", "y"))
    lab.apply()
    for number in NUMBERS:
        lab.call("nhn", "POST", "/uids/c/phone-numbers", json={"phoneNumber": number})
    lab.pass_time(99)
    lab.write(lab.provider("nhncloud-sms"), *TAGS, contact("x"))
    return lab


def with_template(make_lab, **more):
    """A template that was changed by hand and is to get into another category."""
    lab = make_lab(**more)
    lab.write(lab.provider("nhncloud-sms"), *CATEGORIES, template("a"))
    lab.apply()
    upload = {"fileName": "hand.jpg", "createUser": "me", "fileBody": PICTURE}
    answer = lab.call("nhn", "POST", "/attachfile/binaryUpload", json=upload)
    by_hand = {
        "templateName": "by hand",
        "templateDesc": "by hand",
        "sendNo": "15446859",
        "sendType": "1",
        "title": "T",
        "body": "x",
        "useYn": "N",
        "attachFileIdList": [answer["body"]["data"]["fileId"]],
    }
    lab.call("nhn", "PUT", "/templates/t", json=by_hand)
    lab.pass_time(99)
    lab.write(lab.provider("nhncloud-sms"), *CATEGORIES, template("b"))
    return lab


CASES = {
    "a tag is taken off": (with_contact, "DELETE", r"/uids/c$", "POST", r"/uids$"),
    "another category": (with_template, "DELETE", r"/templates/t$", "POST", r"/templates$"),
}


def kept(lab):
    """What was set by hand, as it is live."""
    contacts = [sorted(row["contacts"]) for row in lab.rows("uids")]
    templates = [
        (row["templateName"], row["templateDesc"], row["useYn"], len(row["fileIds"]))
        for row in lab.rows("templates")
    ]
    return contacts or templates


def remembered(lab):
    """What state or journal still know of values set by hand."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(lab.store.image().database)
        lines = list(db.iterdump())
    return [line for line in lines if NUMBERS[0] in line or "by hand" in line]


@pytest.mark.parametrize("case", CASES)
def test_wherever_a_run_dies_what_was_set_by_hand_is_kept(make_lab, case):
    lab = CASES[case][0](make_lab)
    wanted = kept(lab)
    assert wanted
    moments = lab.film(lambda: lab.apply(allow_deletes=99))
    assert kept(lab) == wanted
    for moment in moments:
        restarted = lab.after_crash(moment)
        restarted.converge(runs=2)
        assert kept(restarted) == wanted, moment.name
        assert not remembered(restarted), moment.name


@pytest.mark.parametrize("kind", ["drop-before", "drop-after", "status-before"])
@pytest.mark.parametrize("half", ["removing", "making"])
@pytest.mark.parametrize("case", CASES)
def test_whatever_answers_are_lost_what_was_set_by_hand_is_kept(make_lab, case, half, kind):
    make, *halves = CASES[case]
    lab = make(make_lab)
    wanted = kept(lab)
    method, path = halves[:2] if half == "removing" else halves[2:]
    fault = {"fault": kind, "method": method, "path": path}
    lab.faults(fault | ({"status": 500, "text": "no"} if kind == "status-before" else {}))
    lab.try_apply(allow_deletes=99)
    assert lab.fired[0]
    lab.faults()
    lab.converge(runs=2, decisions=1)
    assert kept(lab) == wanted


def interrupted(make_lab, case):
    """A project whose run has got no further than the removal."""
    make, *_, method, path = CASES[case]
    lab = make(make_lab)
    lab.faults({"method": method, "path": path, "fault": "drop-before"})
    lab.try_apply(allow_deletes=99)
    lab.faults()
    return lab


def test_the_plan_names_what_is_given_back_and_shows_no_number(make_lab):
    said = "an interrupted run removed it to make it again: as it was then, "
    [change] = interrupted(make_lab, "a tag is taken off").apply().plan.changes
    assert change.notes == (said + "phoneNumbers",)
    [change] = interrupted(make_lab, "another category").apply().plan.changes
    assert change.notes == (said + "description, displayName, enabled",)


def test_a_field_that_manifests_come_to_mention_meanwhile_is_as_they_say(make_lab):
    lab = interrupted(make_lab, "another category")
    manifest = template("b", description="ours", attachments=[])
    lab.write(lab.provider("nhncloud-sms"), *CATEGORIES, manifest)
    lab.converge(runs=2)
    assert kept(lab) == [("by hand", "ours", "N", 0)]
    lab = interrupted(make_lab, "a tag is taken off")
    manifest = contact("x", phoneNumbers=["01099999999"])
    lab.write(lab.provider("nhncloud-sms"), *TAGS, manifest)
    lab.converge(runs=2)
    assert kept(lab) == [["01099999999"]]


@pytest.mark.parametrize("case", CASES)
def test_a_removal_that_never_arrived_leaves_nothing_that_comes_back_later(make_lab, case):
    make, method, path, *_ = CASES[case]
    lab = make(make_lab)
    lab.faults({"method": method, "path": path, "fault": "drop-before"})
    lab.try_apply(allow_deletes=99)
    lab.faults()
    assert lab.rows("uids") or lab.rows("templates")
    same = contact("x", "y") if "tag" in case else template("a")
    lab.write(lab.provider("nhncloud-sms"), *TAGS, *CATEGORIES, same)
    lab.converge(runs=2)
    lab.call("nhn", "DELETE", "/uids/c" if "tag" in case else "/templates/t")
    lab.pass_time(99)
    lab.converge()
    assert kept(lab) in ([[]], [("t", "", "Y", 0)])


def test_all_of_a_kind_gone_between_removing_and_making_is_no_outage(make_lab):
    lab = make_lab()
    names = ["c", "d", "e"]
    before = [resource("Contact", name, tags=["x", "y"]) for name in names]
    lab.write(lab.provider("nhncloud-sms"), *TAGS, *before)
    lab.apply()
    for name in names:
        lab.call("nhn", "POST", f"/uids/{name}/phone-numbers", json={"phoneNumber": NUMBERS[0]})
    lab.pass_time(99)
    after = [resource("Contact", name, tags=["x"]) for name in names]
    lab.write(lab.provider("nhncloud-sms"), *TAGS, *after)
    lab.faults({"method": "POST", "path": "/uids$", "fault": "drop-before"})
    lab.try_apply()
    lab.faults()
    assert not lab.rows("uids")
    lab.converge(runs=2)
    assert kept(lab) == [[NUMBERS[0]]] * 3


def test_files_that_went_with_the_old_template_are_told_of(make_lab):
    lab = with_template(make_lab)
    [change] = lab.plan().changes
    assert "its attachments (hand.jpg), which no manifest mentions" in change.notes[0]
    header = {"isSuccessful": False, "resultCode": -2004, "resultMessage": "no such file"}
    refusal = {"fault": "status-before", "status": 200, "text": json.dumps({"header": header})}
    lab.faults({"body": "attachFileIdList", "path": "/templates$", **refusal})
    [result] = lab.apply(allow_deletes=99).report.results
    assert result.notes == (LOST.format("hand.jpg"),)
    assert kept(lab) == [("by hand", "by hand", "N", 0)]
    lab.converge()


def test_what_is_missing_and_twice_not_made_is_not_reported_as_done(make_lab):
    lab = make_lab()
    lab.write(lab.provider("nhncloud-sms"), *TAGS)
    lab.apply()
    lab.call("nhn", "DELETE", "/tags/<Tag/x>")
    lab.pass_time(99)
    lab.faults({"method": "POST", "path": "/tags$", "fault": "drop-before"})
    assert lab.try_apply().failures
    lab.faults()
    lab.converge(runs=2)
    assert len(lab.rows("tags")) == 2
