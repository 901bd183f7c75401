"""A command that a message names can be run as it is printed."""

import re
import shlex

import pytest

PROJECT = """\
apiVersion: reconciler/v1
kind: Project
metadata: {name: shop}
spec:
  environments: {staging: {}, production: {}}
"""


POLICY = """\
apiVersion: reconciler/v1
kind: Policy
metadata: {name: quiet}
spec:
  on: plan
  violates: "false"
  message: never
"""


def commands(text):
    """The commands in backquotes, as words behind the program."""
    return [shlex.split(found)[1:] for found in re.findall(r"`(reconciler [^`]+)`", text)]


@pytest.fixture
def call(project, run, monkeypatch):
    """Run from beside a project with environments."""
    (project / "reconciler.yaml").write_text(PROJECT)

    def typed(*words):
        monkeypatch.chdir(project.parent)
        return run(*words)

    return typed


@pytest.mark.parametrize(
    "words",
    [
        ("apply", "nhn.yaml"),
        ("apply", "--target", "nhn/Tag/vip", "--no-prune", "--ignore-finding", "nhn-sms-bytes"),
        ("apply", "--selector", "team=growth", "--adopt", "--policy", "my policies"),
        ("destroy", "--target", "nhn/Tag/vip"),
    ],
)
def test_what_apply_would_ask_about_is_shown_by_the_command_that_it_names(project, run, words):
    policies = project.parent / "my policies"
    policies.mkdir()
    (policies / "none.yaml").write_text(POLICY)
    words = [str(policies) if word == policies.name else word for word in words]
    assert run("apply", "--emulate", "--auto-approve").code == 0
    asked = run(*words, "--emulate")
    assert asked.code == 64
    [command, *_] = commands(asked.err)
    assert command[0] == "plan"
    shown = run(*command)
    applied = run(*words, "--emulate", "--auto-approve", "--allow-deletes", "9")
    assert (shown.code, applied.code) == (0, 0), shown.err
    assert shown.out.split("\nRequests")[0] == applied.out.split("\nRequests")[0]


def test_a_saved_plan_is_shown_for_no_other_environment(call, tmp_path):
    out = tmp_path / "plan"
    assert call("-C", "project", "--env", "staging", "plan", "--emulate", "--out", out).code == 0
    result = call("show", out, "--env", "production")
    assert result.code == 64
    assert "this plan is of staging, not of production" in result.err
    assert call("show", out, "--env", "staging").code == 0
