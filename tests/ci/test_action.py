"""The GitHub action, run as a runner runs it, against a loopback GitHub."""

import subprocess
import sys

import pytest
import yaml

from tests.ci.conftest import ROOT

MARKER = "<!-- reconciler:plan:workspace:- -->"
PLAN = {"command": "plan", "arguments": "--emulate", "comment": "true"}


def test_a_plan_becomes_outputs_a_summary_and_one_comment(action, github):
    done = action(**PLAN)
    assert done.returncode == 0, done.stderr
    assert done.outputs["has-changes"] == "true"
    assert done.outputs["create"] == "1"
    assert len(done.outputs["changes-digest"]) > 12
    assert MARKER in done.summary
    (comment,) = github.comments
    assert comment["body"].startswith(MARKER)
    assert {authorization for _, _, authorization in github.seen} == {"Bearer ghs_canary4711"}
    assert "ghs_canary4711" not in done.stdout + done.stderr


def test_the_next_plan_changes_its_own_comment(action, github, workspace):
    action(**PLAN)
    (workspace / "tags.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Tag\nmetadata: {name: new}\nspec: {}\n"
    )
    action(**PLAN)
    (comment,) = github.comments
    assert "nhn/Tag/new" in comment["body"]


def test_a_strangers_comment_with_the_marker_is_left_alone(action, github):
    theirs = {"id": 1, "body": f"{MARKER}\nApproved!", "user": {"login": "mallory"}}
    github.comments.append(dict(theirs))
    action(**PLAN)
    assert github.comments[0] == theirs
    assert len(github.comments) == 2


def test_the_comment_of_a_large_plan_is_shortened(action, github, workspace):
    tags = (
        f"apiVersion: reconciler/v1\nkind: Tag\nmetadata: {{name: tag-{number:04}}}\nspec: {{}}\n"
        for number in range(1500)
    )
    (workspace / "tags.yaml").write_text("---\n".join(tags))
    assert action(**PLAN).outputs["create"] == "1501"
    assert len(github.comments[0]["body"]) <= 65_000


@pytest.mark.parametrize("status", [403, 404, 422, 503])
def test_a_comment_that_cannot_be_written_is_a_warning(action, github, status):
    github.failing = [status]
    done = action(**PLAN)
    assert done.returncode == 0
    assert (
        f"::warning title=reconciler::the comment could not be written: HTTP Error {status}"
        in done.stdout
    )
    assert github.comments == []


def test_a_conflict_is_tried_again(action, github):
    github.failing = [409]
    assert "::warning" not in action(**PLAN).stdout
    assert len(github.comments) == 1


def test_a_change_is_tried_again_when_the_server_has_trouble(action, github):
    action(**PLAN)
    github.failing = [502]
    assert "::warning" not in action(**PLAN).stdout
    assert github.writes() == ["POST", "PATCH", "PATCH"]


@pytest.mark.parametrize(
    "hostile",
    [
        "$(touch pwned)",
        "`touch pwned`",
        "; touch pwned",
        "--target=x\n--emulate\n$(touch pwned)",
        "::set-env name=PATH::/tmp",
        "::add-mask::x\n::stop-commands::y",
    ],
)
def test_arguments_are_words_and_never_a_shells(action, workspace, hostile):
    done = action(command="plan", arguments=f"--emulate\n{hostile}")
    assert done.returncode in {1, 64}
    assert not list(workspace.rglob("pwned"))
    lines = (done.stdout + done.stderr).splitlines()
    assert not [line for line in lines if line.startswith(("::set-env", "::add-mask", "::stop"))]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"command": "destroy"}, "command is 'destroy'"),
        ({"command": "plan", "expect": "3f9c2a81d0be"}, "plan has no expect"),
        ({"command": "drift", "plan_file": "p.json"}, "drift has no plan-file"),
        ({"command": "plan", "reports": "html"}, "not FORMAT=FILE"),
        ({"command": ""}, "command is ''"),
        ({"command": "plan", "comment": "yes"}, "comment is 'yes', and neither true nor false"),
        ({"command": "plan", "arguments": "--emulate -v"}, "give one word a line"),
        ({"command": "plan", "arguments": "--target nhn/Tag/a=b"}, "or --target=VALUE"),
    ],
)
def test_inputs_that_make_no_sense_are_refused(action, inputs, said):
    done = action(**inputs)
    assert done.returncode == 64
    assert said in done.stderr


@pytest.mark.parametrize("command", ["validate", "plan", "apply", "drift"])
@pytest.mark.parametrize(
    ("folder", "code", "said"),
    [("", 1, "there is no manifest here"), ("nowhere", 64, "cannot go to nowhere")],
)
def test_a_command_that_has_nothing_to_look_at_fails(
    action, workspace, command, folder, code, said
):
    (workspace / "nhn.yaml").unlink()
    done = action(command=command, working_directory=folder)
    assert done.returncode == code
    assert said in done.stdout + done.stderr


def test_what_was_approved_is_applied_and_nothing_else(action):
    approved = action(command="plan", arguments="--emulate").outputs["changes-digest"]
    wrong = action(command="apply", arguments="--emulate", expect="0" * 12)
    assert wrong.returncode == 1
    done = action(command="apply", arguments="--emulate", expect=approved)
    assert done.returncode == 0, done.stdout + done.stderr
    assert action(command="plan", arguments="--emulate").outputs["has-changes"] == "false"


def test_reports_lie_where_the_workflow_says(action, workspace):
    action(
        command="plan",
        arguments="--emulate",
        sarif_file="r.sarif",
        reports="html=plan.html\njunit=plan.xml",
    )
    assert {"r.sarif", "plan.html", "plan.xml"} <= {path.name for path in workspace.iterdir()}


def test_drift_keeps_one_issue_and_closes_it_when_there_is_none(action, github, workspace):
    drift = {"command": "drift", "arguments": "--emulate\n--unmanaged", "comment": "true"}
    action(command="apply", arguments="--emulate")
    assert action(**drift).returncode == 0
    assert github.issues == []
    subprocess.run(
        [sys.executable, "-m", "reconciler", "state", "rm", "nhn/Tag/vip", "--emulate"],
        cwd=workspace,
        check=True,
        capture_output=True,
    )
    for _ in range(2):
        assert action(**drift).returncode == 2
    (issue,) = github.issues
    assert issue["title"] == "Messaging accounts have drifted"
    assert action(command="apply", arguments="--emulate").returncode == 0
    assert action(**drift).returncode == 0
    assert github.issues[0]["state"] == "closed"


def test_every_input_reaches_the_script_through_a_variable_and_no_expression_is_run():
    text = yaml.safe_load((ROOT / "action.yml").read_text())
    steps = text["runs"]["steps"]
    assert all("${{" not in step["run"] for step in steps)
    handed = {name for step in steps for name in step["env"]}
    assert handed == {f"INPUT_{name.upper().replace('-', '_')}" for name in text["inputs"]}
