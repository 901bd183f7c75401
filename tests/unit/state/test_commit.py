"""Several callers' work in one commit, and runs that were fenced off."""

from __future__ import annotations

import asyncio

import pytest

from reconciler.errors import IntentNotDurable, StaleEpoch, StateError
from reconciler.state.base import Put
from reconciler.state.database import commit as commit_module
from reconciler.state.database.run import FRESH_SECONDS
from tests.support.states import IN_FILE, IN_FILE_OR_POSTGRES, address, do, intent, owned


class Counted:
    """Counts effects by name, and raises where it is told to."""

    def __init__(self):
        self.names: list[str] = []
        self.fail: dict[str, BaseException] = {}

    def __call__(self, name: str) -> None:
        self.names.append(name)
        if name in self.fail:
            raise self.fail[name]

    @property
    def commits(self) -> int:
        return self.names.count("commit:after")


@pytest.fixture
def effects():
    return Counted()


@pytest.fixture
def store(new_state, effects):
    return new_state(failpoints=effects)


@IN_FILE
def test_a_thousand_parallel_creates_share_their_commits(store, effects):
    async def create(number: int, slots: asyncio.Semaphore) -> None:
        async with slots:
            await run.intend(intent(f"op-{number}", f"t{number}"))
            await run.settle(Put(row=owned(f"t{number}")), closes={f"op-{number}": "done"})

    async def main() -> None:
        slots = asyncio.Semaphore(10)
        await asyncio.gather(*(create(number, slots) for number in range(1000)))

    with store.begin("apply") as run:
        before = effects.commits
        do(main())
        assert effects.commits - before <= 2000 / 5
    assert len(store.objects()) == 1000
    store.verify()


@IN_FILE_OR_POSTGRES
def test_whoever_waits_at_the_same_moment_shares_one_commit(store, effects):
    async def main() -> None:
        await asyncio.gather(*(run.intend(intent(f"op-{n}", f"t{n}")) for n in range(50)))

    with store.begin("apply") as run:
        before = effects.commits
        do(main())
        assert effects.commits - before == 1


@IN_FILE_OR_POSTGRES
def test_one_caller_s_failure_is_its_own(store):
    async def main() -> list[object]:
        return await asyncio.gather(
            run.settle(Put(row=owned("a"))),
            run.settle(Put(row=owned("half")), closes={"no-such-op": "done"}),
            run.settle(Put(row=owned("b"))),
            return_exceptions=True,
        )

    with store.begin("apply") as run:
        first, second, third = do(main())
    assert (first, third) == (None, None)
    assert isinstance(second, StateError)
    assert store.objects().keys() == {address("a"), address("b")}
    store.verify()


@IN_FILE_OR_POSTGRES
def test_a_commit_that_fails_is_tried_again_for_each_caller_alone(store, effects, monkeypatch):
    with store.begin("apply") as run:
        together = run._writer._together

        def only_alone(works, **how):
            if len(works) > 1:
                raise OSError("too much at once")
            return together(works, **how)

        monkeypatch.setattr(run._writer, "_together", only_alone)

        async def main() -> None:
            await asyncio.gather(*(run.intend(intent(f"op-{n}")) for n in range(3)))

        do(main())
    assert len(store.open_entries()) == 3
    store.verify()


@IN_FILE_OR_POSTGRES
def test_work_whose_caller_was_cancelled_is_still_written(store):
    async def main() -> None:
        tasks = [asyncio.create_task(run.intend(intent(f"op-{n}"))) for n in range(3)]
        await asyncio.sleep(0)  # queued, not yet committed
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    with store.begin("apply") as run:
        do(main())
    assert len(store.open_entries()) == 3


@IN_FILE_OR_POSTGRES
def test_the_run_works_on_one_event_loop_after_another(store):
    with store.begin("apply") as run:
        for number in range(3):
            do(run.intend(intent(f"op-{number}")))
    assert len(store.open_entries()) == 3


@IN_FILE_OR_POSTGRES
def test_an_intent_that_is_not_durable_says_so(store, effects):
    with store.begin("apply") as run:
        effects.fail["commit:before"] = OSError(28, "No space left on device")
        with pytest.raises(IntentNotDurable, match="nothing was sent") as caught:
            do(run.intend(intent("op")))
        assert caught.value.hint
        with pytest.raises(StateError, match="No space left"):
            do(run.settle(Put(row=owned())))
        with pytest.raises(StateError, match="No space left"):
            run.set_account("nhn", "x")
        effects.fail.clear()
        do(run.intend(intent("op")))
    assert len(store.open_entries()) == 1


@IN_FILE_OR_POSTGRES
def test_a_run_that_was_fenced_off_writes_nothing(new_state, store):
    other = new_state()
    with store.begin("apply") as run:
        do(run.intend(intent("op")))
        assert other.unlock().epoch == 1

        async def main() -> list[object]:
            return await asyncio.gather(
                run.intend(intent("op-2")),
                run.settle(Put(row=owned())),
                run.acknowledge("op", address(), ["0101"]),
                return_exceptions=True,
            )

        for error in do(main()):
            assert isinstance(error, StaleEpoch), error
        with pytest.raises(StaleEpoch):
            run.set_account("nhn", "x")
        with pytest.raises(StaleEpoch):
            run.finish("done", {})
    assert [entry.intent.op_id for entry in store.open_entries()] == ["op"]
    assert store.objects() == {}
    store.verify()


@IN_FILE_OR_POSTGRES
def test_whether_a_run_may_write_is_asked_where_it_has_not_for_a_while(store, effects, monkeypatch):
    now = 0.0
    monkeypatch.setattr(commit_module, "elapsed", lambda: now)
    with store.begin("apply") as run:
        do(run.intend(intent("op")))
        before = effects.commits
        do(run.check())
        assert effects.commits == before
        now += FRESH_SECONDS
        do(run.check())
        assert effects.commits == before + 1
        do(run.check())
        assert effects.commits == before + 1


@IN_FILE_OR_POSTGRES
def test_a_transaction_that_ended_on_its_own_counts_as_not_durable(store):
    def ended(transaction):
        transaction.db.rollback()

    with store.begin("apply") as run:
        [error] = run._writer.commit([ended])
        assert error is not None
        do(run.intend(intent("op")))
    assert len(store.open_entries()) == 1
    store.verify()
