import pytest

from reconciler.errors import Rejected
from reconciler.model.address import Address
from reconciler.model.journal import Verb
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject


def row(known, name):
    return {"tagId": known, "tagName": name, "createdDate": "2019-01-01 00:00:00"}


def test_two_tags_of_one_name_are_both_returned(world):
    world.server.lists("/tags", [row("A1", "vip"), row("B2", "vip")])
    tags = world.collection("Tag").objects
    assert [(tag.id, tag.key) for tag in tags] == [("A1", "vip"), ("B2", "vip")]
    assert tags[0].fields == {"displayName": "vip"}


def test_a_create_gets_its_id_from_the_answer(world, shapes):
    world.server.on("POST", "/tags", shapes.ok({"data": {"tagId": "ABCD1234"}}))
    assert world.create(shapes.task("Tag", {"displayName": "vip"})).id == "ABCD1234"
    assert world.server.bodies("POST", "/tags") == [{"tagName": "vip"}]
    (step,) = world.writer.steps
    assert (step.verb, step.key, step.applied) == (Verb.CREATE, "vip", {"displayName": "vip"})


def test_a_rename_goes_to_the_remembered_id(world, shapes):
    world.server.on("PUT", "/tags/A1", shapes.ok(None))
    live = LiveObject(kind="Tag", id="A1", key="vip", fields={"displayName": "vip"})
    task = shapes.task("Tag", {"displayName": "gold"}, live=live)
    assert world.update(task).id == "A1"
    assert world.server.bodies("PUT", "/tags/A1") == [{"tagName": "gold"}]


@pytest.mark.parametrize(("there", "error"), [([], False), ([row("A1", "vip")], True)])
def test_a_refused_delete_is_done_when_the_list_lacks_the_tag(world, shapes, there, error):
    world.server.on("DELETE", "/tags/A1", shapes.failed(-7001, "Invalid parameter"))
    world.server.lists("/tags", there)
    state = OwnedObject(address=Address("nhn", "Tag", "it"), remote_id="A1")
    task = shapes.task("Tag", {}, owned=state)
    if error:
        with pytest.raises(Rejected):
            world.delete(task)
    else:
        world.delete(task)
