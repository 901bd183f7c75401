"""Answers that found room in a temporary folder alone: every run looks there, and only for its own."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from reconciler.errors import ResponseNotDurable
from reconciler.model.journal import IntentStatus
from reconciler.state.files import home
from reconciler.state.open import open_store
from tests.support.states import do, intent, secret_response


@pytest.fixture
def temporary(make_folder, monkeypatch):
    folder = make_folder()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def lose(root, monkeypatch, *op_ids):
    """Let a run keep its answers, with a disk that is full beside the state."""
    store = open_store(None, root=root)
    errors = []
    with monkeypatch.context() as patched, store.begin("apply") as run:
        real = home.replace_private

        def full(path, data):
            if root in path.parents:
                raise OSError(28, "No space left on device")
            real(path, data)

        patched.setattr(home, "replace_private", full)
        for op_id in op_ids:
            do(run.intend(intent(op_id)))
        run._db.execute("PRAGMA query_only = ON")
        for op_id in op_ids:
            with pytest.raises(ResponseNotDurable) as caught:
                do(run.respond(op_id, secret_response()))
            errors.append(caught.value)
    store.close()
    return errors


def test_a_folder_that_another_run_takes_away_meanwhile_is_no_error(
    tmp_path, temporary, monkeypatch
):
    (temporary / "reconciler-gone").mkdir()
    glob = Path.glob

    def gone(folder, pattern):
        if folder.name == "reconciler-gone":
            raise FileNotFoundError(2, "No such file or directory", str(folder))
        return glob(folder, pattern)

    monkeypatch.setattr(Path, "glob", gone)
    store = open_store(None, root=tmp_path)
    assert store.open_entries() == []
    store.close()


def test_the_next_run_takes_over_what_lies_in_the_temporary_folder(
    tmp_path, temporary, monkeypatch
):
    errors = lose(tmp_path, monkeypatch, "one", "two")
    files = sorted(temporary.glob("reconciler-*/emergency-*.json"))
    assert len(files) == 2
    for error in errors:
        assert error.exit_code == 74
        assert sum(str(file) in str(error) for file in files) == 1
    plan = open_store(None, root=tmp_path, create=False)
    assert {e.status for e in plan.open_entries()} == {IntentStatus.RESPONDED}
    plan.close()
    store = open_store(None, root=tmp_path)
    with store.begin("apply") as run:
        assert [e.response for e in store.open_entries()] == [secret_response()] * 2
        assert list(temporary.iterdir()) == []
        do(run.settle(closes={"one": "done", "two": "done"}))
    store.verify()
    store.close()


def test_those_of_other_states_and_of_nobody_are_left_there(
    tmp_path, temporary, monkeypatch, make_folder
):
    lose(tmp_path, monkeypatch, "one")
    [file] = temporary.glob("reconciler-*/emergency-*.json")
    odd = temporary / "reconciler-odd"
    odd.mkdir(mode=0o700)
    (odd / "emergency-x.json").write_text("{")
    (odd / "emergency-link.json").symlink_to(file)
    for root in (make_folder(), make_folder()):
        with open_store(None, root=root).begin("apply"):
            pass
    assert file.exists()
    assert len(list(odd.iterdir())) == 2


def test_one_that_a_stranger_could_have_put_there_is_not_believed(tmp_path, temporary, monkeypatch):
    lose(tmp_path, monkeypatch, "one")
    [file] = temporary.glob("reconciler-*/emergency-*.json")
    forged = json.loads(file.read_bytes()) | {"response": '{"server_id":"666"}'}
    file.write_text(json.dumps(forged))
    file.parent.chmod(0o777)
    store = open_store(None, root=tmp_path, create=False)
    assert [e.status for e in store.open_entries()] == [IntentStatus.OPEN]
    file.parent.chmod(0o700)
    real = os.geteuid
    monkeypatch.setattr("reconciler.state.files.elsewhere.os.geteuid", lambda: real() + 1)
    assert [e.status for e in store.open_entries()] == [IntentStatus.OPEN]
    store.close()
