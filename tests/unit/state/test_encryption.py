"""State that others reach is encrypted: nobody but its recipients reads it, whatever happens."""

from __future__ import annotations

import base64
import os
from contextlib import closing, suppress
from functools import partial

import pytest
from obstore.store import MemoryStore

from reconciler.age import IDENTITY
from reconciler.errors import StaleEpoch, StateCorrupt, StateError, StateLockedKey
from reconciler.model.journal import Response, Watch
from reconciler.model.numbers import NumberSet
from reconciler.state.base import Put, StartWatch
from reconciler.state.chest import NOT_ENCRYPTED, Encryption
from reconciler.state.database.holder import FOREIGN_SECONDS
from reconciler.state.database.tables import TABLES
from reconciler.state.keys import VARIABLE
from reconciler.state.objects import home as home_module
from reconciler.state.objects.log import LOG, SNAPSHOTS
from reconciler.state.objects.opening import open_objects
from reconciler.state.objects.stores import ObjectBucket
from reconciler.state.open import open_store
from reconciler.state.seal import Keyring
from tests.support import age_plugin
from tests.support.buckets import Aged, Lagging
from tests.support.moving import migrated
from tests.support.postgres import PostgresState
from tests.support.recipients import ANN, BEN, EVE, to
from tests.support.states import CANARY, address, do, everything, intent, owned, secret_response


class Objects:
    """A state in an object store."""

    def __init__(self, _server):
        self.bucket = ObjectBucket(MemoryStore(), "memory://state")

    def open(self, **options):
        return open_objects(self.bucket, **options)

    def open_later(self, **options):
        """Open it when whoever died is known to be dead."""
        later = Aged(self.bucket)
        later.age = FOREIGN_SECONDS
        return open_objects(later, **options)

    def contents(self):
        return {each.key: self.bucket.read(each.key).content for each in self.bucket.listed("")}

    def lose_the_key(self):
        self.bucket.delete([each.key for each in self.bucket.listed("keys/")])


class Rows:
    """A state in PostgreSQL."""

    def __init__(self, server):
        self.state = PostgresState(server)
        self.open = self.open_later = self.state.open

    def contents(self):
        found = {}
        with self.state.connect() as db:
            for name in (*(table.name for table in TABLES), "about"):
                rows = db.execute(f"SELECT * FROM {name}").fetchall()
                found[name] = b"\n".join(
                    value if isinstance(value, bytes) else str(value).encode()
                    for row in rows
                    for value in row
                )
        return found

    def lose_the_key(self):
        with self.state.connect() as db:
            db.execute("UPDATE about SET key = NULL")


@pytest.fixture(params=[Objects, Rows])
def place(request, postgres18):
    return request.param(postgres18)


@pytest.fixture
def opens(place):
    """Return what opens the state for somebody; what is opened is closed again."""
    opened = []

    def open_it(who=ANN, recipients=(ANN, BEN), *, later=False, **options):
        given = {"encryption": to(*recipients), "environ": who.environ if who else {}} | options
        opened.append((place.open_later if later else place.open)(**given))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()


def in_clear(opens, **options):
    return opens(None, (), **options)


def fill(store, name="welcome"):
    """Put a canary wherever a state has room for what users write."""
    body = {"body": CANARY}
    with store.begin("apply") as run:
        do(run.intend(intent(f"{name}-done", name, desired=body)))
        do(run.respond(f"{name}-done", Response(server_id=CANARY)))
        row = owned(name, CANARY, key=CANARY, applied=body, extra={"left": [CANARY]})
        put = Put(row=row, members=NumberSet(["01099887766"]))
        do(run.settle(put, closes={f"{name}-done": "done"}))
        watch = Watch(address=address(name), op_id="", key=CANARY, pre_ids=(CANARY,))
        do(run.settle(StartWatch(watch=watch)))
        do(run.acknowledge(f"{name}-done", address(name), ["01099887755"]))
        do(run.intend(intent(f"{name}-open", f"{name}2", desired=body)))
        do(run.respond(f"{name}-open", secret_response()))
        run.finish("done", {})


def readable(place):
    """Return where a canary can be read, however it is spelled."""
    spelled = [CANARY, CANARY.encode().hex(), "01099887766", "01099887755"]
    spelled += [
        base64.b64encode(b" " * n + CANARY.encode() + b"  ")[4:-4].decode() for n in (0, 1, 2)
    ]
    needles = [each.encode() for each in spelled]
    return [name for name, data in place.contents().items() if any(n in data for n in needles)]


def rekey(store):
    with store.begin("state rekey") as run:
        run.rekey()
        run.finish("done", {})


def told(store):
    """Return what a store tells of the user's things."""
    found = everything(store)
    return {name: found[name] for name in ("lineage", "serial", "objects", "members", "open")}


# --- who can read -------------------------------------------------------------------------------


def test_nothing_that_users_write_is_readable_in_the_store(place, opens):
    fill(opens())
    assert readable(place) == []
    assert not opens().key_in_store
    assert opens().rekey_due == ""
    opens().verify()


def test_what_is_not_encrypted_is_readable_which_is_what_this_is_for(place, opens):
    fill(in_clear(opens))
    assert readable(place)


def test_each_recipient_reads_it_and_nobody_else(opens):
    fill(opens())
    assert told(opens(ANN)) == told(opens(BEN))
    for who in (EVE, None):
        for recipients in ((ANN, BEN), ()):
            with pytest.raises(StateLockedKey) as caught:
                opens(who, recipients).objects()
            assert "RECONCILER_AGE_IDENTITY" in caught.value.hint


def test_a_key_from_the_environment_is_not_in_the_store_and_opens_nothing_alone(opens):
    key = {VARIABLE: base64.b64encode(bytes(range(32))).decode()}
    fill(opens(environ=ANN.environ | key))
    assert opens(environ=BEN.environ | key).open_entries()
    with pytest.raises(StateLockedKey):
        opens(environ=key)
    with pytest.raises(StateError, match=r"key of .* is missing"):
        opens().key()


def test_without_the_library_it_says_what_to_install(opens, monkeypatch):
    fill(opens())
    monkeypatch.setattr("reconciler.age.library", lambda: None)
    with pytest.raises(StateLockedKey) as caught:
        opens()
    assert "pip install 'reconciler[age]'" in caught.value.hint


def test_a_state_that_its_maker_could_not_read_is_not_made(place, opens):
    for who in (EVE, None):
        with pytest.raises(StateLockedKey, match="nobody here could read it again"):
            opens(who)
    assert not opens(create=False).lineage


def test_one_recipient_alone_is_refused_unless_it_is_meant(opens):
    with pytest.raises(StateError) as caught:
        opens(recipients=(ANN,))
    assert "--i-have-one-key" in caught.value.hint
    fill(opens(encryption=to(ANN, alone=True)))
    fill(opens(recipients=(ANN,)), "later")  # it is as it was agreed to be


def test_a_plugin_of_age_can_hold_the_identity(place, opens, tmp_path, monkeypatch):
    age_plugin.install(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    encryption = Encryption(recipients=(ANN.recipient, age_plugin.RECIPIENT))
    fill(opens(encryption=encryption))
    assert readable(place) == []
    kms = {IDENTITY: age_plugin.IDENTITY}
    assert told(opens(encryption=encryption, environ=kms)) == told(opens(encryption=encryption))


# --- switching it on and off --------------------------------------------------------------------


def test_a_state_in_clear_is_read_and_what_is_written_from_now_on_is_sealed(place, opens):
    with in_clear(opens).begin("apply") as run:
        do(run.settle(Put(row=owned("old", "1"))))
        run.finish("done", {})
    assert "still lies in the store in clear" in opens().rekey_due
    fill(opens())
    assert readable(place) == []
    assert set(opens(BEN).objects()) == {address("old"), address()}
    assert "was encrypted still lies" in opens().rekey_due
    opens().verify()


def test_rekeying_seals_what_lay_in_clear(place, opens):
    for number in range(3):
        fill(in_clear(opens), f"t{number}")
    before = told(in_clear(opens))
    rekey(opens())
    assert readable(place) == []
    assert told(opens(BEN)) == before
    assert not opens().key_in_store
    assert opens().rekey_due == ""


def test_switching_on_wants_two_recipients_too(opens):
    fill(in_clear(opens))
    with pytest.raises(StateError) as caught:
        opens(recipients=(ANN,)).begin("apply")
    assert "--i-have-one-key" in caught.value.hint


def test_an_encrypted_state_is_not_written_for_nobody(opens):
    fill(opens())
    store = opens(recipients=())
    assert store.objects()
    with pytest.raises(StateError) as caught:
        store.begin("apply")
    assert "rekey --decrypt" in caught.value.hint
    with opens().begin("apply"):
        pass


def test_it_can_be_put_in_clear_again(place, opens):
    for number in range(3):
        fill(opens(), f"t{number}")
    before = told(opens())
    rekey(opens(encryption=to(ends=True)))
    assert told(in_clear(opens)) == before
    assert in_clear(opens).key_in_store
    in_clear(opens).verify()
    with pytest.raises(StateError, match="in clear already"):
        rekey(opens(encryption=to(ends=True)))
    fill(in_clear(opens), "later")
    rekey(opens())
    assert readable(place) == []


def test_a_state_on_this_machine_is_none_that_is_encrypted(tmp_path):
    store = open_store(None, root=tmp_path, encryption=to(ANN, BEN), environ=ANN.environ)
    with pytest.raises(StateError, match="none that is encrypted"):
        rekey(store)
    store.close()


def test_keys_of_a_state_that_was_never_made_do_not_stand_in_the_way_of_another(
    postgres18, tmp_path
):
    place = Objects(postgres18)
    opening = {"encryption": to(ANN, BEN), "environ": ANN.environ}
    with suppress(Death):
        place.open(**opening, failpoints=Dies(4))
    source = open_store(None, root=tmp_path)
    fill(source)
    with source.begin("apply"):
        pass
    digest = source.copied().digest
    there = migrated(
        source, target="there", open_target=lambda seed: place.open(seed=seed, **opening), now=5.0
    )
    source.close()
    assert there.digest == digest


# --- other recipients ---------------------------------------------------------------------------


def test_rekeying_lets_others_in_and_whoever_went_out(place, opens):
    fill(opens(recipients=(ANN, EVE)))
    before, old = told(opens(EVE, (ANN, EVE))), place.contents()
    assert "to others than" in opens().rekey_due
    rekey(opens())
    assert told(opens(BEN)) == before
    with pytest.raises(StateLockedKey):
        opens(EVE)
    fill(opens(BEN), "later")
    for name, data in place.contents().items():  # what lies there now, the old key opens no more
        assert name == "environment" or data != old.get(name) or len(data) < 200, name
    opens().verify()


def test_who_opened_it_before_goes_on_with_the_new_key(opens):
    fill(opens())
    waiting, reading = opens(BEN), opens(BEN)
    rekey(opens())
    before = told(opens())
    assert reading.objects().keys() == before["objects"].keys()
    fill(waiting, "later")
    assert opens().objects().keys() > before["objects"].keys()
    opens().verify()


def test_who_opened_it_before_it_was_put_in_clear_goes_on_in_clear(opens):
    fill(opens())
    waiting = opens(encryption=to(ends=True))
    rekey(opens(encryption=to(ends=True)))
    fill(waiting, "later")
    assert in_clear(opens).objects().keys() == {address(), address("later")}
    in_clear(opens).verify()


def test_a_list_that_lags_behind_hides_no_new_key(postgres18):
    place = Objects(postgres18)
    opening = {"environ": ANN.environ}
    fill(place.open(encryption=to(ANN, EVE), **opening))
    lagging = Lagging(place.bucket)
    rekey(place.open(encryption=to(ANN, BEN), **opening))
    fill(open_objects(lagging, encryption=to(ANN, BEN), **opening), "later")
    place.open(encryption=to(ANN, BEN), environ=BEN.environ).verify()
    with pytest.raises(StateLockedKey):
        place.open(encryption=to(ANN, EVE), environ=EVE.environ)


def test_a_rekeying_that_was_taken_over_replaces_nothing(postgres18, monkeypatch):
    """It was paused just before it does, and another run wrote meanwhile."""
    monkeypatch.setattr(home_module, "FRESH_SECONDS", -1.0)
    place = Objects(postgres18)
    opening = {"encryption": to(ANN, BEN), "environ": ANN.environ}
    for name in ("one", "two"):
        fill(place.open(**opening), name)

    def paused(name):
        if name == "snapshot:after":
            later = Aged(place.bucket)
            later.age = FOREIGN_SECONDS
            fill(open_objects(later, **opening), "three")

    before = {each.key: place.bucket.read(each.key) for each in place.bucket.listed(SNAPSHOTS)}
    store = place.open(**opening, failpoints=paused)
    with pytest.raises(StaleEpoch), store.begin("state rekey") as run:
        run.rekey()
    assert {key: place.bucket.read(key) for key in before} == before
    found = place.open(**opening)
    found.verify()
    assert address("three") in found.objects()


class Death(BaseException):
    """The process dies here."""


class Dies:
    """Dies at an effect, after which nothing gets through any more."""

    def __init__(self, nth=0):
        self.nth = nth
        self.names = []

    def __call__(self, name):
        self.names.append(name)
        if self.nth and len(self.names) >= self.nth:
            raise Death


WAYS = {
    "on": ((), (ANN, BEN)),
    "others": ((ANN, EVE), (ANN, BEN)),
    "off": ((ANN, BEN), ()),
}


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


@pytest.fixture
def new_place(place, postgres18):
    return partial(type(place), postgres18)


def test_a_rekeying_that_dies_at_any_effect_can_be_repeated(new_place, way):
    counted = Dies()
    begun_and_rekeyed(new_place(), way, counted)
    assert len(counted.names) > 5
    before_each = [n for n, name in enumerate(counted.names, 1) if name.endswith(":before")]
    for nth in (*before_each, len(counted.names)):  # between one and the next nothing happens
        place = new_place()
        before = begun_and_rekeyed(place, way, Dies(nth))
        assert told_by(place, way[1]) == before, counted.names[nth - 1]
        store = opened(place, way[1], later=True)
        with suppress(StateError):  # where only the last step was missing
            rekey(store)
        store.close()
        assert told_by(place, way[1]) == before, counted.names[nth - 1]
        if way[1]:
            assert readable(place) == []


def opened(place, recipients, *, later=False, **options):
    encryption = to(*recipients) if recipients else to(ends=True)
    opens = place.open_later if later else place.open
    return opens(encryption=encryption, environ=ANN.environ, **options)


def told_by(place, recipients):
    store = opened(place, recipients)
    found = told(store)
    store.verify()
    store.close()
    return found


def begun_and_rekeyed(place, way, failpoints):
    """Fill a state for some, rekey it for others, and return what it held."""
    first, then = way
    encryption = to(*first, alone=True) if first else NOT_ENCRYPTED
    for name in ("one", "two"):
        store = place.open(encryption=encryption, environ=ANN.environ)
        with store.begin("apply") as run:
            do(run.settle(Put(row=owned(name, CANARY, key=CANARY, applied={"body": CANARY}))))
            run.finish("done", {})
        before = told(store)
        store.close()
    store = opened(place, then, failpoints=failpoints)
    with suppress(Death):
        rekey(store)
    store.close()
    return before


def test_what_was_struck_out_is_removed_as_other_old_entries_are(postgres18):
    place = Objects(postgres18)
    opening = {"encryption": to(ANN, BEN), "environ": ANN.environ}
    fill(place.open(**opening))
    rekey(place.open(**opening))
    for name in ("two", "three", "four"):
        fill(place.open(**opening), name)
    before = told(place.open(**opening))
    assert place.open(**opening).sweep(-FOREIGN_SECONDS) > 5
    assert told(place.open(**opening)) == before
    fill(place.open(**opening), "five")
    place.open(**opening).verify()


# --- damage -------------------------------------------------------------------------------------


def test_a_lost_wrapped_key_is_told_with_the_way_out(place, opens):
    fill(opens())
    place.lose_the_key()
    with pytest.raises(StateLockedKey, match="wrapped key is gone") as caught:
        opens().objects()
    assert "state restore" in caught.value.hint


def test_a_changed_object_is_refused(postgres18):
    place = Objects(postgres18)
    opening = {"encryption": to(ANN, BEN), "environ": ANN.environ}
    fill(place.open(**opening))
    bucket = place.bucket
    for name, said in (
        (bucket.listed(SNAPSHOTS)[0].key, StateCorrupt),
        (bucket.listed("keys/")[0].key, StateLockedKey),
    ):
        content = bucket.read(name).content
        for position in range(0, len(content), max(1, len(content) // 40)):
            changed = bytearray(content)
            changed[position] ^= 1
            bucket.replace(name, bytes(changed))
            with pytest.raises((said, StateError)):
                place.open(**opening).objects()
        bucket.replace(name, content)
    place.open(**opening).verify()


def test_an_entry_in_clear_is_no_part_of_an_encrypted_log(postgres18):
    sealed, clear = Objects(postgres18), Objects(postgres18)
    opening = {"encryption": to(ANN, BEN), "environ": ANN.environ}
    fill(sealed.open(**opening))
    fill(clear.open(environ={}))
    for prefix in (LOG, SNAPSHOTS):
        for each in clear.bucket.listed(prefix):
            sealed.bucket.replace(each.key, clear.bucket.read(each.key).content)
    with pytest.raises(StateCorrupt, match="lies in clear in an encrypted state"):
        sealed.open(**opening)


CHANGES = {
    "flipped": "UPDATE objects SET digest = set_byte(digest, 60, get_byte(digest, 60) # 1)",
    "another's": "UPDATE objects SET digest = (SELECT max(digest) FROM objects)",
    "in clear": "UPDATE objects SET digest = '\\x00112233445566778899aabbccddeeff'",
    "renamed": "UPDATE objects SET address = 'nhn/Template/other' WHERE address LIKE '%welcome'",
    "an outcome": "UPDATE journal SET outcome = 'refused'",
    "the head": "UPDATE state SET serial = serial + 1",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_row_is_refused(postgres18, change):
    place = Rows(postgres18)
    opening = {"encryption": to(ANN, BEN), "environ": ANN.environ}
    for name in ("welcome", "second"):
        store = place.open(**opening)
        fill(store, name)
        store.close()
    with place.state.connect() as db:
        db.execute(CHANGES[change])
    with pytest.raises(StateCorrupt), closing(place.open(**opening)) as store:
        store.verify()


# --- moving, copying, following versions --------------------------------------------------------


def test_a_state_moves_between_encrypted_stores_and_others_and_is_the_same(postgres18, tmp_path):
    opening = {"encryption": to(ANN, BEN), "environ": ANN.environ}
    places = [
        partial(open_store, None, root=tmp_path / "first"),
        partial(Objects(postgres18).open, **opening),
        partial(Rows(postgres18).open, **opening),
        partial(Objects(postgres18).open, environ={}),
        partial(Rows(postgres18).open, environ={}),
        partial(Objects(postgres18).open, **opening),
        partial(open_store, None, root=tmp_path / "last"),
    ]
    for folder in ("first", "last"):
        (tmp_path / folder).mkdir()
    store = places[0]()
    fill(store)
    with store.begin("apply"):  # which merges members that were acknowledged
        pass
    before, digest = told(store), store.copied().digest
    for opens in places[1:]:
        there = migrated(
            store,
            target="there",
            open_target=lambda seed, opens=opens: opens(seed=seed),
            now=5.0,
        )
        store.close()
        assert there.digest == digest
        store = opens()
        assert told(store) == before
    store.close()


def test_sealed_rows_follow_a_new_version_without_lying_in_clear(postgres18):
    place = Rows(postgres18)
    opening = {"encryption": to(ANN, BEN), "environ": ANN.environ}
    store = place.open(**opening)
    fill(store)
    before = told(store)
    store.close()
    with place.state.connect() as db:
        db.execute("DROP TABLE drifted")
    place.state.set_version(4)
    store = place.open(**opening, create=False)
    assert told(store) == before
    store.close()
    store = place.open(**opening)
    assert told(store) == before
    store.verify()
    store.close()
    assert readable(place) == []


def test_the_key_of_a_state_stays_the_same_whoever_it_is_encrypted_to(opens):
    first = in_clear(opens)
    fill(first)
    digest, key = first.digest("value"), first.key()
    rekey(opens())
    rekey(opens(recipients=(ANN, EVE)))
    assert opens(EVE, (ANN, EVE)).digest("value") == digest
    assert isinstance(key, Keyring)
