"""Answers that state would not take: every one is named where its change is told, and exit is 74."""

import re

import pytest

from reconciler.errors import ResponseNotDurable
from reconciler.state.database import run as state_run
from reconciler.state.database import writes


@pytest.fixture
def full(monkeypatch):
    """A state that takes intents and no answer of some operations."""

    def arm(fails):
        real = writes.respond

        def respond(transaction, op_id, response, sealed):
            if fails(op_id):
                raise OSError(27, "File too large")
            real(transaction, op_id, response, sealed)

        monkeypatch.setattr(state_run, "RETRIES", ())
        monkeypatch.setattr(writes, "respond", respond)

    return arm


def kept(text):
    return set(re.findall(r"/\S+/emergency-[^\s.]+\.json", text))


def test_every_file_is_named_in_the_line_of_its_change_and_at_the_end(project, run, full):
    full(lambda _op_id: True)
    result = run("apply", "--emulate", "--auto-approve")
    assert result.code == ResponseNotDurable.exit_code == 74
    files = {str(path) for path in (project / ".reconciler").rglob("emergency-*.json")}
    assert len(files) == 2  # the category's and the tag's, which are made at the same time
    unwrapped = re.sub(r"\s*\n\s+", " ", result.err)
    for address in ("nhn/Category/transactional", "nhn/Tag/vip"):
        [line] = [x for x in result.err.splitlines() if x.lstrip().startswith(f"✗ {address}")]
        assert len(kept(line)) == 1
        assert f"{address}: the answer to operation" in unwrapped
    assert kept(result.err) == files


def test_the_exit_code_is_74_whatever_else_failed_first(project, run, full, monkeypatch):
    full(lambda _op_id: True)

    def broken(_transaction, _settlement):
        raise OSError(27, "File too large")

    monkeypatch.setattr(writes, "settle", broken)
    result = run("apply", "--emulate", "--auto-approve", "--output", "json")
    assert result.code == 74
    assert len(kept(" ".join(result.json["error"]["details"]))) == 2


def test_the_results_are_told_beside_the_error_that_ended_the_run(project, run, full):
    lost_ids = []  # one answer is lost, whichever of two comes first

    def fails(op_id):
        lost_ids[:] = lost_ids or [op_id]
        return op_id in lost_ids

    full(fails)
    result = run("apply", "--emulate", "--auto-approve", "--output", "json")
    assert result.code == 74
    assert result.json["error"]["code"] == "response-not-durable"
    results = {each["address"]: each for each in result.json["results"]}
    assert set(results) == {"nhn/Category/transactional", "nhn/Tag/vip", "nhn/Template/welcome"}
    lost = [each for each in results.values() if each["status"] == "unknown"]
    assert [len(kept(each["error"])) for each in lost] == [1]
    assert results["nhn/Template/welcome"]["status"] == "skipped"
    assert sum(result.json["summary"].values()) == len(results) - 1 - len(lost)


def test_the_next_run_takes_the_answers_over(project, run, full, monkeypatch):
    with monkeypatch.context():
        full(lambda _op_id: True)
        assert run("apply", "--emulate", "--auto-approve").code == 74
    monkeypatch.undo()
    monkeypatch.chdir(project)
    again = run("apply", "--emulate", "--auto-approve")
    assert again.code == 0, again.err
    assert "No changes." in run("plan", "--emulate").out
    assert list((project / ".reconciler").rglob("emergency-*.json")) == []
    assert len(run("state", "list", "--emulate", "--output", "json").json["objects"]) == 3
