"""`state pull`, `push`, `backup`, `restore`, `migrate`, `verify` and `environments`."""

import base64
import json
import shutil

import pytest

from reconciler.state.base import Put
from reconciler.state.open import open_store
from tests.support import documents
from tests.support.postgres import Server
from tests.support.states import do, fill, fill_store, intent, owned, secret_response


@pytest.fixture(scope="module")
def server():
    running = Server()
    yield running
    running.stop()


@pytest.fixture
def copies(tmp_path_factory):
    """Where copies go: no folder of manifests."""
    return tmp_path_factory.mktemp("copies")


@pytest.fixture
def filled(project):
    """A project with a real state, in which a secret waits for its sink."""
    fill(project)
    with opened(project).begin("apply") as run:
        do(run.intend(intent("open", "late")))
        do(run.respond("open", secret_response()))
    return project


def opened(project):
    return open_store(None, root=project)


def put(project, name):
    store = opened(project)
    with store.begin("apply") as run:
        do(run.settle(Put(row=owned(name))))
        run.finish("done", {})
    store.close()


def names(run, *arguments):
    listed = run("state", "list", "--output", "json", *arguments)
    assert listed.code == 0, listed.err
    return {each["address"].rpartition("/")[2] for each in listed.json["objects"]}


def test_pull_prints_a_document_without_sealed_secrets_or_writes_it_for_nobody_else(
    filled, run, copies
):
    document = run("state", "pull").json
    pending = document["tables"]["pending"]
    assert [row[pending["columns"].index("sealed")] for row in pending["rows"]] == [None]
    assert document.get("key") is None
    assert [each["address"] for each in run("state", "list", "--output", "json").json["objects"]]
    file = copies / "state.copy"
    result = run("state", "pull", "--with-sealed", "--out", file)
    assert result.out == f"Written: {file}, serial 3, 3 objects.\n"
    assert file.stat().st_mode & 0o777 == 0o600
    whole = json.loads(file.read_bytes())
    documents.check(whole)
    pending = whole["tables"]["pending"]
    assert pending["rows"][0][pending["columns"].index("sealed")]


def test_where_there_is_no_state_nothing_is_copied_or_moved(project, run, copies):
    for words in (["pull"], ["backup"], ["migrate", "--to", "sqlite:///other/state.db"]):
        result = run("state", *words)
        assert result.code == 1
        assert "there is no state" in result.err
    assert run("state", "verify").out == "There is no state yet.\n"
    assert not (project / ".reconciler").exists()


def test_a_copy_goes_only_where_nothing_of_others_lies(filled, run, copies):
    (copies / "mine.txt").write_text("mine")
    (copies / "link").symlink_to(copies / "mine.txt")
    for place, said in (
        (copies / "mine.txt", "a file of another kind"),
        (copies / "link", "no regular file"),
        (copies / "none" / "state", "no folder"),
        (filled / "state.json", "would be read as a manifest"),
    ):
        for verb in ("pull", "backup"):
            result = run("state", verb, "--out", place)
            assert result.code == 64
            assert said in result.err
    assert (copies / "mine.txt").read_text() == "mine"
    assert run("state", "pull", "--out", copies / "state").code == 0
    assert run("state", "backup", "--out", copies / "state").code == 0


def test_push_takes_a_newer_copy_and_no_other(filled, run, copies):
    old, new = copies / "old", copies / "new"
    run("state", "pull", "--with-sealed", "--out", old)
    put(filled, "later")
    run("state", "pull", "--with-sealed", "--out", new)
    refused = run("state", "push", old)
    assert refused.code == 1
    assert "its serial is 3, the state's 4" in refused.err
    assert names(run) == {"t0", "t1", "t2", "later"}
    forced = run("state", "push", "--force", old)
    assert forced.out == f"The state is that of {old} now, as serial 5.\n"
    assert names(run) == {"t0", "t1", "t2"}
    assert run("state", "verify").out == "The state is whole: serial 5, 3 objects.\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not a copy of a state"),
        (b'{"formatVersion": "2.0", "stateCopy": ""}', "newer reconciler"),
    ],
)
def test_a_file_that_is_no_copy_is_refused(filled, run, copies, content, said):
    (copies / "file").write_bytes(content)
    for verb in ("push", "restore"):
        result = run("state", verb, copies / "file", "--output", "json")
        assert result.code == 1
        assert said in result.json["error"]["message"]
        missing = run("state", verb, copies / "missing")
        assert missing.code == 64
        assert "No such file" in missing.err


def test_a_changed_copy_and_one_of_another_state_are_refused(filled, run, copies, make_other):
    file = copies / "state"
    run("state", "pull", "--out", file)
    file.write_text(file.read_text().replace('"serial": 3', '"serial": 9'))
    assert "was changed after it was written" in run("state", "push", file).err
    run("state", "pull", "--out", file)
    make_other()
    result = run("state", "push", "--force", file)
    assert result.code == 1
    assert "the copy is of another state: its lineage is" in result.err


@pytest.fixture
def make_other(filled):
    def make():
        shutil.rmtree(filled / ".reconciler")
        fill(filled)

    return make


def test_restore_shows_what_differs_and_wants_the_lineage(filled, run, copies):
    file = copies / "backup"
    made = run("state", "backup", "--out", file)
    assert made.out.endswith("It holds the state's key: keep it like a secret.\n")
    lineage = opened(filled).lineage
    put(filled, "later")
    put(filled, "t0")
    for words in (
        [],
        ["--auto-approve"],
        ["--lineage", "000000", "--auto-approve"],
        ["--lineage", lineage[:5], "--auto-approve"],
    ):
        assert run("state", "restore", file, *words).code == 64
    assert "later" in names(run)
    result = run("state", "restore", file, "--lineage", lineage[:6], "--auto-approve")
    assert result.code == 0, result.err
    assert "no more known: nhn/Template/later" in result.err
    assert "as they were: nhn/Template/t0" in result.err
    assert names(run) == {"t0", "t1", "t2"}
    assert run("state", "verify").code == 0


def test_a_lost_state_is_made_from_its_backup(filled, run, copies):
    file = copies / "backup"
    run("state", "backup", "--out", file)
    lineage, before = opened(filled).lineage, opened(filled).open_entries()
    shutil.rmtree(filled / ".reconciler")
    result = run("state", "restore", file, "--lineage", lineage, "--auto-approve")
    assert result.code == 0, result.err
    assert opened(filled).lineage == lineage
    assert opened(filled).open_entries() == before


def test_a_key_that_the_environment_gives_is_not_in_the_backup(filled, run, copies, monkeypatch):
    file = copies / "backup"
    key = (filled / ".reconciler/key").read_text().split()[1]
    monkeypatch.setenv("RECONCILER_STATE_KEY", base64.b64encode(bytes.fromhex(key)).decode())
    done = run("state", "backup", "--out", file)
    assert "needs the key that RECONCILER_STATE_KEY gives" in done.out
    assert key not in file.read_text()
    lineage, before = opened(filled).lineage, opened(filled).open_entries()
    shutil.rmtree(filled / ".reconciler")
    assert run("state", "restore", file, "--lineage", lineage, "--auto-approve").code == 0
    assert opened(filled).open_entries() == before


def test_a_copy_without_the_key_makes_no_state(filled, run, copies):
    file = copies / "copy"
    run("state", "pull", "--out", file)
    lineage = opened(filled).lineage
    shutil.rmtree(filled / ".reconciler")
    result = run("state", "restore", file, "--lineage", lineage, "--auto-approve")
    assert result.code == 1
    assert "RECONCILER_STATE_KEY" in result.err
    assert not (filled / ".reconciler").exists()


def test_a_backup_that_nobody_named_a_place_for_lies_below_reconciler(filled, run):
    assert run("state", "backup").code == 0
    assert (filled / ".reconciler/state-default-3.copy").exists()


# --- moving ---


def test_a_state_moves_to_postgresql_and_back(filled, run, server):
    url = server.place()
    result = run("state", "migrate", "--to", url)
    assert result.code == 0, result.err
    assert (
        result.out.splitlines()[0] == f"Moved to {url}: serial 3, 3 objects, journal and history."
    )
    here = run("state", "list", "--output", "json")
    assert here.code == 1
    assert here.json["error"]["code"] == "state-moved"
    assert here.json["error"]["message"].endswith(f"has moved to {url}")
    assert names(run, "--state", url) == {"t0", "t1", "t2"}
    digest = run("state", "pull", "--with-sealed", "--state", url).json["stateCopy"]
    back = run("state", "migrate", "--state", url, "--to", "back/state.db", "--output", "json")
    assert back.json["digest"] == digest
    again = run("state", "list", "--state", url)
    assert "has moved to back/state.db" in again.err
    assert names(run, "--state", "back/state.db") == {"t0", "t1", "t2"}


def test_a_state_does_not_move_to_where_it_is_or_over_another(filled, run, server):
    result = run("state", "migrate", "--to", ".reconciler/state.db")
    assert result.code == 1
    assert "lies there already" in result.err
    url = server.place()
    fill_store(other := open_store(url, root=filled))
    other.close()
    assert "another state lies at the target" in run("state", "migrate", "--to", url).err
    assert names(run) == {"t0", "t1", "t2"}
    assert run("state", "migrate", "--to", "mysql://y/z").code == 1


def test_a_state_with_an_open_run_does_not_move(filled, run, server):
    store = opened(filled)
    with store.begin("apply"):
        result = run("state", "migrate", "--to", server.place(), "--output", "json")
        assert result.json["error"]["code"] == "state-locked"
    store.close()


PROJECT = """\
apiVersion: reconciler/v1
kind: Project
spec:
  state: {url}
  environments:
    staging: {{}}
    production: {{}}
"""


def test_environments_share_a_database_and_are_listed(project, run, server):
    url = server.place()
    (project / "reconciler.yaml").write_text(PROJECT.format(url=json.dumps(url)))
    fill_store(store := open_store(url, root=project, environment="staging"), 2)
    store.close()
    lines = run("state", "environments").out.splitlines()
    assert [line.split()[0] for line in lines] == ["ENVIRONMENT", "staging", "production"]
    assert "none yet" in lines[2]
    states = run("state", "environments", "--output", "json").json["states"]
    assert [(each["environment"], each["objects"]) for each in states] == [
        ("staging", 2),
        ("production", None),
    ]
    assert states[0]["lastRun"]["outcome"] == "done"
    assert names(run, "--env", "production") == set()
    assert names(run, "--env", "staging") == {"t0", "t1"}


def test_a_state_that_cannot_be_reached_is_listed_with_its_problem(project, run, tmp_path):
    url = f"postgresql:///m?host={tmp_path}"
    (project / "reconciler.yaml").write_text(PROJECT.format(url=json.dumps(url)))
    [staging, _] = run("state", "environments", "--output", "json").json["states"]
    assert "cannot be used" in staging["problem"]


def test_without_environments_the_state_is_called_default(filled, run):
    [state] = run("state", "environments", "--output", "json").json["states"]
    assert (state["environment"], state["objects"]) == ("default", 3)
