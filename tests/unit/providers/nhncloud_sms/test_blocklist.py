"""Block lists: a million numbers read lean, added and removed in tens."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import OutcomeUnknown, Rejected
from reconciler.model.address import Address
from reconciler.model.change import MemberChange
from reconciler.model.journal import Verb
from reconciler.model.numbers import NumberSet
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Resource
from reconciler.providers.nhncloud_sms.convert import phone_digits
from reconciler.providers.nhncloud_sms.kinds import BLOCK_LIST
from reconciler.providers.sets import Numbers

PATH = "/blockservice/recipients"
REMOVES = f"{PATH}/removes"
NUMBER = "0801234567"


def rows(numbers):
    return [
        {"unsubscribeNo": NUMBER, "recipientNo": n, "requestDate": "2018-05-14 17:07:29.0"}
        for n in numbers
    ]


def resource(number=NUMBER):
    return Resource(address=Address("nhn", "BlockList", "ads"), spec={"unsubscribeNumber": number})


def owned(number=NUMBER):
    return OwnedObject(address=Address("nhn", "BlockList", "ads"), remote_id=number)


def change(shapes, add=(), remove=(), **more):
    members = MemberChange(add=NumberSet(add), remove=NumberSet(remove))
    desired = {"unsubscribeNumber": NUMBER, "mode": "additive", "recipients": ["01000000000"]}
    return shapes.task("BlockList", desired, members=members, key=NUMBER, **more)


class List:
    """A server's block list; `poor` numbers are refused, `whole` says if their batch is too."""

    def __init__(self, world, shapes, numbers=(), poor=(), *, whole=True, code=4):
        self.shapes, self.numbers, self.code = shapes, set(numbers), code
        self.poor, self.whole = set(poor), whole
        world.server.on("POST", PATH, self.add)
        world.server.on("DELETE", REMOVES, self.remove)
        world.server.on("GET", PATH, self.find)

    def add(self, call):
        batch = call.json["recipientNoList"]
        assert call.json["unsubscribeNo"] == NUMBER
        assert 1 <= len(batch) <= 10
        bad = self.poor & set(batch)
        if not (bad and self.whole):
            self.numbers |= set(batch) - bad
        return self.shapes.failed(self.code, "Parameter validation") if bad else self.shapes.OK

    def remove(self, call):
        batch = call.query["recipientNoList"].split(",")
        assert call.query["unsubscribeNo"] == NUMBER
        assert call.query["updateUser"] == "reconciler"
        assert 1 <= len(batch) <= 10
        if not self.numbers.issuperset(batch):
            return self.shapes.failed(-9, "Unregistered recipientNo.")
        if self.poor & set(batch):
            return self.shapes.failed(self.code, "Parameter validation failed")
        self.numbers -= set(batch)
        return self.shapes.ok(None)

    def find(self, call):
        wanted = call.query["recipientNo"]
        found = [wanted] if wanted in self.numbers else []
        return self.shapes.page_of(rows(found), call.query)


def numbers(count, start=0):
    return [f"010{n:08}" for n in range(start, start + count)]


def test_the_list_of_every_number_that_is_wanted_or_owned_is_read(world, shapes):
    lists = {NUMBER: ["01000000001"], "0807654321": ["01000000002", "01000000003"]}
    world.server.on(
        "GET",
        PATH,
        lambda call: shapes.page_of(rows(lists[call.query["unsubscribeNo"]]), call.query),
    )
    collection = world.collection(
        "BlockList",
        desired={"BlockList": [resource()]},
        owned={"BlockList": [owned(), owned("0807654321")]},
    )
    assert collection.complete
    assert {live.key: set(live.members) for live in collection.objects} == {
        number: set(members) for number, members in lists.items()
    }
    assert collection.objects[0].fields == {"unsubscribeNumber": NUMBER}
    assert len(world.server.calls) == 2


def test_an_empty_list_is_a_list(world):
    world.server.lists(PATH, [])
    (live,) = world.collection("BlockList", desired={"BlockList": [resource()]}).objects
    assert len(live.members) == 0


def test_one_number_that_is_not_served_leaves_the_others_readable(world, shapes):
    def answer(call):
        if call.query["unsubscribeNo"] == NUMBER:
            return shapes.page_of([], call.query)
        return shapes.failed(-6004, "Call rejection numbers are not in service")

    world.server.on("GET", PATH, answer)
    desired = {"BlockList": [resource(), resource("0800000000")]}
    collection = world.collection("BlockList", desired=desired)
    assert not collection.complete
    assert collection.error.startswith("block list of 0800000000: ")
    assert [live.key for live in collection.objects] == [NUMBER]


def test_a_large_list_takes_a_request_a_thousand_and_keeps_no_row(world, shapes):
    count = 40_000
    world.server.on(
        "GET",
        PATH,
        lambda call: shapes.ok(
            {
                "totalCount": count,
                "data": rows(numbers(1000, (int(call.query["pageNum"]) - 1) * 1000)),
            }
        ),
    )
    tracemalloc.start()
    (live,) = world.collection("BlockList", desired={"BlockList": [resource()]}).objects
    held, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(live.members) == count
    assert len(world.server.calls) == 40
    # The test's own record of calls is in there too; rows would be some 10 MB.
    assert held < 2_000_000
    assert world.server.most_in_flight <= 4


spelled = st.one_of(
    st.integers(0, 50).map("010{:08}".format),
    st.integers(0, 50).map("+82 10-{:08}".format),
    st.sampled_from(["anonymous", "1" * 30]),
)


@given(st.lists(st.lists(spelled, max_size=8), max_size=8))
def test_collected_numbers_are_the_digits_of_all_spellings(pages):
    collected = Numbers("recipientNo", phone_digits)
    for page in pages:
        collected.take(rows(page))
    every = {number for page in pages for number in page}
    digits = {phone_digits(number) for number in every if number not in {"anonymous", "1" * 30}}
    assert set(collected.members()) == digits
    assert len(collected) == len(every)


@pytest.mark.parametrize("number", [None, ""])
def test_a_row_without_a_number_is_a_fault(world, number):
    world.server.lists(PATH, rows([number]))
    assert not world.collection("BlockList", desired={"BlockList": [resource()]}).complete


@pytest.mark.parametrize("verb", ["create", "update"])
def test_numbers_are_added_in_tens_in_parallel_and_acknowledged(world, shapes, verb):
    listed = List(world, shapes)
    task = change(shapes, add=numbers(95))
    assert getattr(world, verb)(task).id == NUMBER
    assert listed.numbers == set(numbers(95)) == set(world.writer.acknowledged)
    assert len(world.server.calls) == world.provider.cost(task, Verb.UPDATE) == 10
    assert 1 < world.server.most_in_flight <= 4
    for step in world.writer.steps:
        assert (step.name, step.verb, step.idempotent) == ("add numbers", Verb.UPDATE, True)
        assert step.applied == {"unsubscribeNumber": NUMBER, "mode": "additive"}


def test_numbers_are_removed_in_tens(world, shapes):
    listed = List(world, shapes, numbers(30))
    task = change(shapes, remove=numbers(25))
    world.update(task)
    assert listed.numbers == set(numbers(5, 25))
    assert len(world.server.calls) == world.provider.cost(task, Verb.UPDATE) == 3
    assert "stay on it by law" in world.provider.notes(task, Verb.UPDATE)[0]


CODES = pytest.mark.parametrize("code", [4, -1], ids=["documented", "unknown"])


@CODES
@pytest.mark.parametrize("whole", [True, False])
def test_one_bad_number_does_not_stop_the_rest_and_is_named_masked(world, shapes, whole, code):
    bad = numbers(95)[42]
    listed = List(world, shapes, poor=[bad], whole=whole, code=code)
    with pytest.raises(Rejected) as caught:
        world.update(change(shapes, add=numbers(95)))
    assert listed.numbers == set(numbers(95)) - {bad} == set(world.writer.acknowledged)
    (detail,) = caught.value.details
    assert detail.startswith("010****0042 was not added: ")
    assert bad not in str(caught.value)


@CODES
def test_a_refused_number_that_is_on_the_list_is_no_error_and_not_ours(world, shapes, code):
    """Somebody added it meanwhile: what we did not add we never take off."""
    there = numbers(1)
    List(world, shapes, there, poor=there, code=code)
    world.update(change(shapes, add=numbers(3)))
    assert world.writer.acknowledged == numbers(2, 1)


def test_taking_off_a_number_that_is_not_on_the_list_is_done(world, shapes):
    listed = List(world, shapes, numbers(20)[1:])
    world.update(change(shapes, remove=numbers(20)))
    assert listed.numbers == set()


@CODES
def test_a_number_that_cannot_be_taken_off_is_reported(world, shapes, code):
    listed = List(world, shapes, numbers(3), poor=numbers(1), code=code)
    with pytest.raises(Rejected, match="was not removed"):
        world.update(change(shapes, remove=numbers(3)))
    assert listed.numbers == set(numbers(1))


@pytest.mark.parametrize("adding", [True, False])
def test_when_the_list_cannot_be_searched_a_refusal_stands(world, shapes, adding):
    List(world, shapes, numbers(2), poor=numbers(1))
    world.server.on("GET", PATH, lambda call: shapes.page_of(rows(["01099999999"]), call.query))
    task = change(shapes, **{"add" if adding else "remove": numbers(1)})
    with pytest.raises(Rejected):
        world.update(task)


def test_an_unknown_code_for_each_number_alone_stops_at_once(world, shapes):
    world.server.on("POST", PATH, shapes.failed(-1, "no"))
    world.server.on("GET", PATH, lambda call: shapes.page_of([], call.query))
    with pytest.raises(OutcomeUnknown):
        world.update(change(shapes, add=numbers(1000)))
    assert {step.name for step in world.writer.steps} == {"add numbers"}
    assert len(world.writer.acknowledged) == 0


def test_a_refusal_of_the_account_stops_at_once(world, shapes):
    world.server.on("POST", PATH, shapes.failed(-6004, "not in service"))
    with pytest.raises(Rejected, match="not in service"):
        world.update(change(shapes, add=numbers(1000)))
    assert len(world.server.calls) <= 4


def test_an_unknown_outcome_lets_no_further_batch_leave(world, shapes):
    answers = [shapes.OK, (500, None), *[shapes.OK] * 8]
    world.server.on("POST", PATH, answers)
    with pytest.raises(OutcomeUnknown):
        world.update(change(shapes, add=numbers(100)))
    assert len(world.server.calls) < 10
    assert len(world.writer.acknowledged) == 10 * (len(world.server.calls) - 1)


def test_deleting_takes_off_what_the_plan_names(world, shapes):
    listed = List(world, shapes, numbers(30))
    members = MemberChange(add=NumberSet(), remove=NumberSet(numbers(12)))
    world.delete(shapes.task("BlockList", {}, members=members, owned=owned()))
    assert listed.numbers == set(numbers(18, 12))


def test_nothing_to_do_takes_no_request(world, shapes):
    task = shapes.task("BlockList", {"unsubscribeNumber": NUMBER})
    assert world.update(task).id == NUMBER
    assert world.provider.cost(task, Verb.UPDATE) == 0
    assert world.server.calls == []


def test_many_refusals_are_summed_up(world, shapes):
    List(world, shapes, poor=numbers(30))
    with pytest.raises(Rejected) as caught:
        world.update(change(shapes, add=numbers(30)))
    assert len(caught.value.details) == 21
    assert caught.value.details[-1] == "… and 10 more"


def test_a_manifest_is_brought_into_the_form_of_live_fields():
    spec = {"unsubscribeNumber": "080-123-4567", "recipients": ["+82 10-1111-1111"]}
    fields = BLOCK_LIST.canonical(spec, "ads")
    assert fields == {
        "unsubscribeNumber": NUMBER,
        "mode": "additive",
        "recipients": ["01011111111"],
    }
    assert BLOCK_LIST.identity(fields, lambda _value: None) == NUMBER
