"""What commands say where there is nothing to look at: never that all is well."""

import pytest

from tests.cli.conftest import MANIFESTS

PROVIDER = MANIFESTS.split("---", maxsplit=1)[0]
NOTHING = "there is no manifest here"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n---\n"])
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("command", ["validate", "plan", "drift", "graph"])
def test_files_without_a_manifest_are_no_manifests(folder, run, text, named, command):
    (folder / "m.yaml").write_text(text)
    result = run(command, *["m.yaml"] * named)
    assert result.code == 1
    where = "m.yaml" if named else "."
    assert f"{where}:1:1: {NOTHING}; write one, or name the folder that has them" in result.said


def test_a_folder_of_other_json_files_has_no_manifest(folder, run):
    (folder / "package.json").write_text('{"name": "shop"}')
    result = run("validate", "--output", "json")
    assert result.code == 1
    assert [fault["message"] for fault in result.json["faults"]] == [NOTHING]


def test_an_empty_file_beside_manifests_is_nothing_to_speak_of(project, run):
    (project / "later.yaml").write_text("# nothing yet\n")
    assert run("validate").code == 0
    assert run("validate", "nhn.yaml", "later.yaml").code == 0


def test_a_plan_of_a_provider_alone_does_not_say_that_live_state_matches(folder, run):
    (folder / "m.yaml").write_text(PROVIDER)
    result = run("plan", "--emulate")
    assert result.code == 0
    assert result.out.splitlines()[-1] == (
        "No changes: manifests have no resource, and state owns no object."
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("plan", "No changes: none of the 3 resources was looked at."),
        ("drift", "Nothing was compared: none of the 3 owned objects was looked at."),
    ],
)
def test_paths_with_accounts_alone_are_not_said_to_agree(project, run, command, said):
    (project / "nhn.yaml").write_text(PROVIDER)
    (project / "rest.yaml").write_text(MANIFESTS.removeprefix(PROVIDER))
    assert run("apply", "--emulate", "--auto-approve").code == 0
    result = run(command, "nhn.yaml", "--emulate")
    assert result.code == 0
    assert result.out.splitlines()[-1] == said


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("plan", ""), "a PATH"),
        (("apply", "--auto-approve", "nhn.yaml", ""), "a PATH"),
        (("validate", "--policy", ""), "--policy"),
        (("import", "--out", ""), "--out"),
    ],
)
def test_an_empty_path_is_not_taken_for_the_folder(project, run, words, named):
    result = run(*words)
    assert result.code == 64
    assert f"{named} is empty" in result.err
    assert not (project / ".reconciler").exists()
