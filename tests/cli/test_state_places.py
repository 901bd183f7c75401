"""State URLs that cannot be meant, and places that cannot hold a state: one error, nothing made."""

import pytest
import yaml

from reconciler.render.commands.stores import moved_text
from reconciler.render.layout.style import Style
from reconciler.state.content import Content, TableContent
from tests.support.object_stores import S3

TABLES = {"objects": TableContent(columns=(), rows=())}
TYPOS = {
    "s3:/key:secret@bucket/x": "s3:/",
    "s3//bucket/x": "s3//",
    "S3://bucket/x": "S3://",
    "gs:bucket/x": "gs:",
    "postgresql:/user:secret@host/db": "postgresql:/",
}


@pytest.mark.parametrize("typed", TYPOS)
def test_a_url_that_would_be_a_path_is_refused(project, run, typed):
    result = run("state", "init", "--state", typed)
    assert result.code == 1
    assert f"the state URL begins with {TYPOS[typed]!r}, which is not how" in result.err
    assert "secret" not in result.err
    assert [each.name for each in project.iterdir()] == ["nhn.yaml"]


@pytest.mark.parametrize("typed", ["sqlite:///", "sqlite://state.db", "sqlite:state.db"])
def test_a_url_without_a_file_is_refused(project, run, typed):
    assert (
        "the state URL begins with 'sqlite' and names no file"
        in run("state", "list", "--state", typed).err
    )


@pytest.mark.parametrize("typed", ["", " "])
@pytest.mark.parametrize("words", [("state", "list"), ("plan",)])
def test_an_empty_url_is_not_taken_for_the_projects_state(project, run, monkeypatch, words, typed):
    monkeypatch.setenv("NHN_APP_KEY", "key")
    result = run(*words, "--state", typed)
    assert result.code == 1
    assert "the state URL is empty" in result.err


@pytest.mark.parametrize("name", ["s3.db", "s3/state.db", "gs"])
def test_a_path_that_begins_like_a_scheme_is_a_path(project, run, name):
    assert run("state", "init", "--state", name).code == 0


def test_no_state_is_made_to_push_a_copy_over_it(project, run, tmp_path):
    assert run("state", "init").code == 0
    assert run("state", "pull", "--out", tmp_path / "copy").code == 0
    result = run("state", "push", tmp_path / "copy", "--state", "other.db")
    assert result.code == 1
    assert "there is no state at" in result.err
    assert "`state restore`" in result.err
    assert not (project / "other.db").exists()


def test_without_environments_the_state_that_was_named_is_told(project, run):
    assert run("state", "init", "--state", "other.db").code == 0
    document = run("state", "environments", "--state", "other.db", "--output", "json").json
    [told] = document["states"]
    assert told["state"] == "other.db"
    assert told["lineage"]


ENVIRONMENTS = """\
apiVersion: reconciler/v1
kind: Project
spec: {environments: {staging: {}, production: {}}}
"""


def test_the_states_of_rehearsals_are_listed_when_they_are_asked_for(project, run):
    (project / "reconciler.yaml").write_text(ENVIRONMENTS)
    assert run("apply", "--env", "staging", "--emulate", "--auto-approve").code == 0
    rehearsed = run("state", "environments", "--emulate", "--output", "json").json["states"]
    assert [(each["state"], each["objects"]) for each in rehearsed] == [
        (".reconciler/emulated/staging/state.db", 3),
        (".reconciler/emulated/production/state.db", None),
    ]
    real = run("state", "environments", "--output", "json").json["states"]
    assert [each["objects"] for each in real] == [None, None]


def test_a_list_of_states_is_not_of_one_that_is_named_nor_of_a_project_with_faults(project, run):
    (project / "reconciler.yaml").write_text(ENVIRONMENTS)
    result = run("state", "environments", "--state", "other.db")
    assert (result.code, "each environment has its own" in result.err) == (64, True)
    (project / "reconciler.yaml").write_text(ENVIRONMENTS.replace("staging", "Staging"))
    result = run("state", "environments")
    assert (result.code, "reconciler.yaml:3:" in result.err) == (1, True)


def test_what_a_move_says_to_write_is_yaml(project):
    url = "postgresql://one.internal,two.internal/messaging?schema=mail"
    content = Content(lineage="", serial=1, epoch=1, schema=1, key_id="", tables=TABLES)
    *_, line = moved_text(content, url, Style()).splitlines()
    assert yaml.safe_load(line) == {"spec": {"state": url}}


@pytest.fixture(scope="module")
def server():
    running = S3()
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    for name, value in S3.environment.items():
        monkeypatch.setenv(name, value)


def test_a_bucket_that_does_not_exist_is_told(project, run, server):
    url = server.place().replace("s3://states", "s3://no-states")
    for words in (("list",), ("init",), ("migrate", "--to", url, "--state", "here.db")):
        if words[0] == "migrate":
            assert run("state", "init", "--state", "here.db").code == 0
        at = () if "--state" in words else ("--state", url)
        result = run("state", *words, *at)
        assert result.code == 1
        assert "there is no such bucket or container" in result.err
        assert "Error" not in result.err


def test_a_store_that_cannot_be_reached_is_told_in_a_line(project, run):
    url = "s3://states/x?region=us-east-1&endpoint=http://127.0.0.1:1"
    lines = run("state", "list", "--state", url).err.splitlines()
    assert lines == [
        "error: the state s3://states/x cannot be reached: HTTP error: error sending request",
        "hint: Check the network and the URL, then run the command again.",
    ]


def test_why_a_state_cannot_be_read_fits_the_page(project, run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    (project / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nspec:\n"
        "  environments: {staging: {}, production: {}}\n"
    )
    state = project / ".reconciler" / "staging" / "state.db"
    state.parent.mkdir(parents=True)
    state.write_bytes(b"SQLite format 3\x00" + b"damaged" * 100)
    result = run("state", "environments")
    assert "\nstaging:" in result.out
    assert max(map(len, result.out.splitlines())) <= 80


def test_the_state_of_one_environment_is_moved_by_the_setting_that_is_printed(project, run):
    named = "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: shop}\n"
    both = "spec: {environments: {staging: {}, production: {}}}\n"
    (project / "reconciler.yaml").write_text(named + both)
    assert run("state", "init", "--env", "production").code == 0
    missing = run("state", "migrate", "--to", "there/state.db", "--env", "staging")
    assert "spec.environments.staging.state: there/state.db" in missing.err
    moved = run("state", "migrate", "--to", "there/state.db", "--env", "production")
    assert moved.code == 0, moved.err
    [setting] = [line.strip() for line in moved.out.splitlines() if "spec:" in line]
    assert setting == "spec: {environments: {production: {state: there/state.db}}}"
    changed = both.replace("production: {}", "production: {state: there/state.db}")
    (project / "reconciler.yaml").write_text(named + changed)
    listed = run("state", "environments", "--output", "json").json["states"]
    states = {row["environment"]: row for row in listed}
    assert states["production"]["lineage"]
    assert not states["staging"]["problem"]
