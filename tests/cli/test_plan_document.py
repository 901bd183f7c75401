"""The document of a plan tells whole objects, for policies and for whoever reviews it."""

import re

from reconciler import VERSION


def planned(run):
    document = run("plan", "--emulate", "--output", "json").json
    return document, {change["address"]: change for change in document["changes"]}


def test_a_plan_says_when_it_was_made_by_what_and_what_judged_it(run, project):
    document, _ = planned(run)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", document["createdAt"])
    assert document["tool"] == VERSION
    assert document["policies"] == {"checked": 0, "violated": 0}


def test_what_is_created_has_all_its_fields_after_and_names_what_is_not_known_yet(run, project):
    welcome = planned(run)[1]["nhn/Template/welcome"]
    assert welcome["before"] is None
    assert welcome["after"]["sender"] == "15446859"
    assert welcome["after"]["category"] == "transactional"
    assert welcome["unknown"] == ["category"]
    assert welcome["key"] == "welcome"
    assert welcome["labels"] == {"team": "growth"}
    assert welcome["protected"] is False


def test_what_is_updated_has_the_fields_that_stay_on_both_sides(run, applied, edit):
    edit("Welcome to the shop.", "Welcome to another shop.")
    welcome = planned(run)[1]["nhn/Template/welcome"]
    assert [field["path"] for field in welcome["fields"]] == ["body"]
    assert welcome["before"]["body"].endswith("to the shop.")
    assert welcome["after"]["body"].endswith("to another shop.")
    assert welcome["before"] | {"body": ""} == welcome["after"] | {"body": ""}
    assert welcome["after"]["category"] == "transactional"
    assert welcome["unknown"] == []


def test_what_is_deleted_has_nothing_after_and_the_labels_that_it_had(run, applied, edit):
    text = (applied / "nhn.yaml").read_text()
    start, end = text.index("kind: Template"), text.index("kind: Tag")
    kept = text[:start] + text[end:]
    (applied / "nhn.yaml").write_text(kept)
    welcome = planned(run)[1]["nhn/Template/welcome"]
    assert welcome["action"] == "delete"
    assert welcome["after"] is None
    assert welcome["before"]["sender"] == "15446859"
    assert welcome["labels"] == {"team": "growth"}


def test_an_apply_names_its_plan_and_where_that_was_written(run, project):
    digest = planned(run)[0]["changesDigest"]
    words = ("apply", "--emulate", "--auto-approve", "--output", "json")
    assert run(*words, "--expect", digest).json["plan"] == {"digest": digest, "from": "expect"}
    assert run(*words).json["plan"]["from"] == "fresh"
