"""Intents, answers and settlements, and the secrets on their way."""

from __future__ import annotations

import sqlite3

import pytest
from msgspec.structs import replace

from reconciler.errors import StateError
from reconciler.model.journal import CreationClass, IntentStatus, Response, Verb
from reconciler.model.secret import Secret
from reconciler.state.base import Drop, Put
from reconciler.state.database import codec, writes
from tests.support.states import CANARY, IN_FILE, address, do, intent, owned, secret_response

ALL = {
    "creation": CreationClass.SECRET_ONCE,
    "marker": "[mp:AAAA]",
    "key": "k",
    "pre_ids": ("8", "9"),
    "applied": {"body": "Hello"},
    "sinks": {"deliverTo": {"file": "key"}},
    "lifecycle": {"protect": True, "dependsOn": ["nhn/Category/c"]},
    "in_doubt": {"restore": {"open|u": "lost"}},
    "target": "9",
    "gone": True,
    "makes": True,
}
"""What an intent of one verb or another may have; older versions stored all of it for each."""
FULL = [intent(f"op-{verb}", verb=verb, **ALL) for verb in Verb]


@pytest.fixture
def store(new_state):
    return new_state()


def test_an_open_intent_comes_back_complete_with_its_epoch(store):
    with store.begin("apply") as run:
        for each in FULL:
            do(run.intend(each))
    entries = store.open_entries()
    assert {entry.status for entry in entries} == {IntentStatus.OPEN}
    assert [entry.response for entry in entries] == [None] * len(FULL)
    assert [entry.intent for entry in entries] == [replace(each, epoch=1) for each in FULL]


def test_an_answer_comes_back_with_its_secrets_until_it_is_settled(store):
    with store.begin("apply") as run:
        do(run.intend(intent("op")))
        answer = Response(server_id="7", extra={"a": {"b": "c"}}, secrets={"key": Secret(CANARY)})
        do(run.respond("op", answer))
        [entry] = store.open_entries()
        assert entry.status is IntentStatus.RESPONDED
        assert entry.response == answer
        [told] = store.journal()
        assert told.response == Response(server_id="7", extra={"a": {"b": "c"}})
        do(run.settle(Put(row=owned()), closes={"op": "done"}))
    assert store.open_entries() == []
    [told] = store.journal()
    assert (told.status, told.outcome) == (IntentStatus.CLOSED, "done")
    assert told.response == Response(server_id="7", extra={"a": {"b": "c"}})


def test_the_same_operation_may_be_intended_again_while_it_is_open(store):
    with store.begin("apply") as run:
        do(run.intend(intent("op")))
        do(run.intend(intent("op", step="again")))
        [entry] = store.open_entries()
        assert entry.intent.step == "again"
        do(run.settle(closes={"op": "done"}))
        do(run.settle(closes={"op": "done"}))  # closing twice is closing once
        with pytest.raises(StateError, match="closed already"):
            do(run.intend(intent("op")))
    store.verify()


def test_an_operation_that_is_not_known_is_refused(store):
    with store.begin("apply") as run:
        with pytest.raises(StateError, match="not open"):
            do(run.respond("op", Response()))
        with pytest.raises(StateError, match="not known"):
            do(run.settle(closes={"op": "done"}))


def test_an_intent_with_fields_of_older_versions_is_read():
    for each in FULL:
        now = codec.loads(codec.encode_intent(each))
        older = codec.dumps({**ALL, **now, "attempt": 2, "request_digest": "ab"})
        assert codec.decode_intent(older) == each


def test_the_journal_is_newest_first_and_limited(store):
    with store.begin("apply") as run:
        for number in range(6):
            do(run.intend(intent(f"op-{number}")))
        do(run.settle(closes={f"op-{number}": "done" for number in (0, 2, 5)}))
    assert [e.intent.op_id for e in store.journal()] == [f"op-{n}" for n in (5, 4, 3, 2, 1, 0)]
    assert [e.intent.op_id for e in store.journal(2)] == ["op-5", "op-4"]
    assert [e.intent.op_id for e in store.open_entries()] == ["op-1", "op-3", "op-4"]


def test_closed_intents_are_kept_up_to_a_number(store, monkeypatch):
    monkeypatch.setattr(writes, "KEPT_INTENTS", 2)
    with store.begin("apply") as run:
        for number in range(5):
            do(run.intend(intent(f"op-{number}")))
        do(run.settle(closes={f"op-{number}": "done" for number in range(5)}))
    with store.begin("apply"):
        pass
    assert [e.intent.op_id for e in store.journal()] == ["op-4", "op-3"]
    store.verify()


MAKES = {"verb": Verb.UPDATE, "makes": True}


@pytest.mark.parametrize(
    ("given", "outcome", "counts"),
    [
        pytest.param({}, "done", True, id="a create"),
        pytest.param({}, "recovered-proven", True, id="a create that was found"),
        pytest.param({}, "absent", False, id="a create that was not carried out"),
        pytest.param({}, "rejected", False, id="a create that was refused"),
        pytest.param({}, None, True, id="a create that is not settled"),
        pytest.param({"verb": Verb.UPDATE}, "done", False, id="an update"),
        pytest.param(MAKES, "done", True, id="an update that makes"),
        pytest.param(MAKES, "looked-again", True, id="an update that perhaps made"),
        pytest.param(MAKES, "not-sent", False, id="an update that was not sent"),
    ],
)
def test_what_was_just_made_is_known_for_as_long_as_is_asked_for(new_state, given, outcome, counts):
    now = [1000.0]
    store = new_state(clock=lambda: now[0])
    with store.begin("apply") as run:
        do(run.intend(intent("op", **given)))
        if outcome in {"done", None}:
            do(run.respond("op", Response()))
        if outcome:
            do(run.settle(Put(row=owned()), closes={"op": outcome}))
    now[0] += 10
    assert store.just_made(11) == ({address()} if counts else frozenset())
    assert store.just_made(10) == frozenset()
    now[0] -= 20
    assert store.just_made(60) == frozenset()


def test_what_was_made_and_deleted_since_was_not_just_made(new_state):
    store = new_state(clock=lambda: 1000.0)
    with store.begin("apply") as run:
        do(run.intend(intent("op")))
        do(run.respond("op", Response(server_id="7")))
        do(run.settle(Put(row=owned(remote_id="7")), closes={"op": "done"}))
        do(run.intend(intent("op-2", verb=Verb.DELETE, target="6")))
        do(run.settle(closes={"op-2": "done"}))
        assert store.just_made(1) == {address()}  # it was its predecessor that went
        do(run.intend(intent("op-3", verb=Verb.DELETE, target="7")))
        do(run.settle(Drop(address=address()), closes={"op-3": "done"}))
    assert store.just_made(1) == frozenset()


def everything_on_disk(root):
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


@IN_FILE
def test_no_secret_is_ever_on_disk_in_clear_nor_sealed_after_it_was_settled(store, tmp_path):
    with store.begin("apply") as run:
        do(run.intend(intent("op")))
        do(run.respond("op", secret_response()))
        sealed = sealed_text(tmp_path)
        for path, content in everything_on_disk(tmp_path).items():
            assert CANARY.encode() not in content, path
        do(run.settle(Put(row=owned()), closes={"op": "done"}))
    for path, content in everything_on_disk(tmp_path).items():
        assert CANARY.encode() not in content, path
        assert sealed.encode() not in content, path


@IN_FILE
def test_a_backup_with_a_sealed_secret_goes_once_it_is_delivered(store, tmp_path):
    with store.begin("apply") as run:
        do(run.intend(intent("op")))
        do(run.respond("op", secret_response()))
    sealed = sealed_text(tmp_path)
    with store.begin("apply"):
        assert any(sealed.encode() in content for content in everything_on_disk(tmp_path).values())
    with store.begin("apply") as run:
        do(run.settle(closes={"op": "done"}))
    assert not any(sealed.encode() in content for content in everything_on_disk(tmp_path).values())
    assert list((tmp_path / ".reconciler/backups").glob("*.db"))


def sealed_text(root):
    db = sqlite3.connect(root / ".reconciler/state.db")
    [sealed] = db.execute("SELECT sealed FROM pending").fetchone()
    db.close()
    return sealed.split('"')[3]


def test_a_sealed_secret_opens_for_its_own_operation_only(store):
    with store.begin("apply") as run:
        for op_id in ("op-1", "op-2"):
            do(run.intend(intent(op_id)))
            do(run.respond(op_id, secret_response()))
    keyring = store._keyring()
    sealed = keyring.seal(Secret(CANARY), "a/b/c")
    assert keyring.unseal(sealed, "a/b/c").reveal() == CANARY
    with pytest.raises(StateError, match="cannot be opened"):
        keyring.unseal(sealed, "a/b/d")


def test_a_secret_in_the_wrong_place_is_refused_and_not_stored(store):
    with store.begin("apply") as run:
        with pytest.raises((TypeError, StateError)) as caught:
            do(run.settle(Put(row=owned(applied={"password": Secret(CANARY)}))))
        assert CANARY not in str(caught.value)
    assert store.objects() == {}


@IN_FILE
def test_an_event_tells_who_did_what(store, tmp_path):
    with store.begin("apply") as run:
        do(run.intend(intent("op")))
        do(run.settle(Put(row=owned()), closes={"op": "done"}))
        do(run.settle(Drop(address=address())))
        run.finish("done", {})
    db = sqlite3.connect(tmp_path / ".reconciler/state.db")
    kinds = [row[0] for row in db.execute("SELECT kind FROM events ORDER BY seq")]
    assert kinds == ["begin", "intent", "settled", "settled", "end"]
    [detail] = db.execute("SELECT detail FROM events WHERE kind = 'begin'").fetchone()
    assert "apply by" in detail
