"""Reviews as people and programs see them: waiting, rejected, approved."""

import pytest

from tests.support.manifests import ENGAGELAB
from tests.support.project import Project

SHOP = "el/Signature/shop"
SHIPPED = "el/Template/shipped"


@pytest.fixture
def console(project):
    """Do what people do in the console of the emulator that `--emulate` keeps."""

    def act(method, path, body=None):
        folder = project / ".reconciler" / "emulated"
        emulator = Project(project, state=str(folder / "state.db"), data=folder / "emulator.db")
        emulator.call("el", method, f"/__emulator__/{path}", json=body)
        emulator.app.state.close()
        emulator.store.close()

    return act


@pytest.fixture
def manual(project, run, monkeypatch, console):
    """A project whose signature is in review."""
    monkeypatch.setenv("RECONCILER_EMULATE", "1")
    (project / "nhn.yaml").write_text(ENGAGELAB)
    run("plan")
    console("PUT", "review", {"mode": "manual"})
    return project


@pytest.mark.usefixtures("manual")
def test_what_waits_is_no_failure_and_the_next_run_takes_it_up(run, console):
    planned = run("plan", "--output", "json").json["changes"][1]
    assert planned["notes"] == [f"is sent once {SHOP} is approved"]
    applied = run("apply", "--auto-approve", "--output", "json")
    assert applied.code == 0
    shop, shipped = applied.json["results"]
    assert (shop["status"], shipped["status"]) == ("done", "waiting")
    assert shipped["error"] == f"it refers to {SHOP}, which is in review"
    assert applied.json["summary"]["create"] == 1
    (change,) = run("plan", "--output", "json").json["changes"]
    assert change["waiting"] == shipped["error"]
    told = run("plan").out
    assert "waiting: it refers to el/Signature/shop, which is in review" in told
    assert "1 to create, 0 to update, 0 to replace, 0 to delete, 1 unchanged; 1 waiting." in told
    again = run("apply", "--auto-approve")
    assert again.code == 0
    assert "Done: 0 created" in again.out
    assert "1 waiting" in again.out
    console("POST", "approve")
    assert run("apply", "--auto-approve", "--output", "json").json["summary"]["create"] == 1


@pytest.mark.usefixtures("manual")
def test_the_status_of_a_review_is_shown_wherever_the_object_is(run, console):
    run("apply", "--auto-approve")
    (finding,) = run("plan", "--output", "json").json["findings"]
    assert (finding["severity"], finding["rule"]) == ("info", "review-pending")
    assert run("drift").code == 0
    console("POST", "reject", {"remark": "no licence"})
    run("apply", "--auto-approve")  # the next run has read it
    assert "review:   rejected: no licence" in run("state", "show", SHOP).out
    shown = run("state", "show", SHOP, "--output", "json").json
    assert shown["review"] == {"status": "rejected", "remark": "no licence"}
    assert "review rejected" in run("state", "list").out
    drift = run("drift", "--output", "json")
    assert drift.code == 2
    assert [(each["address"], each["status"]) for each in drift.json["drift"]] == [
        (SHOP, "degraded")
    ]
    assert "its review rejected it: no licence" in run("drift").out
    assert "review-rejected" in run("plan").out


@pytest.mark.parametrize(
    ("rules", "severity", "code"),
    [("{}", "info", 0), ("{review-pending: error}", "error", 1), ("{review-pending: off}", "", 0)],
)
def test_a_project_says_how_bad_it_takes_what_live_state_tells(manual, run, rules, severity, code):
    assert run("apply", "--auto-approve").code == 0
    (manual / "reconciler.yaml").write_text(
        f"apiVersion: reconciler/v1\nkind: Project\nspec: {{lint: {{rules: {rules}}}}}\n"
    )
    planned, drift = run("plan", "--output", "json"), run("drift", "--output", "json")
    for result in (planned, drift):
        assert [f["severity"] for f in result.json["findings"]] == ([severity] if severity else [])
    assert planned.code == code


@pytest.mark.usefixtures("manual")
def test_one_command_can_wait_for_the_reviewers(run, console):
    console("PUT", "review", {"mode": "instant"})
    result = run("apply", "--auto-approve", "--wait-approval", "60", "--output", "json")
    assert result.code == 0
    assert [each["status"] for each in result.json["results"]] == ["done", "done"]


def test_beside_is_refused_where_no_two_can_be(project, run, monkeypatch):
    monkeypatch.setenv("RECONCILER_EMULATE", "1")
    (project / "nhn.yaml").write_text(
        ENGAGELAB.replace("Shop}", "Shop}\nlifecycle: {replace: beside}")
    )
    result = run("validate")
    assert result.code == 1
    assert "[replace-beside]" in result.out


@pytest.mark.parametrize("seconds", ["-1", "soon", "9999999"])
def test_how_long_to_wait_is_a_number_of_seconds(project, run, seconds):
    assert run("apply", "--wait-approval", seconds).code == 64
