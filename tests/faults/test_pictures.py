"""Pictures of templates whose content no API tells: compared by what the list shows."""

from __future__ import annotations

import pytest

from reconciler.model.change import Adopt
from reconciler.state.open import open_store
from tests.support.project import resource

CATEGORY = resource("Category", "a")
MMS = {"sender": "15446859", "type": "mms", "title": "T", "body": "x"}


def template(*pictures):
    return resource("Template", "t", category="a", **MMS, attachments=list(pictures))


@pytest.fixture
def lost(lab):
    """A laboratory whose state is lost; its template has one picture."""
    folder = lab.root / "img"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg"):
        (folder / name).write_bytes(b"\xff\xd8" + name.encode())
    lab.write(lab.provider("nhncloud-sms"), CATEGORY, template("img/a.jpg"))
    lab.apply()
    lab.store.close()
    lab.store = open_store("memory:", root=lab.root, create=True)
    lab.requests.clear()
    return lab


def test_a_template_with_pictures_of_these_names_is_adopted_without_a_write(lost):
    plan = lost.plan(adopt=True)
    [change] = [each for each in plan.changes if str(each.address) == "nhn/Template/t"]
    assert isinstance(change, Adopt)
    assert change.fields == ()
    lost.apply(adopt=True)
    assert lost.writes == []
    assert lost.plan().changes == ()
    assert lost.drift().drift == ()


def test_once_adopted_a_picture_that_is_exchanged_by_hand_is_drift(lost):
    lost.apply(adopt=True)
    upload = {"fileName": "a.jpg", "createUser": "me", "fileBody": "/9j/4AAQ"}
    file = lost.call("nhn", "POST", "/attachfile/binaryUpload", json=upload)["body"]["data"]
    by_hand = {
        "templateName": "t",
        "sendNo": "15446859",
        "sendType": "1",
        "title": "T",
        "body": "x",
        "useYn": "Y",
        "attachFileIdList": [file["fileId"]],
    }
    lost.call("nhn", "PUT", "/templates/t", json=by_hand)
    [drift] = lost.drift().drift
    assert [field.path for field in drift.fields] == ["attachments"]


def test_other_names_are_a_difference_that_the_plan_shows(lost):
    lost.write(lost.provider("nhncloud-sms"), CATEGORY, template("img/a.jpg", "img/b.jpg"))
    plan = lost.plan(adopt=True)
    [change] = [each for each in plan.changes if str(each.address) == "nhn/Template/t"]
    [field] = change.fields
    assert (field.before, field.after) == (["img/a.jpg"], ["img/a.jpg", "img/b.jpg"])
    assert field.cause == "manifest"
    lost.apply(adopt=True)
    assert lost.plan().changes == ()
