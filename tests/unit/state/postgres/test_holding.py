"""Who may write: takeover, fencing, sessions that end at any statement, and a pool in between."""

import os
from functools import partial

import pytest

from reconciler.errors import IntentNotDurable, StaleEpoch, StateError, StateLocked
from reconciler.state.base import Put
from reconciler.state.database import run as run_module
from reconciler.state.database import run_opening
from reconciler.state.database.holder import FOREIGN_SECONDS
from reconciler.state.failpoints import no_failpoints
from reconciler.state.postgres import connection
from reconciler.state.postgres.opening import open_state
from reconciler.state.postgres.url import connect, parse
from tests.support.meddling import Cutter, Pool
from tests.support.postgres import PostgresState
from tests.support.states import (
    address,
    check_promises,
    do,
    intent,
    owned,
    whole_run,
)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(run_module, "RETRIES", (0.0, 0.0))
    monkeypatch.setattr(connection, "_LOOKS", (0.0, 0.05, 0.2, 0.5))


OPENED = []


def close_all():
    while OPENED:
        OPENED.pop().close()


@pytest.fixture(autouse=True)
def closing():
    yield
    close_all()


@pytest.fixture
def state(postgres18):
    made = PostgresState(postgres18)
    made.open = partial(opened_with, parse(made.url, ""), partial(connect, parse(made.url, "")))
    return made


def opened_with(url, connect_, failpoints=no_failpoints):
    OPENED.append(open_state(url, connect_, failpoints=failpoints, environ=os.environ))
    return OPENED[-1]


def silence(state, seconds):
    """Let so much time go by on the server."""
    with state.connect() as db:
        db.execute("UPDATE about SET beat_at = beat_at - %s * interval '1 s'", (seconds,))


def dies(run):
    """Let the process of a run die: its lock, connection and heartbeat are gone."""
    run._lock.release()
    run._db.close()


def test_a_second_run_is_refused_while_the_first_lives(state):
    first, second = state.open(), state.open()
    with first.begin("apply"):
        with pytest.raises(StateLocked, match=r"is locked by .*`apply`") as caught:
            second.begin("apply")
        assert "counts as dead" in caught.value.details[0]
    with second.begin("apply") as run:
        assert run.epoch == 2


def test_a_run_whose_process_died_is_taken_over_at_once_and_fenced(state):
    dead = state.open().begin("apply")
    do(dead.intend(intent("op")))
    dies(dead)
    with state.open().begin("apply") as run:
        assert run.epoch == 2
        dead._db.reconnect()
        with pytest.raises(StaleEpoch):
            do(dead.intend(intent("late")))
        dead._db.close()


def test_a_holder_that_hangs_is_taken_over_when_it_was_quiet_for_long(state):
    hanging = state.open().begin("apply")
    silence(state, FOREIGN_SECONDS - 5)
    with pytest.raises(StateLocked):
        state.open().begin("apply")
    silence(state, 5)
    with state.open().begin("apply"), pytest.raises(StaleEpoch):
        do(hanging.intend(intent("late")))
    dies(hanging)


def test_a_heartbeat_keeps_a_run_alive_and_tells_it_that_it_was_fenced_off(state):
    held = state.open()
    run = held.begin("apply")
    silence(state, FOREIGN_SECONDS)
    held._home._beat(run.epoch)
    with pytest.raises(StateLocked):
        state.open().begin("apply")
    assert state.open().unlock().epoch == run.epoch
    with pytest.raises(StaleEpoch):
        held._home._beat(run.epoch)
    dies(run)


def test_unlock_fences_a_holder_that_lives(state):
    with state.open().begin("apply") as run:
        assert state.open().unlock().command == "apply"
        assert state.open().unlock() is None
        with pytest.raises(StaleEpoch):
            do(run.intend(intent("late")))
    assert [each.outcome for each in state.open().history()] == ["done", "crashed"]


def test_of_two_that_begin_at_the_same_moment_one_is_refused(state):
    early, late = state.open(), state.open()
    take = late._home.repair

    def meanwhile(tally):
        take(tally)
        late.other = early.begin("apply")

    late._home.repair = meanwhile
    with pytest.raises(StateLocked, match="has just begun"):
        late.begin("apply")
    do(late.other.intend(intent("op")))
    dies(late.other)


def test_one_that_writes_while_another_looks_over_the_rows_damages_nothing(state, monkeypatch):
    early, late = state.open(), state.open()
    check_rows = run_opening.check_rows

    def meanwhile(db, tally):
        monkeypatch.setattr(run_opening, "check_rows", check_rows)
        late.other = early.begin("apply")
        do(late.other.settle(Put(row=owned())))
        check_rows(db, tally)

    monkeypatch.setattr(run_opening, "check_rows", meanwhile)
    with pytest.raises(StateLocked, match="has just begun"):
        late.begin("apply")
    assert state.open().objects() == {address(): owned()}
    dies(late.other)


# --- sessions that end ---


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_a_session_that_ends_at_any_statement_loses_nothing_that_was_promised(
    postgres18, after, step
):
    url = parse(postgres18.place(), "")
    counted = Cutter(partial(connect, url))
    whole_run(partial(opened_with, url, counted), no_failpoints, [])
    total = len(counted.statements)
    assert total > 60
    for nth in range(1, total + 1, step):
        url = parse(postgres18.place(), "")
        promised = []
        cutter = Cutter(partial(connect, url), nth=nth, after=after)
        try:
            whole_run(partial(opened_with, url, cutter), no_failpoints, promised)
        except (StateError, IntentNotDurable):
            assert "finished" not in promised
        except StaleEpoch as error:
            pytest.fail(f"{cutter.statements[nth - 1]}: {error}")
        check_promises(opened_with(url, partial(connect, url)), promised)
        close_all()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_commit_whose_answer_is_lost_is_looked_up_and_done_once(state, after):
    url = parse(state.url, "")
    store = opened_with(url, cutter := Cutter(partial(connect, url), at="COMMIT", after=after))
    with store.begin("apply") as run:
        do(run.intend(intent("op")))
        for name in ("new", "newer"):
            cutter.armed = True
            do(run.settle(Put(row=owned(name)), closes={"op": "done"}))
            assert not cutter.armed
        run.finish("done", {})
    found = state.open()
    found.verify()
    assert len(found.objects()) == 2
    assert found.open_entries() == []
    assert found.serial == 2


def test_every_commit_waits_for_the_disk_whatever_the_role_says(state):
    store = state.open()
    with state.connect() as db:
        db.execute("ALTER ROLE postgres SET synchronous_commit TO off")
    try:
        with store.begin("apply") as run:
            run._db.begin_writing()
            [said] = run._db.db.execute("SHOW synchronous_commit").fetchone()
            run._db.rollback()
    finally:
        with state.connect() as db:
            db.execute("ALTER ROLE postgres RESET synchronous_commit")
    assert said == "on"


# --- a pool ---


@pytest.fixture
def pool(state):
    made = Pool(partial(connect, parse(state.url, "")), size=6)
    yield made
    close_all()
    made.close()


def test_behind_a_pool_everything_works_with_another_session_each_time(state, pool):
    promised = []
    whole_run(partial(opened_with, parse(state.url, ""), pool), no_failpoints, promised)
    assert promised[-1] == "finished"
    check_promises(state.open(), promised)


def test_behind_a_pool_a_free_lock_tells_nothing_of_the_holder(state, pool):
    through = parse(state.url, "")
    holder = opened_with(through, pool).begin("apply")
    for second in (state.open(), opened_with(through, pool)):
        with pytest.raises(StateLocked):
            second.begin("apply")
    silence(state, FOREIGN_SECONDS)
    with opened_with(through, pool).begin("apply"), pytest.raises(StaleEpoch):
        do(holder.intend(intent("late")))
    dies(holder)


def test_a_holder_that_was_quiet_looks_before_anything_is_sent(state, monkeypatch):
    monkeypatch.setattr(run_module, "FRESH_SECONDS", 0.0)
    holder = state.open().begin("apply")
    do(holder.intend(intent("op")))
    silence(state, FOREIGN_SECONDS)
    do(holder.check())
    with pytest.raises(StateLocked):  # as looking says that it lives
        state.open().begin("apply")
    silence(state, FOREIGN_SECONDS)
    with state.open().begin("apply"), pytest.raises(StaleEpoch):
        do(holder.check())
    dies(holder)
