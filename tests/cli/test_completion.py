"""A shell completes commands, options, kinds, addresses, providers and labels; never with an error."""

import shutil
import subprocess

import pytest
from click.shell_completion import ShellComplete

from reconciler.cli.app import cli
from reconciler.cli.settings import Settings


@pytest.fixture
def complete(project):
    def offered(*words, incomplete=""):
        completer = ShellComplete(cli, {"obj": Settings()}, "reconciler", "_RECONCILER_COMPLETE")
        return [item.value for item in completer.get_completions(list(words), incomplete)]

    return offered


@pytest.mark.parametrize(
    ("words", "incomplete", "offered"),
    [
        ((), "pl", "plan"),
        (("state",), "re", "resolve"),
        (("plan",), "--tar", "--target"),
        (("plan", "--target"), "nhn/T", "nhn/Template/welcome"),
        (("plan", "--selector"), "te", "team=growth"),
        (("explain",), "Block", "BlockList"),
        (("explain",), "octeth/", "octeth/Webhook"),
        (("schema",), "Proj", "Project"),
        (("state", "trust"), "n", "nhn"),
        (("help", "state"), "un", "unlock"),
        (("completion",), "b", "bash"),
    ],
)
def test_words_are_completed(complete, words, incomplete, offered):
    assert offered in complete(*words, incomplete=incomplete)


def test_addresses_come_from_state_too(applied, run, complete):
    (applied / "nhn.yaml").write_text("")
    assert complete("state", "show", incomplete="nhn/Tag/") == ["nhn/Tag/vip"]


def test_nothing_is_offered_where_nothing_can_be_read(complete, project):
    (project / "reconciler.yaml").write_text("not: [a project")
    assert complete("plan", "--target", incomplete="") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_that_the_shell_can_read(run, tmp_path, shell):
    script = tmp_path / "script"
    script.write_text(run("completion", shell).out)
    assert f"_RECONCILER_COMPLETE={shell}_complete" in script.read_text()
    if shutil.which(shell):
        subprocess.run([shell, "-n", str(script)], check=True)


def test_a_shell_that_is_missing_is_asked_for_on_one_line(run):
    result = run("completion")
    assert result.code == 64
    assert "missing argument 'bash|zsh|fish'. Choose from: bash, zsh, fish\n" in result.err
