"""Paths that lead nowhere, in a circle or past all limits: one line, never a fault of our own."""

import json
import sqlite3

import pytest

LONG = "x" * 5000
PLACES = {
    "circle": "circle",
    "below a circle": "circle/state.db",
    "long": LONG,
    "below a long name": f"{LONG[:300]}/x",
    "below a file": "nhn.yaml/x",
    "root": "/",
}
OPTIONS = [
    ("show",),
    ("state", "list", "--state"),
    ("state", "init", "--state"),
    ("state", "push"),
    ("state", "backup", "--emulate", "--out"),
    ("emulator", "--port", "0", "--data"),
    ("emulator", "--port", "0", "--faults"),
    ("plan", "--emulate", "--policy"),
    ("plan", "--emulate", "--out"),
    ("plan", "--emulate", "--report", "html={}"),
    ("dns", "--emulate", "--format", "bind", "--out"),
    ("import", "--emulate", "--out"),
    ("verify", "--emulate", "--receipts"),
]


@pytest.fixture
def circle(project):
    """A project in which a link leads to itself."""
    (project / "circle").symlink_to("circle")
    return project


def test_a_link_that_leads_in_a_circle_is_passed_over(circle, run):
    assert run("validate").out.startswith("Valid: 3 resources")
    assert run("apply", "--emulate", "--auto-approve").code == 0


def test_a_manifest_that_is_such_a_link_is_a_fault(circle, run):
    (circle / "other.yaml").symlink_to("other.yaml")
    result = run("validate")
    assert result.code == 1
    assert result.out.startswith("other.yaml:1:1: ")


@pytest.mark.parametrize("place", [each for each in PLACES if each != "root"])
@pytest.mark.parametrize("words", ["validate", "plan", "graph"])
def test_manifests_that_are_nowhere_are_told(circle, run, words, place):
    result = run(words, PLACES[place])
    assert result.code == 1
    assert "there is no such file or folder" in f"{result.out}{result.err}"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("words", OPTIONS, ids=" ".join)
def test_a_path_that_leads_nowhere_is_told(circle, run, words, place):
    if place == "root" and {"--policy", "dns"} & {*words}:
        return  # it is a folder: with all files of this machine
    *before, last = words
    path = PLACES[place]
    said = (*before, last.format(path)) if "{}" in last else (*words, path)
    result = run(*said)
    assert result.code in {1, 64}
    assert "error: " in result.err
    assert "internal error" not in result.err


@pytest.mark.parametrize("words", ["plan", "drift", "state list"])
def test_a_state_of_an_environment_that_leads_nowhere_is_told(circle, run, words):
    spec = {"environments": {"dev": {"state": PLACES["below a long name"]}}}
    document = {"apiVersion": "reconciler/v1", "kind": "Project", "spec": spec}
    (circle / "reconciler.yaml").write_text(json.dumps(document))
    result = run(*words.split(), "--env", "dev")
    assert result.code == 1
    assert "cannot be reached: File name too long" in " ".join(result.err.split())


@pytest.mark.parametrize("source", ["circle/key", "circle", LONG[:1000]])
def test_a_credential_file_that_leads_nowhere_is_told(circle, run, edit, source):
    edit("{fromEnv: NHN_APP_KEY}", f'{{fromFile: "{source}"}}')
    result = run("plan")
    assert result.code == 1
    assert "cannot be" in result.err
    assert "internal error" not in result.err


def test_an_emulator_leaves_the_database_of_another_program_as_it_is(project, run):
    assert run("state", "init").code == 0
    state = project / ".reconciler" / "state.db"
    before = state.read_bytes()
    result = run("emulator", "--port", "0", "--data", str(state))
    assert result.code == 64
    assert "it is another program's database" in result.err
    assert state.read_bytes() == before


@pytest.mark.parametrize("words", [("plan",), ("apply", "--auto-approve"), ("drift",)])
@pytest.mark.parametrize("damage", ["text", "cut", "other"])
def test_damaged_data_of_rehearsals_is_told_with_the_way_out(applied, run, words, damage):
    data = applied / ".reconciler" / "emulated" / "emulator.db"
    content = data.read_bytes()
    data.unlink()
    if damage == "other":
        with sqlite3.connect(data) as other:
            other.execute("CREATE TABLE mine (id)")
    else:
        data.write_bytes(b"some text" if damage == "text" else content[:5000])
    result = run(*words)
    assert result.code == 1
    assert f"this cannot be rehearsed: {data} cannot keep the data of an emulator" in result.err
    assert "remove the folder that it is in" in result.err
