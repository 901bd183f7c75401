"""No phone number lies in clear in what a state is made of, whatever its form."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from contextlib import closing

import pytest
from msgspec.structs import replace

from reconciler.errors import StateError
from reconciler.model.address import Address
from reconciler.model.journal import Verb
from reconciler.model.numbers import NumberSet
from reconciler.model.owned import LEFT
from reconciler.state.base import Move, Put
from reconciler.state.database import connection
from reconciler.state.database.tables import CANARIES, DRIFTED, SUMMED, USED_PLANS
from reconciler.state.database.tally import rehashed
from reconciler.state.open import open_store
from reconciler.state.seal import Keyring
from tests.support.postgres import PostgresState
from tests.support.states import do, intent, owned

NUMBERS = [f"0101234{n:04}" for n in range(5670, 5690)]
LIST = Address("nhn", "BlockList", "ads")
HAD = {LEFT: {"fields": {"phoneNumbers": NUMBERS[:2]}, "extra": {"spelled": {NUMBERS[0]: "010-1"}}}}


def clear(folder):
    """The places where a number, or the set of all, can be read."""
    digits = re.compile(rb"0101234567\d|101234567\d|10[- ]?1234[- ]?567\d")
    bitmap = NumberSet(NUMBERS).to_bytes()
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [p.name for p in files if digits.search(p.read_bytes()) or bitmap in p.read_bytes()]


def work(root):
    store = open_store(None, root=root)
    with store.begin("apply") as run:
        do(run.intend(intent("op-1", "ads", verb=Verb.UPDATE, in_doubt=HAD)))
        do(run.acknowledge("op-1", LIST, NUMBERS[:10]))
        do(run.acknowledge("op-1", LIST, NUMBERS[10:]))
        assert clear(root) == []
        assert store.members(LIST) == NumberSet(NUMBERS)
        assert [entry.intent.in_doubt for entry in store.open_entries()] == [HAD]
        row = replace(owned("ads"), address=LIST, extra={**HAD, "other": 1})
        do(run.settle(Put(row=row, members=NumberSet(NUMBERS))))
        assert clear(root) == []
    store.close()


def test_members_and_what_an_object_had_lie_sealed_and_open_as_they_were(tmp_path):
    for _ in range(2):
        work(tmp_path)
    assert clear(tmp_path) == []
    store = open_store(None, root=tmp_path, create=False)
    assert store.members(LIST) == NumberSet(NUMBERS)
    assert store.objects()[LIST].extra == {**HAD, "other": 1}
    store.verify()
    store.close()


def test_a_row_with_members_keeps_them_under_another_name(tmp_path):
    work(tmp_path)
    other = Address("nhn", "BlockList", "spam")
    store = open_store(None, root=tmp_path)
    with store.begin("state mv") as run:
        do(run.settle(Move(source=LIST, target=other)))
    assert store.members(other) == NumberSet(NUMBERS)
    store.close()


def test_members_of_another_key_are_not_opened(tmp_path):
    work(tmp_path)
    db = sqlite3.connect(tmp_path / ".reconciler/state.db", isolation_level=None)
    sealed = Keyring.generate().seal_bytes(NumberSet(NUMBERS).to_bytes(), "members")
    db.execute("UPDATE members SET numbers = ?", (sealed,))
    rehashed(db)
    db.close()
    store = open_store(None, root=tmp_path, create=False)
    with pytest.raises(StateError, match="another key file"):
        store.members(LIST)
    store.close()


def a_hundred_thousand(store):
    numbers = NumberSet(f"010{n:08}" for n in range(0, 5_000_000, 50))
    with store.begin("apply") as run:
        do(run.settle(Put(row=replace(owned("ads"), address=LIST), members=numbers)))
    return numbers


def test_a_hundred_thousand_members_stay_small(tmp_path):
    store = open_store(None, root=tmp_path)
    numbers = a_hundred_thousand(store)
    assert store.members(LIST) == numbers
    store.close()
    assert (tmp_path / ".reconciler/state.db").stat().st_size < 600_000


# --- states of the first schema ---


def as_first_schema(root):
    """Write a state, and its backups, as the first schema had them: with all of it in clear."""
    store = open_store(None, root=root)
    keyring = store._keyring()
    store.close()
    folder = root / ".reconciler"
    for file in (folder / "state.db", *(folder / "backups").glob("*.db")):
        db = sqlite3.connect(file, isolation_level=None)
        turn_back(db, keyring)
        db.execute("PRAGMA user_version=1")
        db.close()
    return keyring


def turn_back(db, keyring):
    """Give a database the tables and rows of the first schema."""
    for address, numbers in db.execute("SELECT address, numbers FROM members").fetchall():
        opened = keyring.unseal_bytes(numbers, "members")
        db.execute("UPDATE members SET numbers = ? WHERE address = ?", (opened, address))
    applied = json.dumps({"phoneNumbers": NUMBERS[:2][::-1], "tags": ["a"]})
    db.execute("UPDATE objects SET applied = ?, extra = ?", (applied, json.dumps(HAD)))
    changed = {"applied": json.loads(applied), "in_doubt": HAD}
    for op_id, text in db.execute("SELECT op_id, intent FROM pending").fetchall():
        intended = json.dumps({**json.loads(text), **changed})
        db.execute("UPDATE pending SET intent = ? WHERE op_id = ?", (intended, op_id))
    for number, text in db.execute("SELECT id, numbers FROM acknowledged").fetchall():
        opened = keyring.unseal_bytes(base64.b64decode(text), "batch").decode()
        db.execute("UPDATE acknowledged SET numbers = ? WHERE id = ?", (opened, number))
    later = (CANARIES, USED_PLANS, DRIFTED)
    for table in later:
        db.execute(f"DROP TABLE {table.name}")
    rehashed(db, [table for table in SUMMED if table not in later])


NEW = Address("nhn", "BlockList", "new")


def leave_open(store):
    """Let a run end in the middle of its work."""
    with store.begin("apply") as run:
        do(run.intend(intent("op-2", "ads", verb=Verb.UPDATE, in_doubt=HAD)))
        do(run.acknowledge("op-2", NEW, NUMBERS))
    store.close()


@pytest.fixture
def first(tmp_path):
    for _ in range(3):
        work(tmp_path)
    leave_open(open_store(None, root=tmp_path))
    return as_first_schema(tmp_path)


def check_veiled(store, keyring):
    row = store.objects()[LIST]
    digest = keyring.digest(f"phoneNumbers={sorted(NUMBERS[:2])!r}")
    assert row.applied == {"phoneNumbers": {"hmac": digest}, "tags": ["a"]}
    assert row.extra == HAD
    assert store.members(LIST) == NumberSet(NUMBERS)
    assert store.members(NEW) == NumberSet(NUMBERS)
    assert {entry.intent.op_id for entry in store.open_entries()} >= {"op-2"}
    assert all(entry.intent.in_doubt == HAD for entry in store.open_entries())
    store.verify()
    store.close()


@pytest.mark.parametrize("create", [True, False])
def test_a_state_of_the_first_schema_opens_with_its_numbers_veiled(tmp_path, first, create):
    assert {"state.db", "00000001.db"} <= set(clear(tmp_path))
    store = open_store(None, root=tmp_path, create=create)
    check_veiled(store, first)
    assert clear(tmp_path) == [] or not create


def test_migrations_veil_the_numbers_in_postgresql_too(postgres):
    home = PostgresState(postgres)
    home.make()
    store = home.open()
    with store.begin("apply") as run:
        row = replace(owned("ads"), address=LIST, extra=HAD)
        do(run.settle(Put(row=row, members=NumberSet(NUMBERS))))
    leave_open(store)
    keyring = home.keyring()
    with closing(home.reader()) as db:
        turn_back(db, keyring)
    home.set_version(1)
    check_veiled(home.open(), keyring)


def test_its_backups_are_rewritten_and_one_that_cannot_be_is_removed(tmp_path, first):
    folder = tmp_path / ".reconciler/backups"
    broken = min(folder.glob("*.db"))
    broken.write_bytes(broken.read_bytes()[:5000])
    open_store(None, root=tmp_path).close()
    assert not broken.exists()
    left = list(folder.glob("*.db"))
    assert left
    for backup in left:
        assert connection.check_header(backup) == connection.VERSION
    assert clear(tmp_path) == []


def test_a_crash_while_migrating_leaves_something_that_is_migrated_next_time(tmp_path, first):
    crashed = []

    def die(name):
        if name.startswith("migrate") and name not in crashed:
            crashed.append(name)
            raise KeyboardInterrupt

    for _ in range(50):
        try:
            open_store(None, root=tmp_path, failpoints=die).close()
            break
        except KeyboardInterrupt:
            continue
    assert len(crashed) > 6
    assert clear(tmp_path) == []
    store = open_store(None, root=tmp_path)
    with store.begin("apply"):
        assert store.members(LIST) == NumberSet(NUMBERS)
    store.close()
