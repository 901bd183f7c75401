"""Manifests from stdin: the path `-`."""

import io
import json

import pytest

from tests.cli.conftest import MANIFESTS

PROVIDER, *REST = MANIFESTS.split("---\n")
RESOURCES = "---\n".join(REST)


def tag(name):
    return f"apiVersion: reconciler/v1\nkind: Tag\nmetadata: {{name: {name}}}\nspec: {{}}\n"


@pytest.fixture
def piped(project, run, monkeypatch):
    """Run a command with some text on stdin, beside a file that has the provider alone."""
    (project / "nhn.yaml").write_text(PROVIDER)

    def call(text, *arguments):
        data = text if isinstance(text, bytes) else text.encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        return run(*arguments)

    return call


def test_stdin_stands_beside_other_paths(piped):
    result = piped(RESOURCES, "validate", "nhn.yaml", "-")
    assert (result.code, result.out) == (0, "Valid: 3 resources, 1 provider.\n")


def test_stdin_may_be_all_there_is(piped):
    assert piped(MANIFESTS, "validate", "-").out == "Valid: 3 resources, 1 provider.\n"


@pytest.mark.parametrize("indent", [None, "\t"])
def test_stdin_may_be_json(piped, indent):
    document = {
        "apiVersion": "reconciler/v1",
        "kind": "Tag",
        "metadata": {"name": "a"},
        "spec": {"displayName": "👍", "colour": "red"},
    }
    result = piped(json.dumps(document, indent=indent), "validate", "nhn.yaml", "-")
    assert result.code == 1
    assert '"colour" in spec' in result.out
    assert result.out.startswith("<stdin>:")
    assert not result.out.startswith("<stdin>:1:1:")


def test_positions_name_stdin_by_line_and_column(piped):
    text = tag("one") + "---\n" + tag("two").replace("{}", "{colour: red}")
    result = piped(text, "validate", "nhn.yaml", "-")
    assert result.out.startswith("<stdin>:9:8: nhn/Tag/two: ")


def test_relative_paths_start_from_the_root(piped, project, monkeypatch):
    (project / "numbers.csv").write_text("01012345678\n")
    (project / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: p}\nspec: {}\n"
    )
    (project / "below").mkdir()
    monkeypatch.chdir(project / "below")
    text = (
        "apiVersion: reconciler/v1\nkind: BlockList\nmetadata: {name: b}\nspec:\n"
        "  unsubscribeNumber: 080-123-4567\n  recipientsFrom: [{file: numbers.csv}]\n"
    )
    assert piped(text, "validate", "../nhn.yaml", "-").code == 0


@pytest.mark.parametrize("text", ["", "\n# nothing\n"])
def test_an_empty_stdin_is_a_fault_for_it_would_prune_everything(piped, text):
    result = piped(text, "plan", "--emulate", "nhn.yaml", "-")
    assert result.code == 1
    assert "<stdin>:1:1: there is no manifest on stdin" in result.err


def test_what_is_no_text_is_told_of_stdin_too(piped):
    assert piped(b"\xff\xfe", "validate", "-").out.startswith("<stdin>:1:1: ")


def test_what_is_no_longer_on_stdin_is_pruned_and_nothing_else(piped, project, monkeypatch):
    monkeypatch.setenv("RECONCILER_EMULATE", "1")
    (project / "file.yaml").write_text(tag("filed"))
    assert piped("", "apply", "--auto-approve").code == 0
    both = tag("one") + "---\n" + tag("two")
    assert piped(both, "apply", "nhn.yaml", "-", "--auto-approve").code == 0
    result = piped(tag("one"), "plan", "nhn.yaml", "-", "--output", "json")
    changes = {each["address"]: each["action"] for each in result.json["changes"]}
    assert changes == {"nhn/Tag/two": "delete"}


def test_nobody_can_answer_where_manifests_come_from_stdin(piped):
    result = piped(MANIFESTS, "apply", "-", "--emulate")
    assert result.code == 64
    assert "manifests come from stdin" in result.err
    assert "--auto-approve" in result.err


def test_a_file_of_that_name_is_read_by_another_spelling(piped, project):
    (project / "-.yaml").write_text(tag("dash"))
    assert piped("", "validate", "nhn.yaml", "./-.yaml").code == 0
