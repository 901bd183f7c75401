"""`state history --snapshots` and `state restore --serial`, on S3 and where there are none."""

import pytest

from reconciler.state.base import Put
from reconciler.state.open import open_store
from tests.support.object_stores import S3
from tests.support.states import do, owned


@pytest.fixture(scope="module")
def server():
    running = S3()
    yield running
    running.stop()


@pytest.fixture
def url(server, project, monkeypatch):
    """A state in S3, of which the project says so: serials 1 and 2."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    url = server.place()
    (project / "reconciler.yaml").write_text(
        f'apiVersion: reconciler/v1\nkind: Project\nspec: {{state: "{url}"}}\n'
    )
    for name in ("one", "two"):
        store = open_store(url, root=project)
        with store.begin("apply") as run:
            do(run.settle(Put(row=owned(name))))
            run.finish("done", {})
        store.close()
    return url


def test_snapshots_are_listed(url, run):
    lines = run("state", "history", "--snapshots").out.splitlines()
    assert [line.split()[:2] for line in lines] == [["SERIAL", "OBJECTS"], ["2", "2"], ["1", "1"]]
    document = run("state", "history", "--snapshots", "-n", "1", "--output", "json").json
    [newest] = document["snapshots"]
    assert (newest["serial"], newest["objects"]) == (2, 2)


def test_going_back_shows_what_comes_back_and_wants_the_lineage(url, run):
    lineage = run("state", "pull").json["lineage"]
    for words in ((), ("--auto-approve",), ("--lineage", "000000", "--auto-approve")):
        result = run("state", "restore", "--serial", "1", *words)
        assert result.code == 64
        assert "The snapshot is serial 1, the state 2.\n  no more known: nhn/Template/two" in (
            result.err
        )
    result = run("state", "restore", "--serial", "1", "--lineage", lineage[:6], "--auto-approve")
    assert result.out == "The state is that of serial 1 now, as serial 3. Plan before you apply.\n"
    assert [
        each["address"] for each in run("state", "list", "--output", "json").json["objects"]
    ] == ["nhn/Template/one"]
    assert run("state", "verify").code == 0


def test_a_serial_without_a_snapshot_is_refused(url, run):
    result = run("state", "restore", "--serial", "7", "--lineage", "123456", "--auto-approve")
    assert result.code == 1
    assert "no snapshot of serial 7; the nearest: serial 2" in result.err
    assert "state history --snapshots" in result.err


@pytest.mark.parametrize("words", [(), ("copy", "--serial", "1")])
def test_a_copy_or_a_serial_is_needed(project, run, words):
    result = run("state", "restore", *words)
    assert result.code == 64
    assert "one of a copy and --serial N" in result.err


def test_a_state_in_a_file_names_the_other_way(project, run):
    assert run("state", "init").code == 0
    for words in (("restore", "--serial", "0"), ("history", "--snapshots")):
        result = run("state", *words)
        assert result.code == 1
        assert "keeps no snapshots: only object stores do" in result.err
        assert "`reconciler state restore FILE`" in result.err


def test_runs_operations_and_snapshots_are_three_things(project, run):
    assert run("state", "history", "--operations", "--snapshots").code == 64
