"""`apply --expect`: what was approved is what is applied, or nothing."""

import pytest

from reconciler.model.changes_digest import read_digest


def digest(run, *words):
    return run("plan", "--emulate", "--output", "json", *words).json["changesDigest"]


@pytest.mark.parametrize("form", [str, lambda text: text.removeprefix("sha256:")[:12], str.upper])
def test_the_approved_plan_is_applied(run, project, form):
    result = run("apply", "--emulate", "--auto-approve", "--expect", form(digest(run)))
    assert result.code == 0, result.err
    assert "3 created" in result.out


def test_another_plan_is_refused_whole(run, project, edit):
    approved = digest(run)
    edit("Welcome to the shop.", "Welcome to another shop.")
    result = run("apply", "--emulate", "--auto-approve", "--expect", approved, "--output", "json")
    assert result.code == 1
    assert result.json["error"]["code"] == "changes-differ"
    assert "nhn/Template/welcome: create" in result.json["error"]["details"]
    assert run("state", "list", "--emulate").out == "State owns nothing.\n"


def test_an_approved_plan_that_was_applied_is_another_one(run, applied):
    result = run("apply", "--auto-approve", "--expect", "0" * 12)
    assert result.code == 1
    assert "this plan changes nothing" in result.err


def test_what_tells_nothing_of_the_changes_does_not_move_the_digest(run, project, edit):
    before = digest(run)
    edit("spec: {description: Receipts}", "# a comment\nspec: {description: Receipts}")
    assert digest(run) == before
    edit("description: Receipts", "description: Codes")
    assert digest(run) != before


@pytest.mark.parametrize("wrong", ["", "3f9c", "x" * 12, "sha256:12", "md5:" + "0" * 12])
def test_what_is_no_digest_is_a_wrong_command_line(run, project, wrong):
    result = run("apply", "--emulate", "--auto-approve", "--expect", wrong)
    assert result.code == 64
    assert "is no digest of a plan" in result.err


def test_digits_are_read_with_and_without_their_name():
    assert read_digest(" SHA256:" + "AB" * 32 + "\n") == "ab" * 32
