"""A crash at any put, a store that goes away, another run that takes over."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from reconciler.errors import (
    IntentNotDurable,
    ResponseNotDurable,
    StaleEpoch,
    StateError,
    StateLocked,
)
from reconciler.model.journal import Response
from reconciler.state.base import Put
from reconciler.state.database import run as run_module
from reconciler.state.database.holder import FOREIGN_SECONDS
from reconciler.state.objects.log import LOG, name_of
from reconciler.state.objects.opening import open_objects
from tests.support.buckets import Aged, Down
from tests.support.recipients import ENCRYPTED
from tests.support.states import (
    address,
    check_promises,
    do,
    everything,
    fill_store,
    intent,
    owned,
    whole_run,
)


@pytest.fixture(autouse=True)
def no_retries(monkeypatch):
    monkeypatch.setattr(run_module, "RETRIES", (0.0, 0.0))


class Crash(BaseException):
    """The process dies here."""


class Nth:
    """Raises at the nth effect, or counts them all."""

    def __init__(self, nth=0):
        self.nth = nth
        self.names = []

    def __call__(self, name):
        self.names.append(name)
        if len(self.names) == self.nth:
            raise Crash


def aged_by(bucket, seconds):
    """Return the bucket as it is so many seconds later."""
    later = Aged(bucket)
    later.age = seconds
    return later


@pytest.mark.parametrize("opening", [{}, ENCRYPTED], ids=["clear", "encrypted"])
def test_a_crash_at_any_put_loses_nothing_that_was_promised(new_bucket, opening):
    counted = Nth()
    whole_run(partial(open_objects, new_bucket(), **opening), counted, [])
    for kind in ("make key", "put log/000000000001", "begin", "intend", "settle", "snapshot"):
        assert any(name.startswith(kind) for name in counted.names), kind
    for nth in range(1, len(counted.names) + 1):
        bucket, promised = new_bucket(), []
        with pytest.raises(Crash):
            whole_run(partial(open_objects, bucket, **opening), Nth(nth), promised)
        store = open_objects(aged_by(bucket, FOREIGN_SECONDS), **opening)
        check_promises(store, promised)
        store.close()


def test_a_live_run_is_left_alone_and_a_quiet_one_taken_over(bucket, opens):
    run = opens().begin("apply")
    do(run.intend(intent("op")))
    with pytest.raises(StateLocked) as caught:
        opens().begin("plan")
    assert "`apply`" in caught.value.message
    assert "counts as dead" in caught.value.details[0]
    almost = aged_by(bucket, FOREIGN_SECONDS - 10)
    with pytest.raises(StateLocked):
        opens(almost).begin("apply")

    second = opens(aged_by(bucket, FOREIGN_SECONDS)).begin("apply")
    with pytest.raises(StaleEpoch):
        do(run.settle(Put(row=owned()), closes={"op": "done"}))
    do(second.settle(closes={"op": "nothing was sent"}))
    second.finish("done", {})
    second.__exit__(None, None, None)
    assert [each.outcome for each in opens().history()] == ["done", "crashed"]
    assert opens().objects() == {}


def test_a_run_that_was_taken_over_keeps_what_it_was_answered(bucket, opens, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    run = opens().begin("apply")
    do(run.intend(intent("op")))
    opens().unlock()
    with pytest.raises(StaleEpoch) as caught:
        do(run.respond("op", Response(server_id="7")))
    assert caught.value.exit_code == ResponseNotDurable.exit_code
    run.__exit__(None, None, None)
    [entry] = opens().open_entries()
    assert entry.response.server_id == "7"
    with opens().begin("apply"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_of_two_that_begin_at_once_one_is_refused(bucket, opens):
    first, second = opens(), opens()
    other = second._home.writer
    run = None

    def both_have_looked():
        nonlocal run
        made = other()
        run = first.begin("apply")
        return made

    second._home.writer = both_have_looked
    with pytest.raises(StateLocked) as caught:
        second.begin("apply")
    assert "just begun" in caught.value.message
    do(run.settle(Put(row=owned())))
    run.finish("done", {})
    run.__exit__(None, None, None)
    assert list(opens().objects()) == [address()]


def test_two_first_runs_make_one_state(bucket, opens):
    first = opens()
    second = opens()
    assert first.lineage == second.lineage
    assert first.digest("text") == second.digest("text")
    assert len(bucket.listed(LOG)) == 1


def test_the_loser_of_the_first_entry_takes_the_winners_state(bucket, opens):
    class Raced(Aged):
        def create(self, key, content):
            if key == name_of(LOG, 1) and not self.inner.listed(LOG):
                opens()
            super().create(key, content)

    loser = opens(Raced(bucket))
    assert loser.lineage == opens().lineage
    assert len(bucket.listed(LOG)) == 1


def test_unlocking_fences_a_live_holder_off(bucket, opens):
    run = opens().begin("apply")
    holder = opens().unlock()
    assert holder.command == "apply"
    with pytest.raises(StaleEpoch):
        do(run.intend(intent("op")))
    with opens().begin("apply"):
        pass


def test_a_store_that_is_gone_stops_a_run_before_anything_is_sent(bucket, opens):
    down = Down(bucket)
    store = opens(down)
    run = store.begin("apply")
    down.down = True
    with pytest.raises(IntentNotDurable) as caught:
        do(run.intend(intent("op")))
    assert "object store can be reached" in caught.value.hint
    down.down = False
    do(run.intend(intent("later")))
    run.finish("failed", {})
    run.__exit__(None, None, None)
    assert [each.intent.op_id for each in opens().open_entries()] == ["later"]


def test_an_answer_that_the_store_would_not_take_is_kept_on_this_machine(
    bucket, opens, tmp_path, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    down = Down(bucket)
    run = opens(down).begin("apply")
    do(run.intend(intent("op")))
    down.down = True
    with pytest.raises(ResponseNotDurable):
        do(run.respond("op", Response(server_id="7")))
    down.down = False
    run.__exit__(None, None, None)
    with opens().begin("apply"):
        pass
    [entry] = opens().open_entries()
    assert entry.response.server_id == "7"
    assert list(tmp_path.iterdir()) == []


def test_works_that_wait_at_the_same_moment_share_one_object(bucket, opens):
    store = opens()

    async def many(run):
        await asyncio.gather(*(run.intend(intent(f"op{number}")) for number in range(20)))

    with store.begin("apply") as run:
        before = len(bucket.listed(LOG))
        do(many(run))
        assert len(bucket.listed(LOG)) - before <= 2
    assert len(opens().open_entries()) == 20


def test_works_of_one_commit_fail_together_when_the_store_is_gone(bucket, opens):
    """Each by itself would wait as long again."""
    down = Down(bucket)
    run = opens(down).begin("apply")
    down.down, down.asked = True, 0

    async def many():
        works = (run.intend(intent(f"op{number}")) for number in range(20))
        return await asyncio.gather(*works, return_exceptions=True)

    assert {type(each) for each in do(many())} == {IntentNotDurable}
    assert down.asked <= 2 * 3
    down.down = False
    run.__exit__(None, None, None)


def test_a_plan_needs_no_right_to_write(bucket, opens):
    fill_store(opens(), 2)

    class ReadOnly(Aged):
        def create(self, key, content):
            raise StateError("denied")

        def delete(self, keys):
            raise StateError("denied")

    store = opens(ReadOnly(bucket), create=False)
    assert everything(store) == everything(opens())
    with pytest.raises(StateError):
        store.begin("apply")


def test_a_missing_state_is_an_empty_view_that_makes_nothing(bucket, opens):
    store = opens(create=False)
    assert store.objects() == {}
    assert bucket.listed("") == []


def test_a_holder_that_was_quiet_looks_before_anything_is_sent(bucket, opens, monkeypatch):
    monkeypatch.setattr(run_module, "FRESH_SECONDS", 0.0)
    holder = opens().begin("apply")
    do(holder.intend(intent("op")))
    do(holder.check())
    with opens(aged_by(bucket, FOREIGN_SECONDS)).begin("apply"), pytest.raises(StaleEpoch):
        do(holder.check())
    holder.__exit__(None, None, None)


def test_a_quiet_holder_beats(bucket, opens, monkeypatch):
    monkeypatch.setattr("reconciler.state.lease._LOOK_SECONDS", 0.001)
    now = 0.0
    store = opens(monotonic=lambda: now)
    with store.begin("apply") as run:
        before = len(bucket.listed(LOG))
        now = 21.0
        while len(bucket.listed(LOG)) == before:
            pass
        do(run.intend(intent("op")))
    assert [each.intent.op_id for each in opens().open_entries()] == ["op"]


def test_the_key_comes_from_the_environment_where_it_is_set(bucket, opens):
    key = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="
    store = opens(environ={"RECONCILER_STATE_KEY": key})
    assert bucket.read("key") is None
    assert not store.key_in_store
    again = opens(environ={"RECONCILER_STATE_KEY": key})
    assert again.digest("text") == store.digest("text")
    other = opens(environ={})
    with pytest.raises(StateError) as caught:
        other.digest("text")
    assert "RECONCILER_STATE_KEY" in caught.value.hint
    with pytest.raises(StateError) as caught:
        opens(environ={"RECONCILER_STATE_KEY": "short"}).digest("text")
    assert "32 random bytes" in caught.value.hint
