"""One run at a time, and how a dead one is taken over."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reconciler.errors import StateError, StateLocked, StateOfAnother
from reconciler.state.base import Put, RunRecord
from reconciler.state.database.holder import actor, locked_by
from reconciler.state.files import lock, making
from reconciler.state.files.layout import Layout
from reconciler.state.open import open_store
from tests.support.states import do, fill, intent, owned

HOLDER = """
import asyncio, os, sys
from pathlib import Path
from reconciler.state.open import open_store
from tests.support.states import intent
store = open_store(None, root=Path(sys.argv[1]))
run = store.begin("apply")
asyncio.run(run.intend(intent("op")))
print("held", os.getpid(), flush=True)
sys.stdin.read()
run.finish("done", {})
run.__exit__(None, None, None)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"CI_JOB_URL": "https://ci.example/7", "PYTHONPATH": str(Path.cwd())},
    )
    assert process.stdout.readline().startswith("held")
    yield process
    process.kill()
    process.communicate()


def test_a_second_run_is_told_who_holds_the_lock_and_the_way_out(tmp_path, holder):
    store = open_store(None, root=tmp_path)
    with pytest.raises(StateLocked) as caught:
        store.begin("destroy")
    said = str(caught.value)
    for part in (
        f"@{socket.gethostname()} pid {holder.pid} https://ci.example/7",
        "`apply`",
        "since ",
        "reconciler state unlock",
    ):
        assert part in said
    assert caught.value.exit_code == 1
    [running] = store.history()
    assert (running.outcome, running.ended_at) == ("", None)


def test_a_plan_reads_while_another_process_holds_the_lock(tmp_path, holder):
    store = open_store(None, root=tmp_path, create=False)
    assert [entry.intent.op_id for entry in store.open_entries()] == ["op"]


def test_the_next_run_takes_over_at_once_when_the_holder_was_killed(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    store = open_store(None, root=tmp_path)
    with store.begin("apply") as run:
        assert run.epoch == 2
        assert [entry.intent.epoch for entry in store.open_entries()] == [1]
    assert [record.outcome for record in store.history()] == ["failed", "crashed"]


def test_a_holder_that_ends_well_leaves_the_lock_free(tmp_path, holder):
    holder.communicate("")
    assert holder.returncode == 0
    store = open_store(None, root=tmp_path)
    with store.begin("apply"):
        pass
    assert [record.outcome for record in store.history()] == ["failed", "done"]


def test_unlock_takes_the_lock_from_a_live_holder_whose_writes_are_then_refused(tmp_path, holder):
    store = open_store(None, root=tmp_path)
    fenced = store.unlock()
    assert (fenced.epoch, fenced.command) == (1, "apply")
    with store.begin("apply") as run:
        do(run.settle(Put(row=owned())))
        run.finish("done", {})
    _, _ = holder.communicate("")
    assert holder.returncode != 0  # StaleEpoch
    assert [(r.command, r.outcome) for r in store.history()] == [
        ("apply", "done"),
        ("state unlock", "done"),
        ("apply", "crashed"),
    ]
    store.verify()


def test_unlocking_what_is_free_does_nothing(tmp_path):
    store = open_store(None, root=tmp_path)
    assert store.unlock() is None
    with store.begin("apply"):
        pass
    assert store.unlock() is None
    assert len(store.history()) == 1


def test_two_stores_of_one_process_exclude_each_other(tmp_path):
    first, second = open_store(None, root=tmp_path), open_store(None, root=tmp_path)
    with first.begin("apply"), pytest.raises(StateLocked):
        second.begin("apply")
    with second.begin("apply"):
        pass


def test_looking_whether_it_is_held_does_not_get_into_the_way(tmp_path):
    path = tmp_path / "lock"
    assert not lock.is_held(path)
    held = lock.RunLock.acquire(path)
    assert lock.is_held(path)
    assert lock.RunLock.acquire(path) is None
    held.release()
    held.release()
    assert not lock.is_held(path)


def test_a_lock_file_that_was_put_away_is_not_the_lock(tmp_path):
    path = tmp_path / "lock"
    old = lock.RunLock.acquire(path)
    path.unlink()
    new = lock.RunLock.acquire(path)
    assert new is not None
    assert lock.RunLock.acquire(path) is None
    old.release()
    new.release()


def test_a_run_of_another_machine_counts_as_dead_after_95_quiet_seconds(tmp_path, monkeypatch):
    now = [1_000_000.0]
    store = open_store(None, root=tmp_path, clock=lambda: now[0])
    monkeypatch.setattr("reconciler.state.database.store.host", lambda: "far-away")
    run = store.begin("apply")
    do(run.intend(intent("op")))
    run._lock.release()  # a file system that does not share locks
    monkeypatch.setattr("reconciler.state.database.store.host", lambda: "here")
    other = open_store(None, root=tmp_path, clock=lambda: now[0])
    now[0] += 94
    with pytest.raises(StateLocked, match="another machine"):
        other.begin("apply")
    now[0] += 2
    with other.begin("apply") as taken:
        assert taken.epoch == 2


def test_the_actor_names_a_github_run():
    environ = {
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": "a/b",
        "GITHUB_RUN_ID": "5",
    }
    assert actor(environ).endswith(" https://github.example/a/b/actions/runs/5")
    assert actor({}).endswith(f"pid {os.getpid()}")


def test_a_user_without_a_name_is_named_by_number(monkeypatch):
    def nobody() -> str:
        raise KeyError("no such user")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert actor({}).startswith(f"uid{os.geteuid()}@")


def test_many_that_start_at_once_make_one_state(tmp_path):
    with ThreadPoolExecutor(8) as threads:
        stores = list(threads.map(lambda _: open_store(None, root=tmp_path), range(8)))
    assert len({store.lineage for store in stores}) == 1
    for store in stores:
        store.verify()
        store.close()


@pytest.mark.parametrize("create", [True, False])
def test_a_state_that_another_makes_meanwhile_is_not_called_gone(tmp_path, monkeypatch, create):
    others = []

    def traces(layout):
        monkeypatch.undo()
        store = open_store(None, root=tmp_path)
        others.append(store.lineage)
        store.close()
        return layout.traces()

    monkeypatch.setattr(Layout, "traces", traces)
    store = open_store(None, root=tmp_path, create=create)
    assert others == [store.lineage]
    store.close()


def test_who_looks_while_a_state_is_made_finds_no_half_of_a_file(tmp_path, monkeypatch):
    """A crash would leave what somebody sees who looks."""
    empty = []
    sync = os.fsync

    def look(descriptor):
        layout = Layout(tmp_path / ".reconciler/state.db")
        looked_at = (layout.marker, layout.environment, layout.key, layout.moved)
        empty.extend(path for path in looked_at if path.exists() and not path.read_bytes())
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    monkeypatch.setattr(os, "fchmod", lambda descriptor, _mode: look(descriptor))
    store = open_store(None, root=tmp_path, environment="production")
    with store.begin("apply") as run:
        do(run.settle_all([Put(row=owned("a"))]))
    store.close()
    assert empty == []
    assert open_store(None, root=tmp_path, environment="production").lineage == store.lineage
    assert not [path for path in (tmp_path / ".reconciler").iterdir() if path.name.startswith(".e")]


def test_of_two_environments_that_claim_a_state_at_once_one_has_it(tmp_path, monkeypatch):
    open_store(None, root=tmp_path).close()
    link = os.link

    def slower(source, target):
        monkeypatch.undo()
        with ThreadPoolExecutor(1) as another:
            another.submit(open_store, None, root=tmp_path, environment="staging").result().close()
        link(source, target)

    monkeypatch.setattr(os, "link", slower)
    with pytest.raises(StateOfAnother, match="belongs to the environment staging"):
        open_store(None, root=tmp_path, environment="production")


def test_who_makes_the_state_waits_for_another_who_is_at_it(tmp_path, monkeypatch):
    monkeypatch.setattr(making, "_PATIENCE", 0.2)
    (tmp_path / ".reconciler").mkdir(mode=0o700)
    held = lock.RunLock.acquire(tmp_path / ".reconciler/lock")
    with pytest.raises(StateLocked, match="in use by another process"):
        open_store(None, root=tmp_path)

    def make_meanwhile() -> None:
        fill(tmp_path / "other")
        (tmp_path / "other/.reconciler/state.db").rename(tmp_path / ".reconciler/state.db")
        (tmp_path / "other/.reconciler/key").rename(tmp_path / ".reconciler/key")

    (tmp_path / "other").mkdir()
    made = threading.Timer(0.1, make_meanwhile)
    made.start()
    monkeypatch.setattr(making, "_PATIENCE", 30.0)
    assert len(open_store(None, root=tmp_path).objects()) == 3
    made.join()
    held.release()


def test_a_lock_that_cannot_be_opened_is_an_error(tmp_path):
    (tmp_path / "real").write_text("")
    (tmp_path / "lock").symlink_to(tmp_path / "real")
    with pytest.raises(StateError, match="cannot be opened"):
        lock.RunLock.acquire(tmp_path / "lock")
    assert not lock.is_held(tmp_path / "lock")


def test_a_file_system_without_locks_is_an_error(tmp_path, monkeypatch):
    def refuse(*_args):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(lock.fcntl, "flock", refuse)
    with pytest.raises(StateError, match="cannot be locked: Operation not supported"):
        lock.RunLock.acquire(tmp_path / "lock")
    assert not lock.is_held(tmp_path / "lock")


def test_a_run_that_is_just_beginning_is_told_as_such(tmp_path):
    store = open_store(None, root=tmp_path)
    held = lock.RunLock.acquire(tmp_path / ".reconciler/lock")
    with pytest.raises(StateLocked, match="just starting"):
        store.begin("apply")
    assert store.unlock() is None  # takes it from one that never began
    with store.begin("apply"):
        pass
    held.release()


def test_the_age_of_the_holder_is_told_in_fitting_units(tmp_path):
    record = RunRecord(epoch=1, command="apply", actor="a", started_at=0.0)
    said = [str(locked_by(record, now)) for now in (60.0, 600.0, 36_000.0)]
    assert ["(60 s)" in said[0], "(10 min)" in said[1], "(10 h)" in said[2]] == [True] * 3
