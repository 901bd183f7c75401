"""Contacts: an API that cannot take a tag off."""

import pytest

from reconciler.errors import OutcomeUnknown, ReadFailed, Rejected
from reconciler.model.journal import Verb
from reconciler.model.live import LiveObject
from reconciler.providers.carried_over import LEFT, CarriedOver
from reconciler.providers.nhncloud_sms.kinds import CONTACT

MAIL = {"contactType": "EMAIL_ADDRESS", "contact": "kim@example.com"}


def phone(number):
    return {"contactType": "PHONE_NUMBER", "contact": number}


def row(uid="kim", tags=(), contacts=()):
    return {"uid": uid, "tags": [{"tagId": t, "tagName": t} for t in tags], "contacts": contacts}


def refs(*ids):
    return [{"id": known} for known in ids]


def live_of(world, found):
    body = {"data": {"uids": [found], "last": True, "totalCount": 1}}
    world.server.on("GET", "/uids", {"header": {"isSuccessful": True}, "body": body})
    (live,) = world.collection("Contact").objects
    world.server.calls.clear()
    return live


def test_fields_are_in_the_words_of_manifests(world):
    live = live_of(world, row(tags=["T2", "T1"], contacts=[phone("010-1234-5678"), MAIL]))
    assert (live.id, live.key) == ("kim", "kim")
    assert live.fields == {
        "uid": "kim",
        "tags": refs("T1", "T2"),
        "phoneNumbers": ["01012345678"],
    }
    assert live.extra == {
        "others": [["EMAIL_ADDRESS", "kim@example.com"]],
        "spelled": {"01012345678": "010-1234-5678"},
    }


@pytest.mark.parametrize("place", ["data", "row"])
@pytest.mark.parametrize("total", [True, False])
@pytest.mark.parametrize("most", [1000, 7])
def test_uids_are_read_by_offset(world, shapes, place, total, most):
    every = [row(f"u{n:03}") for n in range(20)]

    def answer(call):
        offset, limit = int(call.query["offset"]), min(int(call.query["limit"]), most)
        chosen = [dict(one) for one in every[offset : offset + limit]]
        data = {"uids": chosen}
        last = offset + limit >= len(every)
        if place == "data":
            data["last"] = last
        elif chosen:
            chosen[-1]["last"] = last
        if total:
            data["totalCount"] = len(every)
        return shapes.ok({"data": data})

    world.server.on("GET", "/uids", answer)
    collection = world.collection("Contact")
    assert collection.complete, collection.error
    assert len(collection.objects) == 20
    pages = 1 if most == 1000 else 3
    assert len(world.server.calls) == (pages if total or pages == 1 else 2 * pages)


@pytest.mark.parametrize("body", [None, {"data": None}, {"data": {"totalCount": 3}}])
def test_an_answer_without_uids_is_never_an_empty_list(world, shapes, body):
    world.server.on("GET", "/uids", shapes.ok(body))
    assert not world.collection("Contact").complete


def test_a_create_is_one_request(world, shapes):
    world.server.on("POST", "/uids", shapes.ok(None))
    desired = {"uid": "kim", "tags": refs("T1"), "phoneNumbers": ["01012345678"]}
    task = shapes.task("Contact", desired)
    assert world.create(task).id == "kim"
    assert world.server.bodies("POST", "/uids") == [
        {"uids": [{"uid": "kim", "tagIds": ["T1"], "contacts": [phone("01012345678")]}]}
    ]
    (step,) = world.writer.steps
    assert (step.verb, step.key, step.applied) == (Verb.CREATE, "kim", desired)
    assert world.provider.cost(task, Verb.CREATE) == 1


class Uid:
    """A server's one UID, which posting merges into or replaces."""

    def __init__(self, world, shapes, reading, tags, numbers, others=(MAIL,)):
        self.shapes, self.reading = shapes, reading
        self.tags, self.contacts = set(tags), [*map(phone, numbers), *others]
        self.there = True
        server = world.server
        server.on("GET", "/uids/kim", lambda _call: self.show())
        server.on("POST", "/uids", self.post)
        server.on("DELETE", "/uids/kim", self.remove)
        server.on("POST", "/uids/kim/phone-numbers", self.add)
        for number in ("01011111111", "01022222222", "010-1111-1111"):
            server.on("DELETE", f"/uids/kim/phone-numbers/{number}", self.drop)
        self.live = live_of(world, self.row())
        server.on("GET", "/uids/kim", lambda _call: self.show())

    def row(self):
        return row(tags=sorted(self.tags), contacts=list(self.contacts))

    def show(self):
        return self.shapes.ok({"data": self.row() if self.there else None})

    def post(self, call):
        (sent,) = call.json["uids"]
        keep = self.there and self.reading == "merge"
        old_tags, old = (self.tags, self.contacts) if keep else (set(), [])
        self.tags = old_tags | set(sent["tagIds"])
        self.contacts = [*old, *(c for c in sent["contacts"] if c not in old)]
        self.there = True
        return self.shapes.ok(None)

    def remove(self, _call):
        self.there = False
        return self.shapes.ok(None)

    def add(self, call):
        self.contacts.append(phone(call.json["phoneNumber"]))
        return self.shapes.ok(None)

    def drop(self, call):
        self.contacts.remove(phone(call.path.rsplit("/", 1)[1]))
        return self.shapes.ok(None)

    def numbers(self):
        return {c["contact"] for c in self.contacts if c["contactType"] == "PHONE_NUMBER"}


@pytest.mark.parametrize("reading", ["merge", "replace"])
@pytest.mark.parametrize(
    ("tags", "numbers", "names"),
    [
        pytest.param(["A", "B"], None, ["set tags"], id="add a tag"),
        pytest.param([], None, ["remove to re-add", "re-add"], id="take a tag off"),
        pytest.param(["B"], ["2"], ["remove to re-add", "re-add"], id="swap tag and number"),
        pytest.param(["A", "B"], ["2"], ["set tags", "remove phone number"], id="add tag, swap"),
        pytest.param(None, ["1", "2"], ["add phone number"], id="add a number"),
        pytest.param(None, ["2"], ["add phone number", "remove phone number"], id="another number"),
        pytest.param(None, [], ["remove phone number"], id="remove a number"),
    ],
)
def test_an_update(world, shapes, reading, tags, numbers, names):
    uid = Uid(world, shapes, reading, ["A"], ["01011111111"])
    full = {"1": "01011111111", "2": "01022222222"}
    desired = {"uid": "kim"}
    if tags is not None:
        desired["tags"] = refs(*tags)
    if numbers is not None:
        desired["phoneNumbers"] = [full[n] for n in numbers]
    task = shapes.task("Contact", desired, live=uid.live, changed=frozenset(desired) - {"uid"})
    assert world.update(task).id == "kim"
    assert world.writer.names == names
    assert uid.tags == set(["A"] if tags is None else tags)
    assert uid.numbers() == {full[n] for n in (["1"] if numbers is None else numbers)}
    assert MAIL in uid.contacts
    assert world.writer.steps[-1].applied == desired
    assert all(step.idempotent and step.verb is Verb.UPDATE for step in world.writer.steps)
    assert len(world.server.calls) == world.provider.cost(task, Verb.UPDATE)
    said = "re-adds the uid" in " ".join(world.provider.notes(task, Verb.UPDATE))
    assert said == ("re-add" in names)


def test_a_number_is_removed_as_the_server_spells_it(world, shapes):
    uid = Uid(world, shapes, "merge", [], ["010-1111-1111"])
    task = shapes.task("Contact", {"uid": "kim", "phoneNumbers": []}, live=uid.live)
    world.update(task)
    assert uid.numbers() == set()


def test_a_step_says_what_holds_after_it_and_no_more(world, shapes):
    uid = Uid(world, shapes, "merge", ["A"], ["01011111111"])
    desired = {"uid": "kim", "tags": refs("A", "B"), "phoneNumbers": ["01022222222"]}
    world.update(shapes.task("Contact", desired, live=uid.live))
    both = ["01011111111", "01022222222"]
    assert [step.applied["phoneNumbers"] for step in world.writer.steps] == [both, ["01022222222"]]


def test_what_nobody_manages_survives_a_crash_between_removing_and_re_adding(world, shapes):
    uid = Uid(world, shapes, "replace", ["A"], ["01011111111"])

    async def write(step):
        await world.http.write(step.request)
        assert step.removes
        raise KeyboardInterrupt

    world.writer.write = write
    task = shapes.task("Contact", {"uid": "kim", "tags": []}, live=uid.live)
    with pytest.raises(KeyboardInterrupt):
        world.update(task)
    assert not uid.there
    del world.writer.write
    managed = {"uid": "kim", "tags": []}
    left = CarriedOver.seen(CONTACT, task.live, frozenset(managed))
    world.create(shapes.task("Contact", {**left.fields, **managed}, left=left.extra))
    assert (uid.tags, uid.numbers()) == (set(), {"01011111111"})
    assert MAIL in uid.contacts
    assert world.writer.steps[-1].read(None).extra == {LEFT: None}


@pytest.mark.parametrize("code", [4, -1])
def test_a_refusal_of_what_is_new_takes_no_uid_away(world, shapes, code):
    """Posting it as it is shows what the refusal is about: not that the uid exists."""
    uid = Uid(world, shapes, "merge", ["A"], [])

    def post(call):
        (posted,) = call.json["uids"]
        return shapes.failed(code, "no") if "B" in posted["tagIds"] else shapes.ok(None)

    world.server.on("POST", "/uids", post)
    desired = {"uid": "kim", "tags": refs("A", "B"), "phoneNumbers": ["01011111111"]}
    with pytest.raises((Rejected, OutcomeUnknown), match="no"):
        world.update(shapes.task("Contact", desired, live=uid.live))
    assert uid.there
    assert world.writer.steps[-1].applied == {"uid": "kim", "tags": refs("A"), "phoneNumbers": []}


@pytest.mark.parametrize("status", [500, 401, 429])
def test_a_server_in_trouble_when_the_uid_is_posted_as_it_is_takes_no_uid_away(
    world, shapes, status
):
    uid = Uid(world, shapes, "merge", ["A"], [])

    def post(call):
        (posted,) = call.json["uids"]
        odd = shapes.failed(-99998, "down")
        return shapes.failed(4, "no") if "B" in posted["tagIds"] else (status, odd)

    world.server.on("POST", "/uids", post)
    task = shapes.task("Contact", {"uid": "kim", "tags": refs("A", "B")}, live=uid.live)
    with pytest.raises((Rejected, OutcomeUnknown)):
        world.update(task)
    assert uid.there
    assert [step.name for step in world.writer.steps] == ["set tags", "post as it is"]


@pytest.mark.parametrize("outcome", ["other tags", "gone"])
def test_tags_that_did_not_take_are_an_error(world, shapes, outcome):
    uid = Uid(world, shapes, "merge", ["A"], [])
    world.server.on("POST", "/uids", shapes.ok(None))
    uid.there = outcome != "gone"
    task = shapes.task("Contact", {"uid": "kim", "tags": refs("A", "B")}, live=uid.live)
    with pytest.raises(ReadFailed, match="other tags" if uid.there else "not there"):
        world.update(task)


def test_cost_counts_a_tag_that_does_not_exist_yet(world, shapes):
    live = live_of(world, row(tags=["A"]))
    tags = [*refs("A"), {"ref": "new", "kind": "Tag"}]
    task = shapes.task("Contact", {"uid": "kim", "tags": tags}, live=live)
    assert world.provider.cost(task, Verb.UPDATE) == 2
    assert world.provider.notes(task, Verb.UPDATE) == ()


def test_deleting(world, shapes):
    world.server.on("DELETE", "/uids/a b/c", shapes.ok(None))
    live = LiveObject(kind="Contact", id="a b/c", key="a b/c", fields={})
    world.delete(shapes.task("Contact", {}, live=live))
    assert world.provider.cost(shapes.task("Contact", {}, live=live), Verb.DELETE) == 1


def test_a_manifest_is_brought_into_the_form_of_live_fields():
    spec = {"tags": ["vip", {"id": 7}], "phoneNumbers": ["+82 10-1111-1111"]}
    assert CONTACT.canonical(spec, "kim") == {
        "uid": "kim",
        "tags": ["vip", {"id": "7"}],
        "phoneNumbers": ["01011111111"],
    }


@pytest.mark.parametrize(
    ("look", "error"),
    [(-7001, None), (-1000, "Invalid parameter"), ("there", "Invalid parameter")],
)
def test_a_uid_that_cannot_be_read_any_more_is_deleted(world, shapes, look, error):
    """The code for an unknown uid is not documented; refused credentials prove nothing."""
    world.server.on("DELETE", "/uids/kim", shapes.failed(-7001, "Invalid parameter"))
    answer = shapes.ok({"data": row()}) if look == "there" else shapes.failed(look)
    world.server.on("GET", "/uids/kim", answer)
    live = LiveObject(kind="Contact", id="kim", key="kim", fields={})
    if error is None:
        world.delete(shapes.task("Contact", {}, live=live))
    else:
        with pytest.raises(Rejected, match=error):
            world.delete(shapes.task("Contact", {}, live=live))


def test_a_number_that_is_gone_already_is_removed(world, shapes):
    uid = Uid(world, shapes, "merge", ["A"], ["01011111111"])
    uid.contacts.clear()
    refused = shapes.failed(-7001, "Invalid parameter")
    world.server.on("DELETE", "/uids/kim/phone-numbers/01011111111", refused)
    task = shapes.task("Contact", {"uid": "kim", "phoneNumbers": []}, live=uid.live)
    world.update(task)
