"""A command that a message names can be run as it is printed."""

import re
import shlex

import pytest

from reconciler.cli.hints import spelling

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


CATEGORY = """
---
apiVersion: reconciler/v1
kind: Category
metadata: {name: told, provider: nhn}
spec: {displayName: BODY}
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
    ("words", "code"),
    [
        (("apply", "--emulate"), 64),
        (("state", "rm", "nhn/Template/no", "--emulate"), 64),
        (("state", "resolve", "nhn/Tag/no", "--forget", "--emulate"), 1),
    ],
)
def test_commands_in_messages_say_where_and_for_which_environment(call, words, code):
    where = ("-C", "project", "--env", "staging")
    target = ("--target", "nhn/Tag/vip")
    assert call(*where, "apply", "--emulate", "--auto-approve", *target).code == 0
    result = call(*where, *words)
    assert result.code == code
    [first, *_] = commands(result.err)
    assert tuple(first[: len(where)]) == where
    if words[0] == "apply":
        assert call(*first).code == 0


def test_only_what_was_typed_is_repeated_and_only_once():
    spelled = spelling(env="staging", directory="my shop", state="s.db")
    said = spelled("`reconciler state list` and `reconciler compare a b`, see reconciler explain")
    assert said == (
        "`reconciler -C 'my shop' --env staging --state s.db state list` and "
        "`reconciler -C 'my shop' compare a b`, see reconciler explain"
    )
    assert spelled(said) == said
    assert spelling(env=None, directory=None, state=None) is None
    assert spelling(env=None, directory=None, state="postgresql://me:pw@host/db") is None


def test_a_users_own_words_are_shown_as_they_are(call, project):
    name = "call reconciler apply or reconciler state list"
    manifest = project / "nhn.yaml"
    text = manifest.read_text()
    manifest.write_text(text + CATEGORY.replace("BODY", name))
    result = call("-C", "project", "--env", "staging", "plan", "--emulate")
    assert (result.code, name in result.out) == (0, True)


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


def test_what_ends_a_page_names_the_environment_as_well(call):
    where = ("-C", "project", "--env", "staging")
    result = call(*where, "import", "--out", ".", "--preview", "--emulate")
    assert "reconciler -C project --env staging import --provider nhn" in result.out


def test_a_saved_plan_is_shown_for_no_other_environment(call, tmp_path):
    out = tmp_path / "plan"
    assert call("-C", "project", "--env", "staging", "plan", "--emulate", "--out", out).code == 0
    result = call("show", out, "--env", "production")
    assert result.code == 64
    assert "this plan is of staging, not of production" in result.err
    assert call("show", out, "--env", "staging").code == 0
