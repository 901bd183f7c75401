"""The store in memory that models of crashes run on."""

from __future__ import annotations

import pytest

from reconciler.errors import StaleEpoch, StateLocked
from reconciler.state.base import Put
from reconciler.state.database.memory import open_memory
from tests.support.states import do, intent, owned, secret_response


def test_an_image_is_what_a_crash_leaves():
    store = open_memory()
    run = store.begin("apply")
    do(run.intend(intent("op")))
    do(run.respond("op", secret_response()))
    image = store.image()
    do(run.settle(Put(row=owned()), closes={"op": "done"}))

    after = open_memory(image)
    assert after.lineage == store.lineage
    assert after.open_entries()[0].response == secret_response()
    with after.begin("apply") as again:
        assert again.epoch == 2
    assert [record.outcome for record in after.history()] == ["failed", "crashed"]
    assert store.open_entries() == []


def test_an_image_keeps_the_answers_that_were_not_stored():
    armed = False

    def failpoints(name):
        if armed and name == "commit:before":
            raise OSError("full")

    store = open_memory(failpoints=failpoints)
    run = store.begin("apply")
    do(run.intend(intent("op")))
    armed = True
    with pytest.raises(Exception, match="emergency-op"):
        do(run.respond("op", secret_response()))
    after = open_memory(store.image())
    assert after.open_entries()[0].response == secret_response()
    with after.begin("apply"):
        assert after.open_entries()[0].response == secret_response()
    assert after.image().emergencies == ()


def test_a_crash_lets_go_of_the_lock_and_the_next_run_fences_the_old_one():
    store = open_memory()
    old = store.begin("apply")
    with pytest.raises(StateLocked):
        store.begin("apply")
    store.crash()
    with store.begin("apply"), pytest.raises(StaleEpoch):
        do(old.intend(intent("op")))


def test_states_in_memory_have_nothing_in_common():
    first, second = open_memory(), open_memory()
    assert first.lineage != second.lineage
    with first.begin("apply") as run:
        do(run.settle(Put(row=owned())))
    assert second.objects() == {}
    first.verify()
    second.close()


def test_unlocking_a_held_state_in_memory_fences_its_holder():
    store = open_memory()
    run = store.begin("apply")
    assert store.unlock().epoch == run.epoch
    with pytest.raises(StaleEpoch):
        run.set_account("nhn", "x")
    assert store.unlock() is None
