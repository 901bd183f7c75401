"""States behind a real PgBouncer in transaction mode; `test_holding.py` has a double of one.

`make test-pool` runs this with the program that `RECONCILER_TEST_PGBOUNCER` names.
"""

from __future__ import annotations

import asyncio

import pytest

from reconciler.errors import StaleEpoch, StateLocked
from reconciler.state.base import Put
from reconciler.state.database.holder import FOREIGN_SECONDS
from tests.support.postgres import Bouncer, PostgresState
from tests.support.states import check_promises, do, intent, owned, whole_run

pytestmark = pytest.mark.skipif(
    not Bouncer.GIVEN, reason="RECONCILER_TEST_PGBOUNCER does not name a pgbouncer"
)


@pytest.fixture(scope="module", params=[16, 18])
def server(request):
    running = Bouncer(request.param)
    yield running
    running.stop()


@pytest.fixture
def state(server):
    return PostgresState(server)


def test_a_whole_run_keeps_its_promises(state):
    promised = []
    whole_run(state.open, lambda _name: None, promised)
    assert promised[-1] == "finished"
    store = state.open()
    check_promises(store, promised)
    store.close()


def test_many_creates_side_by_side(state):
    async def create(run, number):
        await run.intend(intent(f"op-{number}", f"t{number}"))
        await run.settle(Put(row=owned(f"t{number}")), closes={f"op-{number}": "done"})

    async def main(run):
        await asyncio.gather(*(create(run, number) for number in range(100)))

    store, plan = state.open(), state.open()
    with store.begin("apply") as run:
        do(main(run))
        assert plan.objects() == {}, "a plan sees one moment"
    assert len(store.objects()) == 100
    store.verify()
    store.close()
    plan.close()


def test_a_free_lock_tells_nothing_of_the_holder_and_its_silence_does(state):
    store, second = state.open(), state.open()
    holder = store.begin("apply")
    assert holder._db.holder is None
    with pytest.raises(StateLocked):
        second.begin("apply")
    with state.connect() as db:
        db.execute("UPDATE about SET beat_at = beat_at - %s * interval '1 s'", (FOREIGN_SECONDS,))
    with second.begin("apply"), pytest.raises(StaleEpoch):
        do(holder.intend(intent("late")))
    holder._lock.release()
    holder._db.close()
    store.close()
    second.close()
