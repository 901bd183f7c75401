"""An old and a new version on one state: who waits, who is refused, and who is fenced off."""

from __future__ import annotations

import threading

import pytest

from reconciler.errors import (
    ReconcilerError,
    ResponseNotDurable,
    StaleEpoch,
    StateLocked,
    StateNewer,
)
from reconciler.state.base import Put
from reconciler.state.database.connection import VERSION
from reconciler.state.database.holder import FOREIGN_SECONDS
from reconciler.state.postgres import about, schema
from tests.support.crash_postgres import emergencies_in
from tests.support.postgres import PostgresState
from tests.support.states import do, everything, fill_store, intent, owned, secret_response

WAITS = """
SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s
"""


class Aged(PostgresState):
    """A state whose tables can be made those of the version before this one."""

    def __init__(self, server):
        super().__init__(server)
        self._opened = []

    def open(self, **options):
        self._opened.append(super().open(**options))
        return self._opened[-1]

    def close(self):
        for store in self._opened:
            store.close()

    def turn_back(self):
        """Only this version has the table `drifted`; nothing else differs."""
        with self.connect() as db:
            db.execute("DROP TABLE drifted")
        self.set_version(VERSION - 1)

    def version(self):
        with self.connect() as db:
            return about.read(db, self.schema).version

    def migrations(self):
        with self.connect() as db:
            [count] = db.execute("SELECT count(*) FROM events WHERE kind = 'migrated'").fetchone()
        return count

    def silence(self, seconds):
        """Let so much time go by on the server."""
        with self.connect() as db:
            db.execute("UPDATE about SET beat_at = beat_at - %s * interval '1 s'", (seconds,))

    def wait_until_somebody_waits_to(self, words):
        with self.connect() as db:
            while not db.execute(WAITS, (f"%{words}%",)).fetchone()[0]:
                pass


class Opening(threading.Thread):
    """Opens a state in a thread, which may have to wait."""

    def __init__(self, state):
        super().__init__()
        self._state = state
        self.error = None
        self.start()

    def run(self):
        try:
            self._state.open()
        except ReconcilerError as error:
            self.error = error


@pytest.fixture
def state(postgres18):
    made = Aged(postgres18)
    fill_store(made.open())
    yield made
    made.close()


def dies(run):
    run._lock.release()
    run._db.close()


def test_a_live_run_of_an_old_version_is_left_to_finish(state):
    before = everything(state.open())["objects"]
    with state.open().begin("apply") as old:
        state.turn_back()
        do(old.intend(intent("op", "late")))
        with pytest.raises(StateLocked) as caught:
            state.open()
        assert "counts as dead" in caught.value.details[0]
        assert state.version() == VERSION - 1
        do(old.settle(Put(row=owned("late")), closes={"op": "done"}))
        old.finish("done", {})
    migrated = state.open()
    assert state.version() == VERSION
    assert migrated.objects() == {**before, owned("late").address: owned("late")}
    migrated.verify()


def test_a_plan_of_a_new_version_reads_beside_a_live_run_of_an_old_one(state):
    with state.open().begin("apply") as old:
        state.turn_back()
        plan = state.open(create=False)
        assert plan.objects() == state.open(create=False).objects()
        do(old.settle(Put(row=owned("late"))))
    assert state.version() == VERSION - 1


def test_a_run_of_an_old_version_that_was_paused_is_fenced_off(state, monkeypatch):
    emergencies_in(monkeypatch)
    old = state.open().begin("apply")
    do(old.intend(intent("op", "late")))
    state.turn_back()
    state.silence(FOREIGN_SECONDS)
    migrated = state.open()
    assert state.version() == VERSION
    for write in (old.intend(intent("more")), old.settle(Put(row=owned()))):
        with pytest.raises(StaleEpoch):
            do(write)
    with pytest.raises(StaleEpoch) as caught:
        do(old.respond("op", secret_response()))
    assert caught.value.exit_code == ResponseNotDurable.exit_code
    with migrated.begin("apply") as new:
        [entry] = migrated.open_entries()
        assert entry.response == secret_response()
        do(new.settle(closes={"op": "done"}))
    migrated.verify()
    dies(old)


def test_a_run_of_an_old_version_that_was_killed_holds_nobody_up(state):
    old = state.open().begin("apply")
    do(old.intend(intent("op")))
    state.turn_back()
    dies(old)
    with state.open().begin("apply") as new:
        assert new.epoch == old.epoch + 1
    assert state.version() == VERSION


def test_a_migration_waits_for_a_commit_that_is_under_way_and_judges_then(state):
    old = state.open().begin("apply")
    state.turn_back()
    state.silence(FOREIGN_SECONDS)
    old._db.begin_writing()
    new = Opening(state)
    state.wait_until_somebody_waits_to("FOR UPDATE")
    old._db.make_durable()
    new.join()
    assert isinstance(new.error, StateLocked)
    assert state.version() == VERSION - 1
    old.__exit__(None, None, None)
    state.open().verify()


def test_an_old_version_that_would_write_meanwhile_waits_and_is_fenced_off(state):
    old = state.open().begin("apply")
    state.turn_back()
    state.silence(FOREIGN_SECONDS)
    with state.connect() as db, db.transaction():
        db.execute("LOCK TABLE events IN SHARE MODE")  # the migration stops here, in the middle
        new = Opening(state)
        state.wait_until_somebody_waits_to("INSERT INTO")
        errors = []
        late = threading.Thread(target=lambda: errors.extend(old._writer.commit([_nothing])))
        late.start()
        state.wait_until_somebody_waits_to("FOR UPDATE")
    new.join()
    late.join()
    assert new.error is None
    assert [type(error) for error in errors] == [StaleEpoch]
    dies(old)


def _nothing(_transaction):
    pass


def test_two_that_migrate_at_once_do_it_once(state):
    state.turn_back()
    both = [Opening(state), Opening(state)]
    for each in both:
        each.join()
        assert each.error is None
    assert state.version() == VERSION
    assert state.migrations() == 1
    state.open().verify()


@pytest.mark.parametrize(
    "held",
    ["LOCK TABLE runs IN SHARE MODE", "CREATE TABLE drifted (id int)"],
    ids=["rows", "tables"],
)
def test_a_lock_that_is_not_given_back_refuses_a_migration_and_leaves_all(state, monkeypatch, held):
    monkeypatch.setattr(schema, "LOCK_SECONDS", 0.1)
    before = everything(state.open())
    state.turn_back()
    with state.connect() as db, db.transaction():
        db.execute(held)
        with pytest.raises(StateLocked, match="in use by another run or plan"):
            state.open()
        if held.startswith("CREATE"):
            db.execute("DROP TABLE drifted")
    assert state.version() == VERSION - 1
    assert everything(state.open()) == before
    assert state.version() == VERSION


# --- where a newer version has been ---


def test_an_old_version_that_had_opened_before_is_refused_when_it_begins(state):
    early, late = state.open(), state.open()
    state.set_version(VERSION + 1)
    with pytest.raises(StateNewer):
        early.begin("apply")
    with pytest.raises(StateNewer):
        late.unlock()
    with pytest.raises(StateNewer):
        state.open()


def test_one_that_was_just_about_to_begin_is_refused_too(state):
    """Between its look at the version and the transaction that opens its epoch."""
    store = state.open()
    repair = store._home.repair

    def meanwhile(tally):
        repair(tally)
        state.turn_back()
        state.open()  # migrates

    store._home.repair = meanwhile
    with pytest.raises(StateLocked, match="Try again"):
        store.begin("apply")


def test_a_plan_whose_tables_became_newer_meanwhile_is_told_so(state):
    plan = state.open(create=False)
    with state.connect() as db:
        db.execute("ALTER TABLE watches DROP COLUMN watch")
    state.set_version(VERSION + 1)
    with pytest.raises(StateNewer):
        plan.watches()
