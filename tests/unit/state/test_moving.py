"""A state moves between stores, and copies go over it."""

import json
from functools import partial

import pytest
from msgspec.structs import replace
from obstore.store import MemoryStore

from reconciler.errors import StateCorrupt, StateError, StateMoved, StateNewer
from reconciler.state.base import Put
from reconciler.state.content import of_file, to_file
from reconciler.state.database.copying import without_sealed
from reconciler.state.database.memory import open_memory
from reconciler.state.database.tables import PENDING
from reconciler.state.objects.opening import open_objects
from reconciler.state.objects.stores import ObjectBucket
from reconciler.state.open import open_store
from tests.support.moving import migrated, pushed, restored
from tests.support.postgres import PostgresState
from tests.support.states import CANARY, do, everything, fill_store, intent, owned, secret_response


@pytest.fixture
def places(make_folder, postgres18):
    """Return what makes an empty place of a kind: what opens it."""
    opened = []

    def closing(open_it):
        def call(**options):
            opened.append(open_it(**options))
            return opened[-1]

        return call

    def make(kind):
        return closing(place_of(kind))

    def place_of(kind):
        if kind == "file":
            return partial(open_store, None, root=make_folder())
        if kind == "postgres":
            return PostgresState(postgres18).open
        return partial(open_objects, ObjectBucket(MemoryStore(), "memory://state"))

    yield make
    for store in opened:
        store.close()


def leave_open(store):
    """Let a run end in the middle, a secret waiting for its sink."""
    with store.begin("apply") as run:
        do(run.intend(intent("open", "late")))
        do(run.respond("open", secret_response()))


def filled(open_it):
    store = open_it()
    fill_store(store)
    leave_open(store)
    return store


def move(source, open_target, target="target"):
    def opens(seed):
        return open_target(seed=seed)

    return migrated(source, target=target, open_target=opens, now=5.0)


def said(store):
    told = everything(store)
    return {**told, "history": [each for each in told["history"] if "migrate" not in each.command]}


def test_a_state_moves_around_and_is_the_same_by_digest(places):
    open_here = places("file")
    store = filled(open_here)
    before, digest = said(store), store.copied().digest
    for kind in ("postgres", "objects", "file", "objects", "postgres", "file"):
        open_there = places(kind)
        assert move(store, open_there).digest == digest, kind
        store.close()
        with pytest.raises(StateMoved, match="has moved to target"):
            open_here()
        store, open_here = open_there(), open_there
        assert said(store) == before
        store.verify()
    with store.begin("apply") as run:
        do(run.settle(closes={"open": "done"}))
    store.close()


KINDS = ["file", "postgres", "objects"]


class Crash(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_move_that_dies_at_any_effect_can_be_repeated(places, kind):
    names = []
    open_here, open_there = places("file"), places(kind)
    move(filled(open_here), partial(open_there, failpoints=names.append))
    for nth in range(1, len(names) + 1):
        open_here, open_there = places("file"), places(kind)
        filled(open_here).close()
        counted = []

        def die(name, counted=counted, nth=nth):
            counted.append(name)
            if len(counted) == nth:
                raise Crash

        store = open_here()
        with pytest.raises(Crash):
            move(store, partial(open_there, failpoints=die))
        store.close()
        store = open_here()
        digest = store.copied().digest
        with store.begin("apply") as run:
            do(run.settle(Put(row=owned("meanwhile"))))
        assert store.copied().digest != digest
        assert move(store, open_there).digest == store.copied().digest
        store.close()
        with pytest.raises(StateMoved):
            open_here()


@pytest.mark.parametrize("kind", KINDS)
def test_another_state_at_the_target_is_left_alone(places, kind):
    open_here, open_there = places("file"), places(kind)
    fill_store(other := open_there())
    other.close()
    store = filled(open_here)
    before = everything(other := open_there())
    with pytest.raises(StateError, match="another state lies at the target"):
        move(store, open_there)
    assert everything(open_there()) == before
    store.verify()
    assert open_here().objects() == store.objects()


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_with_a_higher_serial_goes_over_a_state(places, kind):
    here = filled(places("file"))
    there = places(kind)
    move(here, there)
    newer = open_memory_of(here.copied(), here.key())
    with newer.begin("apply") as run:
        do(run.settle(Put(row=owned("new"))))
    store = there()
    assert pushed(store, newer.copied(), force=False) == newer.serial
    assert everything(store)["objects"] == newer.objects()
    store.verify()
    with pytest.raises(StateError, match="not newer: its serial is 4, the state's 4"):
        pushed(store, newer.copied(), force=False)
    assert pushed(store, here.copied(), force=True) == 5
    assert everything(store)["objects"] == here.objects()
    assert restored(store, newer.copied()) == 6
    store.verify()
    store.close()


def open_memory_of(content, keyring):
    from reconciler.state.database.copying import database_of
    from reconciler.state.database.memory import Image

    return open_memory(Image(database=database_of(content).serialize(), keyring=keyring))


def test_a_copy_of_another_state_goes_nowhere(places):
    store, other = filled(places("file")), filled(places("file"))
    for put in (partial(pushed, force=True), restored):
        with pytest.raises(StateError, match="of another state: its lineage is"):
            put(store, other.copied())


# --- the file ---


@pytest.fixture
def content(places):
    return filled(places("file")).copied()


def test_a_file_reads_as_it_was_written(content):
    assert of_file(to_file(content), "file") == (content, None)


def sealed(content):
    """The secrets that wait in the journal of a copy."""
    table = content.tables[PENDING.name]
    found = (row[table.columns.index("sealed")] for row in table.rows)
    return [each for each in found if each is not None]


def test_sealed_secrets_can_be_left_out(content):
    bare = without_sealed(content)
    assert len(sealed(content)) == 1
    assert sealed(bare) == []
    assert of_file(to_file(bare), "file")[0] == bare
    assert CANARY.encode() not in to_file(content)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda d: d.update(formatVersion="2.0"), StateNewer, "newer reconciler"),
        (lambda d: d.update(serial=9), StateCorrupt, "was changed"),
        (lambda d: d["tables"]["objects"].update(rows=[]), StateCorrupt, "was changed"),
        (lambda d: d.pop("stateCopy"), StateCorrupt, "not a copy of a state"),
        (lambda d: d.pop("tables"), StateCorrupt, "is damaged"),
        (lambda d: d.update(key="x"), StateCorrupt, "is damaged"),
    ],
)
def test_a_file_that_was_changed_is_refused(content, change, error, words):
    document = json.loads(to_file(content))
    change(document)
    with pytest.raises(error, match=words):
        of_file(json.dumps(document).encode(), "the file")


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"formatVersion": "x"}'])
def test_what_is_no_copy_is_refused(data):
    with pytest.raises(StateCorrupt, match="is not a copy of a state"):
        of_file(data, "the file")


def test_events_that_were_changed_break_the_chain(places, content):
    events = content.tables["events"]
    rows = [list(row) for row in events.rows]
    rows[1][3] = "changed"
    forged = replace(events, rows=tuple(map(tuple, rows)))
    store = filled(places("file"))
    wrong = replace(content, tables={**content.tables, "events": forged}, lineage=store.lineage)
    with pytest.raises(StateCorrupt, match="event 2 was changed"):
        restored(store, wrong)
