"""Without a project file, state lies where a command was started: said before it surprises."""

import pytest

from tests.cli.conftest import MANIFESTS


@pytest.fixture
def inner(project, monkeypatch):
    """A folder of manifests below the one where we are."""
    (project / "nhn.yaml").unlink()
    (project / "proj").mkdir()
    (project / "proj/nhn.yaml").write_text(MANIFESTS)
    return project / "proj"


def test_manifests_with_a_state_of_their_own_are_not_applied_from_above(inner, run, monkeypatch):
    monkeypatch.chdir(inner)
    assert run("apply", "--emulate", "--auto-approve").code == 0
    monkeypatch.chdir(inner.parent)
    for words in (("plan", "proj"), ("apply", "--auto-approve", "proj"), ("plan",)):
        result = run(*words, "--emulate")
        assert result.code == 64
        assert f"-C {inner}" in " ".join(result.err.split())
    assert "No changes." in run("plan", "--emulate", "-C", "proj").out


def test_from_below_a_state_above_is_named(inner, run, monkeypatch):
    assert run("apply", "--emulate", "--auto-approve", "proj").code == 0
    monkeypatch.chdir(inner)
    result = run("plan", "--emulate")
    assert result.code == 0
    assert f"-C {inner.parent}" in " ".join(result.err.split())


def test_manifests_elsewhere_get_their_state_here_which_is_said_once(inner, run, monkeypatch):
    elsewhere = inner.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    result = run("apply", "--emulate", "--auto-approve", "../proj")
    assert result.code == 0
    assert f"-C {inner}" in " ".join(result.err.split())
    assert "-C" not in run("plan", "--emulate", "../proj").err


def test_a_project_file_settles_it(inner, run, monkeypatch):
    monkeypatch.chdir(inner)
    assert run("apply", "--emulate", "--auto-approve").code == 0
    monkeypatch.chdir(inner.parent)
    project = "apiVersion: reconciler/v1\nkind: Project\nspec: {}\n"
    (inner.parent / "reconciler.yaml").write_text(project)
    assert run("plan", "--emulate").code == 0
    monkeypatch.chdir(inner)
    assert "-C" not in run("plan", "--emulate").err
