"""A saved plan is applied once, in time, and on the state that it was made with."""

import time

import pytest
from msgspec.structs import replace

from reconciler.errors import PlanExpired, PlanStale, PlanUsed
from reconciler.state.base import PlanUse, Put
from tests.support.states import do, owned

HOUR = 3600.0


@pytest.fixture
def store(new_state):
    return new_state()


def use(store, **changed):
    made = PlanUse(nonce="n-1", expires_at=time.time() + HOUR, contents=store.contents())
    return replace(made, **changed)


def outcomes(store):
    return [run.outcome for run in store.history()]


def test_the_second_time_is_refused_and_told_who_was_first(store):
    plan = use(store)
    with store.begin("apply", plan=plan) as run:
        run.finish("done", {})
    assert store.used_plan("n-1").epoch == 1
    with pytest.raises(PlanUsed) as refused:
        store.begin("apply", plan=plan)
    assert refused.value.details[0].startswith("run 1 by ")
    assert outcomes(store) == ["done"]


def test_another_state_is_refused_and_no_run_begun(store):
    plan = use(store)
    with store.begin("apply") as run:
        do(run.settle(Put(row=owned())))
        run.finish("done", {})
    with pytest.raises(PlanStale):
        store.begin("apply", plan=plan)
    assert store.used_plan("n-1") is None
    assert outcomes(store) == ["done"]


def test_a_plan_from_before_there_was_a_state_is_for_one_without_a_run(store):
    first, second = use(store, contents=""), use(store, nonce="n-2", contents="")
    with store.begin("apply", plan=first) as run:
        run.finish("done", {})
    with pytest.raises(PlanStale):
        store.begin("apply", plan=second)


def test_one_that_is_too_old_is_refused(store):
    with pytest.raises(PlanExpired):
        store.begin("apply", plan=use(store, expires_at=time.time() - HOUR))
    assert store.used_plan("n-1") is None
    assert outcomes(store) == []


def test_what_changes_nothing_does_not_make_a_plan_old(store):
    plan = use(store)
    with store.begin("apply") as run:
        run.finish("refused", {})
    with store.begin("apply", plan=plan) as run:
        run.finish("done", {})
    assert outcomes(store) == ["done", "refused"]
