"""What lies in the store: a chain of objects that shows every damage, and snapshots."""

from __future__ import annotations

import json
from functools import partial

import pytest
from msgspec.structs import replace

from reconciler.errors import StateCorrupt, StateError, StateNewer, StateUnsafeStore
from reconciler.model.numbers import NumberSet
from reconciler.state.base import Put
from reconciler.state.database.connection import VERSION
from reconciler.state.database.holder import FOREIGN_SECONDS
from reconciler.state.database.template import empty_tables
from reconciler.state.objects import entry as entry_module
from reconciler.state.objects import home as home_module
from reconciler.state.objects.entry import decode, encode
from reconciler.state.objects.log import LOG, SNAPSHOTS, name_of
from tests.support.buckets import Aged, Lagging, LosingAnswers, Overwriting
from tests.support.states import CANARY, address, do, everything, fill_store, intent, owned


def keys(bucket, prefix):
    return [each.key for each in bucket.listed(prefix)]


def overwrite(bucket, key, content):
    bucket.delete([key])
    bucket.create(key, content)


def without_snapshots(bucket):
    bucket.delete(keys(bucket, SNAPSHOTS))


def test_every_commit_is_one_object_and_a_run_ends_with_a_snapshot(bucket, opens):
    fill_store(opens(), 2)
    log = [decode(bucket.read(key).content, key) for key in keys(bucket, LOG)]
    assert [each.seq for each in log] == list(range(1, len(log) + 1))
    assert keys(bucket, SNAPSHOTS) == [name_of(SNAPSHOTS, len(log))]
    assert len({each.lineage for each in log}) == 1
    assert [each.epoch for each in log[:2]] == [0, 1]


def test_a_reader_sees_the_same_from_the_snapshot_and_from_the_log(bucket, opens):
    fill_store(opens(), 3)
    from_snapshot = everything(opens())
    without_snapshots(bucket)
    assert everything(opens()) == from_snapshot
    opens().verify()


def test_an_entry_says_what_it_holds_as_readable_json(bucket, opens):
    fill_store(opens(), 1)
    documents = [json.loads(bucket.read(key).content) for key in keys(bucket, LOG)]
    for document in documents:
        assert document["formatVersion"] == 1
        assert document["at"].endswith("+00:00")
    assert documents[0]["prev"] == ""
    kinds = {record["type"] for document in documents for record in document["records"]}
    assert kinds == {"put", "remove"}


def test_a_key_that_nobody_gives_lies_in_the_store_which_is_told(bucket, opens):
    assert opens().key_in_store


def test_a_secret_lies_in_the_log_sealed_only(bucket, opens):
    from tests.support.states import secret_response

    store = opens()
    with store.begin("apply") as run:
        do(run.intend(intent("op")))
        do(run.respond("op", secret_response()))
    for listed in bucket.listed(""):
        assert CANARY.encode() not in bucket.read(listed.key).content
    [entry] = opens().open_entries()
    assert entry.response == secret_response()


@pytest.mark.parametrize("what", ["gone", "changed", "cut", "swapped", "another's"])
def test_damage_in_the_log_is_told(bucket, opens, what):
    fill_store(opens(), 2)
    without_snapshots(bucket)
    key, next_key = name_of(LOG, 4), name_of(LOG, 5)
    content = bucket.read(key).content
    match what:
        case "gone":
            bucket.delete([key])
        case "changed":
            overwrite(bucket, key, content.replace(b'"epoch":1', b'"epoch":2'))
        case "cut":
            overwrite(bucket, key, content[:-10])
        case "swapped":
            overwrite(bucket, key, bucket.read(next_key).content)
        case _:
            other = replace(decode(content, key), lineage="of-another")
            overwrite(bucket, key, encode(other))
    with pytest.raises(StateCorrupt) as caught:
        opens()
    assert "memory://state/log/00000000000" in caught.value.message


def test_a_row_that_was_changed_with_its_chain_is_told_too(bucket, opens):
    """Who can write all of the log can forge it; what is not consistent is damage."""
    fill_store(opens(), 1)
    without_snapshots(bucket)
    last = keys(bucket, LOG)[-1]
    overwrite(
        bucket, last, bucket.read(last).content.replace(b'"outcome":"done"', b'"outcome":"gone"')
    )
    with pytest.raises(StateCorrupt):
        opens().verify()


def test_a_log_of_a_newer_version_is_refused(bucket, opens):
    fill_store(opens(), 1)
    [snapshot] = keys(bucket, SNAPSHOTS)
    made = decode(bucket.read(snapshot).content, snapshot)
    overwrite(bucket, snapshot, encode(replace(made, schema=VERSION + 1)))
    with pytest.raises(StateNewer):
        opens()
    overwrite(bucket, snapshot, encode(replace(made, format_version=3)))
    with pytest.raises(StateError) as caught:
        opens()
    assert "newer" in caught.value.message


def test_a_listing_that_lags_behind_hides_nothing(bucket, opens):
    stale = Lagging(bucket)
    fill_store(opens(), 2)
    assert everything(opens(stale)) == everything(opens())


def test_a_lost_answer_to_a_put_of_ours_is_no_loss(bucket, opens):
    losing = LosingAnswers(bucket, loses=lambda key: key.startswith(LOG))
    fill_store(opens(losing), 3)
    assert len(opens().objects()) == 3


def test_a_store_that_overwrites_is_refused_before_anything_is_put(bucket, opens):
    with pytest.raises(StateUnsafeStore):
        opens(Overwriting(bucket))
    assert bucket.listed("") == []


def test_a_large_commit_is_several_objects_and_counts_with_the_last(bucket, opens, monkeypatch):
    monkeypatch.setattr(entry_module, "LARGEST", 2000)
    monkeypatch.setattr(
        "reconciler.state.objects.log.split", partial(entry_module.split, largest=2000)
    )
    store = opens()
    puts = [Put(row=owned(f"t{number}", str(number))) for number in range(40)]
    with store.begin("apply") as run:
        do(run.settle_all(puts))
    without_snapshots(bucket)
    assert len(opens().objects()) == 40
    log = [decode(bucket.read(key).content, key) for key in keys(bucket, LOG)]
    end = next(number for number, each in enumerate(log) if not each.final)
    last = next(number for number, each in enumerate(log) if each.final and number > end)
    assert last > end + 2
    bucket.delete([name_of(LOG, each.seq) for each in log[last:]])  # as a crash before it would
    later = Aged(bucket)
    later.age = FOREIGN_SECONDS
    store = opens(later)
    assert store.objects() == {}
    with store.begin("apply") as run:
        do(run.settle(Put(row=owned("later"))))
    assert list(opens().objects()) == [address("later")]


def test_snapshots_come_often_enough_for_a_long_run(bucket, opens, monkeypatch):
    monkeypatch.setattr(home_module, "SNAPSHOT_EVERY", 5)
    store = opens()
    with store.begin("apply") as run:
        for number in range(12):
            do(run.settle(Put(row=owned(f"t{number}", str(number)))))
        assert len(keys(bucket, SNAPSHOTS)) == 2
        assert len(opens().objects()) == 12


def test_members_of_a_set_survive_the_way_through_a_snapshot(bucket, opens):
    numbers = [f"0101000{number:04d}" for number in range(500)]
    with opens().begin("apply") as run:
        do(run.settle(Put(row=owned("list"), members=NumberSet(numbers))))
    bucket.delete(keys(bucket, LOG)[:-1])
    assert list(opens().members(address("list"))) == numbers


def test_sweeping_keeps_three_snapshots_and_what_follows_the_oldest(bucket, opens):
    for _ in range(5):
        with opens().begin("apply") as run:
            do(run.settle(Put(row=owned())))
    kept = everything(opens())
    assert opens().sweep(3600.0) == 0
    assert opens().sweep(-3600.0) > 0
    snapshots = keys(bucket, SNAPSHOTS)
    assert len(snapshots) == 3
    assert keys(bucket, LOG)[0] > name_of(LOG, int(snapshots[0][-17:-5]))
    assert everything(opens()) == kept
    bucket.delete(snapshots[1:])
    assert everything(opens()) == kept


def test_a_log_with_older_tables_is_read_and_then_put_again_with_the_newest(bucket, opens):
    fill_store(opens(), 2)
    expected = everything(opens())
    older = VERSION - 1
    _as_of_older_tables(bucket, older)
    assert everything(opens()) == expected
    assert decode(bucket.read(name_of(LOG, 1)).content, "log").schema == older
    assert len(keys(bucket, LOG)) == 1  # reading changes nothing
    with opens().begin("apply"):
        pass
    assert decode(bucket.read(name_of(LOG, 2)).content, "log").whole
    after = everything(opens())
    assert after["objects"] == expected["objects"]
    assert len(after["history"]) == len(expected["history"]) + 1


def _as_of_older_tables(bucket, version):
    """Make a log of one entry with the tables of an older version."""
    [snapshot] = keys(bucket, SNAPSHOTS)
    entry = decode(bucket.read(snapshot).content, snapshot)
    tables = {name for (name,) in empty_tables(version).execute("SELECT name FROM sqlite_master")}
    records = tuple(each for each in entry.records if each.table in tables)
    bucket.delete([*keys(bucket, LOG), snapshot])
    older = replace(entry, schema=version, records=records, seq=1, prev="")
    bucket.create(name_of(LOG, 1), encode(older))
