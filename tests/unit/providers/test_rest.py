"""What a plain REST kind sends and reads, of which nothing but data is known."""

import asyncio
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from reconciler.errors import NotSent, ReadFailed
from reconciler.http.outcomes import Absent
from reconciler.model.address import Address
from reconciler.model.journal import CreationClass
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Account
from reconciler.providers.kind import Field, Kind
from reconciler.providers.rest import Rest, RestClient, RestHandler
from reconciler.providers.task import Scope, Task
from reconciler.providers.wire import (
    OPTIONAL_REFERENCE,
    REFERENCE,
    TEXT,
    YES_NO,
    Malformed,
    Wire,
    words,
)

KIND = Kind(
    name="Thing",
    fields=(
        Field(name="title", identity=True),
        Field(name="size"),
        Field(name="colour", immutable=True),
        Field(name="deliverTo", local=True),
    ),
    creation=CreationClass.NATURAL_KEY,
    canonical=lambda spec, _name: dict(spec),
    identity=lambda fields, _parent: str(fields["title"]),
)
FIELDS = {"title": Wire("name", TEXT), "size": Wire("size"), "colour": Wire("colour")}


class Things(RestHandler[RestClient]):
    rest = Rest(path="/things", id="id", fields=FIELDS)


class Unreadable(Things):
    rest = Rest(path="/things", id="id", fields=FIELDS, readable=False)


class Chosen(Things):
    rest = Rest(path="/things", id="name", fields=FIELDS)


class Http:
    """Answers reads from `lists` and `objects`, and keeps the steps that are written."""

    def __init__(self, rows=()):
        self.rows, self.answer, self.steps = list(rows), {"id": 7}, []
        self.settings = SimpleNamespace(concurrency=2)

    async def read(self, request):
        if request.path == "/things":
            return self.rows
        known = request.path.removeprefix("/things/")
        for row in self.rows:
            if str(row["id"]) == known:
                return row
        raise Absent("no such thing")

    def expect(self, count):
        raise AssertionError("a list without pages announces none")

    async def write(self, step):
        self.steps.append(step)
        return step.read(self.answer)


def handler(http, made=Things, **kind):
    account = Account(name="acme", type="acme-mail")
    return made(replace(KIND, **kind), account, RestClient(http))


def task(desired, **more):
    managed = frozenset(desired)
    return Task(address=Address("acme", "Thing", "t"), desired=desired, managed=managed, **more)


def live(**fields):
    return LiveObject(kind="Thing", id="7", key=None, fields=fields)


def test_a_row_becomes_an_object_known_by_its_kinds_identity():
    seen = asyncio.run(
        handler(Http([{"id": 7, "name": "a", "more": 1}])).observe(Scope(kinds=frozenset()))
    )
    (found,) = seen.collection.objects
    assert (found.id, found.key) == ("7", "a")
    assert found.fields == {"title": "a", "size": None, "colour": None}


@pytest.mark.parametrize("rows", [{}, None, ["x"], [{"name": "without id"}]])
def test_what_is_no_list_of_objects_is_no_empty_one(rows):
    http = Http()
    http.rows = rows
    with pytest.raises(ReadFailed):
        asyncio.run(handler(http).observe(Scope(kinds=frozenset())))


def test_a_create_sends_what_there_is_and_reads_the_id():
    http = Http()
    applied = asyncio.run(handler(http).create(task({"title": "a", "colour": "red"}), http))
    assert applied.id == "7"
    (step,) = http.steps
    assert step.request.json == {"name": "a", "colour": "red"}
    assert (step.key, step.pre_ids, step.creation) == ("a", None, CreationClass.NATURAL_KEY)


def test_an_id_that_we_choose_is_not_looked_for_in_the_answer():
    http = Http()
    http.answer = None
    assert asyncio.run(handler(http, Chosen).create(task({"title": "a"}), http)).id == "a"


@pytest.mark.parametrize("answer", [None, [], {}, {"id": None}])
def test_an_answer_without_an_id_cannot_be_understood(answer):
    http = Http()
    http.answer = answer
    with pytest.raises(ValueError, match=r".") as caught:
        asyncio.run(handler(http).create(task({"title": "a"}), http))
    assert isinstance(caught.value, Malformed)


@pytest.mark.parametrize(
    ("creation", "beside"), [(CreationClass.SERVER_ID, False), (CreationClass.NATURAL_KEY, True)]
)
def test_where_only_the_id_will_tell_the_list_is_read_just_before(creation, beside):
    http = Http([{"id": 1, "name": "a"}])
    made = handler(http, creation=creation).create(task({"title": "a"}, beside=beside), http)
    assert asyncio.run(made).id == "7"
    assert http.steps[0].pre_ids == ("1",)
    assert http.steps[0].creation is CreationClass.SERVER_ID


def test_an_update_sends_all_that_can_be_set_unmanaged_fields_as_they_are():
    http = Http()
    seen = live(title="a", size=3, colour="red")
    changed = task({"title": "b"}, live=seen, changed=frozenset({"title"}))
    assert asyncio.run(handler(http).update(changed, http)).id == "7"
    (step,) = http.steps
    assert (step.request.label, step.request.json) == ("PUT /things/7", {"name": "b", "size": 3})


def test_what_is_ours_alone_is_not_sent():
    http = Http()
    owned = OwnedObject(address=Address("acme", "Thing", "t"), remote_id="7", extra={"kept": 1})
    changed = task({"deliverTo": {}}, owned=owned, changed=frozenset({"deliverTo"}))
    assert asyncio.run(handler(http).update(changed, http)).extra == {"kept": 1}
    assert http.steps == []


@pytest.mark.parametrize("known", ["", ".", ".."])
def test_no_id_makes_a_delete_of_the_whole_list(known):
    http = Http()
    owned = OwnedObject(address=Address("acme", "Thing", "t"), remote_id=known)
    with pytest.raises(NotSent):
        asyncio.run(handler(http).delete(task({}, owned=owned), http))
    assert http.steps == []


@pytest.mark.parametrize("made", [Things, Unreadable])
@pytest.mark.parametrize("rows", [[], [{"id": 7, "name": "a"}]])
def test_whether_an_object_is_there_is_read_alone_or_in_the_list(made, rows):
    things = handler(Http(rows), made)
    row = OwnedObject(address=Address("acme", "Thing", "t"), remote_id="7")
    assert asyncio.run(things.is_there("7")) is bool(rows)
    assert asyncio.run(things.exists(row)) is bool(rows)


@pytest.mark.parametrize(
    ("codec", "answered", "field", "sent"),
    [
        (TEXT, None, "", ""),
        (TEXT, 5, "5", "5"),
        (YES_NO, "y", True, "Y"),
        (YES_NO, None, False, "N"),
        (words({"0": "sms"}), 0, "sms", "0"),
        (words({"0": "sms"}), "9", "9", "9"),
        (REFERENCE, 5, {"id": "5"}, 5),
        (OPTIONAL_REFERENCE, 0, None, None),
        (OPTIONAL_REFERENCE, "ab", {"id": "ab"}, "ab"),
    ],
)
def test_a_spelling_reads_what_it_writes(codec, answered, field, sent):
    assert codec.read(answered) == field
    assert codec.write(field) == sent


@pytest.mark.parametrize("value", [None, "", True])
def test_a_reference_that_must_be_there_and_is_not_spoils_the_answer(value):
    with pytest.raises(Malformed):
        REFERENCE.read(value)
