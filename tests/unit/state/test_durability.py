"""A crash or a full disk at any effect: what was promised is there, and the next run goes on."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.errors import (
    IntentNotDurable,
    ReconcilerError,
    ResponseNotDurable,
    StaleEpoch,
    StateError,
)
from reconciler.model.journal import IntentStatus, Response
from reconciler.state.database import run as run_module
from reconciler.state.files import home
from reconciler.state.files.layout import Layout
from reconciler.state.open import open_store
from tests.support.states import (
    CANARY,
    check_promises,
    do,
    everything,
    intent,
    scenario,
    secret_response,
)


class Crash(BaseException):
    """The process dies here."""


class Nth:
    """Raises at the nth effect, or counts them all."""

    def __init__(self, nth: int = 0, error: BaseException | None = None):
        self.nth = nth
        self.error = error
        self.names: list[str] = []

    def __call__(self, name: str) -> None:
        self.names.append(name)
        if len(self.names) == self.nth and self.error is not None:
            raise self.error


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(run_module, "RETRIES", (0.0, 0.0))


def check(root, promised: list[str]) -> None:
    """Open after a crash and find all that was promised."""
    store = open_store(None, root=root)
    try:
        check_promises(store, promised)
    finally:
        store.close()


def effects_of_a_run(make_folder) -> list[str]:
    counted = Nth()
    scenario(make_folder(), counted, [])
    return counted.names


def test_a_crash_at_any_effect_loses_nothing_that_was_promised(make_folder):
    names = effects_of_a_run(make_folder)
    for kind in ("make key", "make database", "marker", "backup", "begin", "intend", "commit"):
        assert any(name.startswith(kind) for name in names), kind
    for nth in range(1, len(names) + 1):
        root, promised = make_folder(), []
        with pytest.raises(Crash):
            scenario(root, Nth(nth, Crash()), promised)
        check(root, promised)


def test_a_full_disk_at_any_effect_is_an_error_with_a_way_out(make_folder):
    names = effects_of_a_run(make_folder)
    for nth in range(1, len(names) + 1):
        root, promised, hints = make_folder(), [], []
        try:
            scenario(root, Nth(nth, OSError(errno.ENOSPC, "No space left on device")), promised)
        except ReconcilerError as error:
            hints.append(error.hint)
        except OSError:  # from the failpoint around a call, which is the test's own
            assert not names[nth - 1].startswith("commit"), names[nth - 1]
        assert all(hints), names[nth - 1]
        check(root, promised)


def test_a_process_that_is_killed_at_any_effect_leaves_a_state_to_go_on_with(tmp_path):
    """The same with a real process and no chance to clean up, at a few points."""
    script = """
import os, sys
from pathlib import Path
from tests.support.states import scenario
seen = 0
def kill(name):
    global seen
    seen += 1
    if seen == int(sys.argv[2]):
        os.kill(os.getpid(), 9)
scenario(Path(sys.argv[1]), kill, [])
"""
    for nth in (5, 15, 24, 30):
        root = tmp_path / str(nth)
        root.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", script, str(root), str(nth)],
            env=os.environ | {"PYTHONPATH": str(Path.cwd())},
            check=False,
        )
        assert done.returncode == -9
        check(root, [])


def full_disk(run) -> None:
    """Let the database take no more pages: the real error, from SQLite itself."""
    [pages] = run._db.execute("PRAGMA page_count").fetchone()
    run._db.execute(f"PRAGMA max_page_count = {pages}")


def test_an_intent_on_a_really_full_disk_is_not_durable(tmp_path):
    store = open_store(None, root=tmp_path)
    with store.begin("apply") as run:
        full_disk(run)
        with pytest.raises(IntentNotDurable, match="full"):
            do(run.intend(intent("op", applied={"body": "x" * 50_000})))
        run._db.execute("PRAGMA max_page_count = 100000")
        do(run.intend(intent("op", applied={"body": "x" * 50_000})))
    assert len(store.open_entries()) == 1
    store.verify()


def test_an_answer_that_cannot_be_stored_goes_into_an_emergency_file(tmp_path):
    store = open_store(None, root=tmp_path)
    with store.begin("apply") as run:
        do(run.intend(intent("op")))
        do(run.intend(intent("other")))
        run._db.execute("PRAGMA query_only = ON")
        with pytest.raises(ResponseNotDurable) as caught:
            do(run.respond("op", secret_response()))
    assert caught.value.exit_code == 74
    [file] = (tmp_path / ".reconciler").glob("emergency-*.json")
    assert str(file) in str(caught.value)
    assert "id 7" in str(caught.value)
    assert CANARY not in str(caught.value)
    assert CANARY.encode() not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    store.close()

    plan = open_store(None, root=tmp_path, create=False)  # sees it, and changes nothing
    first, second = plan.open_entries()
    assert (first.status, first.response) == (IntentStatus.RESPONDED, secret_response())
    assert second.status is IntentStatus.OPEN
    assert [entry.status for entry in plan.journal()] == [IntentStatus.OPEN, IntentStatus.RESPONDED]
    assert file.exists()
    plan.close()

    again = open_store(None, root=tmp_path)
    with again.begin("apply") as run:
        assert not file.exists()
        assert again.open_entries()[0].response == secret_response()
        do(run.settle(closes={"op": "done"}))
    again.verify()


def test_an_answer_is_tried_again_before_it_counts_as_not_stored(tmp_path):
    failures = iter([OSError("busy"), OSError("busy")])

    def failpoints(name: str) -> None:
        if name == "commit:before" and armed and (error := next(failures, None)):
            raise error

    armed = False
    store = open_store(None, root=tmp_path, failpoints=failpoints)
    with store.begin("apply") as run:
        do(run.intend(intent("op")))
        armed = True
        do(run.respond("op", secret_response()))
    assert store.open_entries()[0].response == secret_response()
    assert not list((tmp_path / ".reconciler").glob("emergency-*"))


def test_an_answer_to_a_run_that_was_fenced_off_is_kept_too(tmp_path):
    store, other = open_store(None, root=tmp_path), open_store(None, root=tmp_path)
    with store.begin("apply") as run:
        do(run.intend(intent("op")))
        other.unlock()
        with pytest.raises(StaleEpoch, match="emergency-op"):
            do(run.respond("op", secret_response()))
    with other.begin("apply"):
        assert other.open_entries()[0].response == secret_response()


def test_an_emergency_file_of_a_closed_operation_or_another_state_is_dropped(tmp_path):
    store, other = open_store(None, root=tmp_path), open_store(None, root=tmp_path)
    with store.begin("apply") as run:
        do(run.intend(intent("op")))
        other.unlock()
        with pytest.raises(StaleEpoch):
            do(run.respond("op", secret_response()))
    [file] = (tmp_path / ".reconciler").glob("emergency-*.json")
    content = json.loads(file.read_bytes())
    file.write_text(json.dumps(content | {"lineage": "another"}))
    with other.begin("apply") as run:
        assert other.open_entries()[0].status is IntentStatus.OPEN
        do(run.settle(closes={"op": "forgotten"}))
    file.write_text(json.dumps(content))
    with other.begin("apply"):
        assert other.open_entries() == []


def test_an_unreadable_emergency_file_is_an_error_with_a_way_out(tmp_path):
    store = open_store(None, root=tmp_path)
    (tmp_path / ".reconciler/emergency-op.json").write_text("{")
    with pytest.raises(StateError, match="emergency-op") as caught:
        store.begin("apply")
    assert "Move it away" in caught.value.hint
    (tmp_path / ".reconciler/emergency-op.json").unlink()
    with store.begin("apply"):
        pass


def test_where_nothing_can_be_written_the_error_carries_what_a_person_needs(tmp_path, monkeypatch):
    store = open_store(None, root=tmp_path)
    with store.begin("apply") as run:
        do(run.intend(intent("op")))

        def nowhere(_emergency):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(run._home, "save_emergency", nowhere)
        run._db.execute("PRAGMA query_only = ON")
        with pytest.raises(ResponseNotDurable, match="operation op, the provider's id 7"):
            do(run.respond("op", secret_response()))


def test_an_emergency_file_goes_elsewhere_when_the_folder_takes_none(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    store = open_store(None, root=tmp_path)
    with store.begin("apply") as run:
        do(run.intend(intent("op")))
        real = Layout(tmp_path / ".reconciler/state.db")
        moved = tmp_path / "moved"
        real.home.rename(moved)
        run._db.execute("PRAGMA query_only = ON")
        with pytest.raises(ResponseNotDurable, match=str(tmp_path / "reconciler-")):
            do(run.respond("op", secret_response()))
        moved.rename(real.home)


def test_an_answer_whose_caller_was_cancelled_is_kept_beside_the_state_too(tmp_path):
    store = open_store(None, root=tmp_path)
    with store.begin("apply") as run:
        do(run.intend(intent("op")))
        do(run.intend(intent("full")))

        async def cancelled(op_id: str) -> None:
            task = asyncio.create_task(run.respond(op_id, secret_response()))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        do(cancelled("op"))
        run._db.execute("PRAGMA query_only = ON")
        do(cancelled("full"))
        run._queue.drain()
        run._db.execute("PRAGMA query_only = OFF")
    with store.begin("apply"):
        assert [entry.response for entry in store.open_entries()] == [secret_response()] * 2
    store.verify()


def test_a_response_without_a_secret_needs_no_encryption(tmp_path):
    store = open_store(None, root=tmp_path)
    with store.begin("apply") as run:
        do(run.intend(intent("op")))
        do(run.respond("op", Response(server_id="7")))
    db = sqlite3.connect(tmp_path / ".reconciler/state.db")
    assert db.execute("SELECT sealed FROM pending").fetchone() == (None,)
    db.close()
    assert everything(store)["open"][0].response == Response(server_id="7")


def test_a_run_begins_on_a_disk_that_has_no_room_to_spare(tmp_path, monkeypatch):
    real = home.write_private

    def full_for_ballast(path, data):
        if path.name == "ballast":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, data)

    monkeypatch.setattr(home, "write_private", full_for_ballast)
    with open_store(None, root=tmp_path).begin("apply") as run:
        do(run.intend(intent("op")))


def test_room_is_kept_for_an_answer_while_a_run_lasts(tmp_path):
    ballast = tmp_path / ".reconciler/ballast"
    with open_store(None, root=tmp_path).begin("apply"):
        assert ballast.stat().st_size == 64 * 1024
    assert not ballast.exists()


def test_a_crash_while_the_state_is_made_leaves_a_key_that_is_taken_up(tmp_path):
    def crash(name: str) -> None:
        if name == "name key:before":
            raise Crash

    with pytest.raises(Crash):
        open_store(None, root=tmp_path, failpoints=crash)
    folder = tmp_path / ".reconciler"
    assert (folder / "key.new").exists()
    plan = open_store(None, root=tmp_path, create=False)
    digest = plan.digest("x")
    plan.close()
    with open_store(None, root=tmp_path).begin("apply"):
        pass
    assert not (folder / "key.new").exists()
    assert (folder / "lineage").exists()
    assert open_store(None, root=tmp_path).digest("x") == digest
