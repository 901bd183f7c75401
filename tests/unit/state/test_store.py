"""What a store remembers, whatever it is kept in."""

from __future__ import annotations

import os
from types import MappingProxyType

import pytest
from msgspec.structs import fields

from reconciler.errors import StateError
from reconciler.model.address import Address
from reconciler.model.journal import Watch
from reconciler.model.numbers import NumberSet
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.resource import OnRemove
from reconciler.model.secret import Secret
from reconciler.state.base import Drop, EndWatch, Move, Put, StartWatch
from reconciler.state.open import open_store
from tests.support.states import (
    IN_FILE_OR_POSTGRES,
    address,
    do,
    everything,
    fill_store,
    intent,
    owned,
)


@pytest.fixture
def store(new_state):
    return new_state()


FULL = OwnedObject(
    address=Address("nhn", "Template", "a/b"),
    remote_id="17",
    key="welcome",
    applied={"body": "안녕 \x1f\n", "list": [1, 2.5, None, True], "secret": {"hmac": "ab"}},
    extra=MappingProxyType({"ids": {"open": "3"}}),
    provenance=Provenance.INFERRED,
    protect=True,
    on_remove=OnRemove.FORGET,
    depends_on=(address("c", "Category"), address("d", "Category")),
    deposed=("12", "13"),
    needs_delivery=("key",),
    labels={"team": "growth"},
    manifest="mail/nhn.yaml",
    delivered={"key.value": "ab"},
)


def test_every_field_of_an_owned_object_comes_back(store):
    defaults = OwnedObject(address=FULL.address, remote_id="0")
    assert all(getattr(FULL, f.name) != getattr(defaults, f.name) for f in fields(FULL)[1:]), (
        "the model gained a field: set it above"
    )
    with store.begin("apply") as run:
        do(run.settle(Put(row=FULL)))
    assert store.objects() == {FULL.address: FULL}


def test_a_row_is_replaced_dropped_and_moved_with_its_members_and_watch(store):
    first, second = address("a"), address("b")
    members = NumberSet(["01012345678", "1"])
    with store.begin("apply") as run:
        do(run.settle(Put(row=owned("a", "1"), members=members)))
        do(run.settle(Put(row=owned("a", "2")), StartWatch(watch=Watch(address=first, op_id="op"))))
        assert store.members(first) == members
        do(run.settle(Move(source=first, target=second)))
        assert store.objects().keys() == {first} or store.objects().keys() == {second}
        assert store.members(first) == NumberSet()
        assert store.members(second) == members
        assert [watch.address for watch in store.watches()] == [second]
        do(run.settle(Drop(address=second), EndWatch(address=second)))
    assert store.objects() == {}
    assert store.members(second) == NumberSet()
    assert store.watches() == []
    store.verify()


def test_watches_and_accounts_come_back(store):
    watch = Watch(
        address=address(), op_id="op", key="k", marker="[mp:AAAA]", pre_ids=("1",), clean_since=2.5
    )
    with store.begin("apply") as run:
        run.set_account("nhn", "one")
        run.set_account("nhn", "two")
        do(run.settle(StartWatch(watch=watch)))
    assert store.watches() == [watch]
    assert store.accounts() == {"nhn": "two"}


def test_the_serial_grows_with_every_settlement(store):
    with store.begin("apply") as run:
        do(run.settle(Put(row=owned("a"))))
        do(run.settle_all([Put(row=owned("b")), Put(row=owned("c"))]))
        assert store.serial == 3
        do(run.intend(intent("op")))
        assert store.serial == 3


def test_settling_many_is_all_or_nothing(store):
    with store.begin("apply") as run:
        bad = Put(row=owned("b", applied={"password": Secret("hunter2")}))
        with pytest.raises(StateError, match="could not be written"):
            do(run.settle_all([Put(row=owned("a")), bad]))
        with pytest.raises(StateError, match="no-such-op"):
            do(run.settle(Put(row=owned("a")), closes={"no-such-op": "done"}))
    assert store.objects() == {}


def test_acknowledged_members_count_at_once_and_merge_when_settled(store):
    with store.begin("apply") as run:
        do(run.settle(Put(row=owned("list"), members=NumberSet(["0101"]))))
        do(run.acknowledge("op", address("list"), ["0102", "0103"]))
        do(run.acknowledge("op", address("list"), []))
        do(run.acknowledge("op", address("other"), ["0109"]))
        assert set(store.members(address("list"))) == {"0101", "0102", "0103"}
        do(run.settle(Put(row=owned("list"), members=NumberSet(["0102"]))))
        assert set(store.members(address("list"))) == {"0102", "0103"}
        assert set(store.members(address("other"))) == {"0109"}
    store.verify()


def test_acknowledged_members_survive_a_run_that_never_settled(store):
    with store.begin("apply") as run:
        do(run.acknowledge("op", address("list"), ["0102"]))
    with store.begin("apply"):
        assert set(store.members(address("list"))) == {"0102"}
    assert store.tally.sums["acknowledged"] == (0, 0)


def test_history_tells_how_runs_ended(store):
    with store.begin("apply") as run:
        run.finish("done", {"create done": 2})
    with pytest.raises(ZeroDivisionError), store.begin("destroy"):
        raise ZeroDivisionError
    newest, oldest = store.history()
    assert (oldest.command, oldest.outcome, oldest.summary) == ("apply", "done", {"create done": 2})
    assert (newest.command, newest.outcome, newest.epoch) == ("destroy", "failed", 2)
    assert f"pid {os.getpid()}" in newest.actor
    assert newest.ended_at is not None


def test_a_run_that_is_over_writes_no_more(store):
    with store.begin("apply") as run:
        pass
    with pytest.raises(StateError, match="has ended"):
        do(run.settle(Put(row=owned())))


def test_digests_are_keyed_and_stay_the_same(store, tmp_path):
    assert store.digest("a") == store.digest("a") != store.digest("b")
    other = open_store("memory:", root=tmp_path)
    assert other.digest("a") != store.digest("a")


@IN_FILE_OR_POSTGRES
def test_a_state_is_the_same_when_opened_again(new_state):
    fill_store(new_state())
    first, second = new_state(), new_state()
    assert everything(first) == everything(second)
    assert first.digest("x") == second.digest("x")
    assert len(first.objects()) == 3


@IN_FILE_OR_POSTGRES
def test_a_store_shows_one_moment_until_it_begins_a_run(new_state):
    fill_store(new_state())
    early, late = new_state(), new_state()
    before = everything(early)
    with late.begin("apply") as run:
        do(run.settle(Put(row=owned("new"))))
    assert everything(early) == before
    with early.begin("apply"):
        assert address("new") in early.objects()
        assert early.serial == before["serial"] + 1


def test_without_a_state_a_plan_reads_an_empty_one_and_leaves_no_trace(tmp_path):
    store = open_store(None, root=tmp_path, create=False)
    assert (store.lineage, store.serial) == ("", 0)
    assert everything(store)["objects"] == {}
    assert store.unlock() is None
    assert store.digest("a") == store.digest("a")
    store.verify()
    with pytest.raises(StateError, match="no state at"):
        store.begin("apply")
    store.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("state.db", "state.db"),
        ("sqlite:///deep/er/team.db", "deep/er/team.db"),
        ("a/.reconciler/x.db", "a/.reconciler/x.db"),
    ],
)
def test_a_url_or_path_names_the_file(tmp_path, url, path):
    open_store(url, root=tmp_path).close()
    assert (tmp_path / path).is_file()
    ours = {each.name for each in (tmp_path / path).parent.rglob("*") if each.is_file()}
    assert {"key", "lineage", ".gitignore"} <= ours


def test_an_absolute_url_may_lie_outside_the_project(tmp_path):
    (tmp_path / "project").mkdir()
    open_store(f"sqlite:///{tmp_path}/s.db", root=tmp_path / "project").close()
    assert (tmp_path / "s.db").is_file()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://user:hunter2@host/db", "holds a password"),
        ("mysql://user:hunter2@host/db", "'mysql'"),
        ("sqlite://state.db", "'sqlite'"),
        ("sqlite:///", "'sqlite'"),
        ("../state.db", "outside"),
    ],
)
def test_a_url_that_cannot_be_opened_is_explained_without_its_password(tmp_path, url, said):
    with pytest.raises(StateError, match=said) as caught:
        open_store(url, root=tmp_path)
    assert "hunter2" not in str(caught.value)
    assert caught.value.hint
