"""What every object store does alike, asked of obstore's memory, a folder and S3 over HTTP."""

from __future__ import annotations

import threading

import pytest

from reconciler.errors import StateUnsafeStore
from reconciler.state.objects.bucket import Taken
from reconciler.state.objects.probe import PREFIX, probe
from tests.support.buckets import Overwriting


def test_a_name_is_taken_once(any_bucket):
    any_bucket.create("log/1", b"one")
    with pytest.raises(Taken):
        any_bucket.create("log/1", b"two")
    assert any_bucket.read("log/1").content == b"one"


def test_of_many_at_once_one_gets_the_name(any_bucket):
    won = []

    def put(number):
        try:
            any_bucket.create("log/1", str(number).encode())
        except Taken:
            return
        won.append(number)

    threads = [threading.Thread(target=put, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [str(number).encode() for number in won] == [any_bucket.read("log/1").content]


def test_a_listing_is_in_order_and_begins_after_a_name(any_bucket):
    for key in ("log/2", "log/10", "log/1", "snapshot/1"):
        any_bucket.create(key, b"")
    assert [each.key for each in any_bucket.listed("log/")] == ["log/1", "log/10", "log/2"]
    assert [each.key for each in any_bucket.listed("log/", after="log/10")] == ["log/2"]
    assert any_bucket.listed("nothing/") == []


def test_what_is_not_there_is_none_and_can_be_deleted(any_bucket):
    any_bucket.create("log/1", b"")
    any_bucket.delete(["log/1", "log/2"])
    assert any_bucket.read("log/1") is None


def test_an_object_can_be_replaced(any_bucket):
    any_bucket.create("snapshot/1", b"one")
    any_bucket.replace("snapshot/1", b"two")
    assert any_bucket.read("snapshot/1").content == b"two"
    assert [each.key for each in any_bucket.listed("snapshot/")] == ["snapshot/1"]


def test_moments_are_those_of_the_store(any_bucket):
    any_bucket.create("log/1", b"")
    [listed] = any_bucket.listed("log/")
    stored = any_bucket.read("log/1")
    assert abs(listed.written_at - stored.written_at) < 1  # HTTP tells whole seconds


def test_the_probe_passes_and_leaves_nothing(any_bucket):
    assert probe(any_bucket) > 0
    assert any_bucket.listed(PREFIX) == []


def test_a_store_that_overwrites_is_refused(any_bucket):
    with pytest.raises(StateUnsafeStore) as caught:
        probe(Overwriting(any_bucket))
    assert "update the store or keep the state elsewhere" in caught.value.hint
    assert any_bucket.listed(PREFIX) == []
