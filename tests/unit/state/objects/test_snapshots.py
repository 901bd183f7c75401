"""An object store goes back to a snapshot: as a step forward, and whatever dies on the way."""

from contextlib import suppress

import pytest

from reconciler.errors import StateCorrupt, StateError, StateLocked
from reconciler.state.base import Put
from reconciler.state.database.holder import FOREIGN_SECONDS
from reconciler.state.objects.log import SNAPSHOTS
from tests.support.buckets import Aged
from tests.support.moving import restored
from tests.support.recipients import ANN, BEN, ENCRYPTED, to
from tests.support.states import address, do, owned


def put(store, *names, run="apply"):
    """Let a run put rows; its end leaves a snapshot."""
    with store.begin(run) as begun:
        for name in names:
            do(begun.settle(Put(row=owned(name))))
        begun.finish("done", {})


@pytest.fixture
def three(opens):
    """A state of three runs: serials 1, 3 and 6."""
    store = opens()
    put(store, "a")
    put(store, "b", "c")
    put(store, "d", "e", "f")
    return store


def told(store, limit=20):
    return [(each.serial, each.objects) for each in store.snapshots(limit)]


def names(store):
    return sorted(each.name for each in store.objects())


def test_the_newest_snapshots_are_told_first(three, opens):
    assert told(three) == [(6, 6), (3, 3), (1, 1)]
    assert told(three, 2) == [(6, 6), (3, 3)]
    assert told(opens(), 1) == [(6, 6)]


def test_going_back_is_a_step_forward_that_takes_nothing_out(three, opens, bucket):
    before = {each.key for each in bucket.listed("log/")}
    assert restored(three, three.copied_at(3)) == 7
    again = opens()
    again.verify()
    assert names(again) == ["a", "b", "c"]
    assert [each.command for each in again.history()] == ["state restore"] + 3 * ["apply"]
    assert before < {each.key for each in bucket.listed("log/")}
    assert told(again) == [(7, 3), (6, 6), (3, 3), (1, 1)]
    assert restored(again, again.copied_at(6)) == 8
    assert names(opens()) == ["a", "b", "c", "d", "e", "f"]


def test_of_a_serial_with_several_snapshots_the_newest_counts(three, opens):
    put(three, run="drift")
    assert told(three) == [(6, 6), (3, 3), (1, 1)]
    assert three.copied_at(6).epoch == 4


@pytest.mark.parametrize(
    ("serial", "near"), [(0, "serial 1"), (2, "serial 1 and 3"), (99, "serial 6")]
)
def test_a_serial_without_a_snapshot_names_those_near_it(three, serial, near):
    with pytest.raises(StateError, match=f"no snapshot of serial {serial}; the nearest: {near}\n"):
        three.copied_at(serial)


def test_a_state_without_snapshots_says_so(opens):
    store = opens()
    assert told(store) == []
    with pytest.raises(StateError, match="no snapshot of serial 1\n"):
        store.copied_at(1)


def test_while_a_run_is_open_it_is_refused(three, opens):
    content = three.copied_at(3)
    other = opens()
    with other.begin("apply"), pytest.raises(StateLocked):
        restored(three, content)
    assert len(names(opens())) == 6


class Death(BaseException):
    """The process dies here."""


def test_whatever_it_dies_at_the_state_is_the_one_or_the_other(opens, new_bucket):
    at = 0
    while True:
        at += 1
        bucket, left = new_bucket(), [at]

        def die(_name, left=left):
            left[0] -= 1
            if left[0] == 0:
                raise Death

        first = opens(bucket)
        put(first, "a")
        put(first, "b")
        dying = opens(bucket, failpoints=die)
        with suppress(Death):
            restored(dying, dying.copied_at(1))
        later = Aged(bucket)
        later.age = FOREIGN_SECONDS
        store = opens(later)
        store.verify()
        assert names(store) in (["a"], ["a", "b"])
        restored(store, store.copied_at(1))
        assert names(opens(later)) == ["a"]
        if left[0] > 0:
            break
    assert at > 4


def test_one_of_an_encrypted_state_is_opened(opens):
    store = opens(**ENCRYPTED)
    put(store, "a")
    put(store, "b")
    with store.begin("state rekey") as run:
        run.rekey()
        run.finish("done", {})
    for who in (ANN, BEN):
        again = opens(encryption=to(ANN, BEN), environ=who.environ)
        assert [each["name"] for each in rows(again.copied_at(1))] == ["a"]


def rows(content):
    table = content.tables["objects"]
    at = table.columns.index("address")
    return [{"name": str(row[at]).rpartition("/")[2]} for row in table.rows]


def test_one_of_another_state_is_refused(three, opens, bucket, new_bucket):
    elsewhere = new_bucket()
    put(opens(elsewhere), "x")
    [theirs] = [each.key for each in elsewhere.listed(SNAPSHOTS)]
    bucket.create("snapshot/000000000099.json", elsewhere.read(theirs).content)
    with pytest.raises(StateCorrupt, match=r"snapshot/000000000099.json belongs to another state"):
        three.copied_at(99)
    assert three.objects()[address("a")]
