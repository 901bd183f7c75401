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
