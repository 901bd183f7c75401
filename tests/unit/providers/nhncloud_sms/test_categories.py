"""Categories: a tree whose top belongs to the account."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import OutcomeUnknown, Rejected
from reconciler.model.address import Address
from reconciler.model.journal import CreateIntent, CreationClass, Verb
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Resource
from reconciler.providers.nhncloud_sms.categories import Node, live_categories
from reconciler.providers.nhncloud_sms.kinds import CATEGORY

ROOT = 137612


def row(known, parent=ROOT, depth=1, name="a", **more):
    return {
        "categoryId": known,
        "categoryParentId": parent,
        "depth": depth,
        "sort": 0,
        "categoryName": name,
        "categoryDesc": "",
        "useYn": "Y",
        "createUser": "bb076dc0-ef5e-11e7-9ede-005056ac7022",
        **more,
    }


def highest(**more):
    return row(ROOT, parent=0, depth=0, name="Category", **more)


def keys(world, rows):
    world.server.lists("/categories", rows)
    return {live.id: live.key for live in world.collection("Category").objects}


def test_the_highest_category_is_not_an_object(world):
    assert keys(world, [highest()]) == {}


def test_a_category_is_known_by_its_path_below_the_highest(world):
    rows = [highest(), row(3, parent=2, depth=2, name="c/d"), row(2, name="a"), row(4, name="b")]
    assert keys(world, rows) == {"2": "a", "3": "a/c%2Fd", "4": "b"}


def test_two_of_one_path_are_both_returned(world):
    assert keys(world, [highest(), row(2), row(3)]) == {"2": "a", "3": "a"}


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([row(2, parent=9, depth=2)], id="a parent that is not listed"),
        pytest.param(
            [row(2, parent=3, depth=2), row(3, parent=2, depth=2, name="b")], id="a cycle"
        ),
    ],
)
def test_a_category_with_no_way_up_has_no_path(world, rows):
    assert set(keys(world, [highest(), *rows]).values()) == {None}


def test_without_the_highest_in_the_list_its_children_are_still_at_the_top(world):
    assert keys(world, [row(2), row(3, parent=2, depth=2, name="b")]) == {"2": "a", "3": "a/b"}


def manifest(name, parent=None):
    spec = {"displayName": name, "parent": parent}
    return Resource(address=Address("nhn", "Category", name), spec=spec)


def test_where_several_look_highest_there_is_none(world):
    rows = [row(3, parent=0, depth=0, name="b"), row(2, parent=0, depth=0, name="a")]
    below = row(4, parent=2, depth=1, name="c")
    assert keys(world, [*rows, below]) == {"2": "a", "3": "b", "4": "a/c"}


@pytest.mark.parametrize("children", [[], [row(3, parent=2, depth=1, name="b")]])
def test_a_category_that_is_ours_is_never_the_highest(world, children):
    world.server.lists("/categories", [row(2, parent=0, depth=0, name="a"), *children])
    seen = world.collection("Category", owned={"Category": [owned()]})
    assert seen.objects[0].key == "a"
    assert seen.objects[0].fields["parent"] is None
    assert [live.key for live in seen.objects[1:]] == ["a/b"] * len(children)


@pytest.mark.parametrize(
    ("children", "expected"),
    [
        pytest.param([], {"2": "a"}, id="nothing below it"),
        pytest.param([row(3, parent=2, name="b")], {"2": "a", "3": "a/b"}, id="what is wanted"),
        pytest.param([row(3, parent=2, name="x")], {"3": "x"}, id="other things: it is highest"),
    ],
)
def test_what_manifests_want_at_the_top_with_all_below_it_is_not_the_highest(
    world, children, expected
):
    world.server.lists("/categories", [row(2, parent=0, depth=0, name="a"), *children])
    wanted = {"Category": [manifest("a"), manifest("b", parent="a")]}
    seen = world.collection("Category", desired=wanted)
    assert {live.id: live.key for live in seen.objects} == expected


def test_fields_are_in_the_words_of_manifests(world):
    rows = [highest(), row(2, useYn="N", categoryDesc=None), row(3, parent=2, depth=2)]
    world.server.lists("/categories", rows)
    first, second = world.collection("Category").objects
    assert first.fields == {
        "displayName": "a",
        "description": "",
        "enabled": False,
        "parent": None,
    }
    assert second.fields["parent"] == {"id": "2"}


def node(known, *, parent, depth, name):
    fields = {"displayName": name}
    found = LiveObject(kind="Category", id=known, key=None, fields=fields)
    return Node(live=found, parent=parent, depth=depth)


@given(st.lists(st.integers(min_value=0, max_value=12), min_size=1, max_size=12), st.randoms())
def test_any_tree_gets_the_paths_that_walking_up_gives(parents, random):
    """Node n+1 hangs below node `parents[n] % (n+1)`, node 0 being the highest."""
    nodes = [node("100", parent="0", depth=0, name="top")]
    paths = {"100": ""}
    for index, choice in enumerate(parents):
        above = nodes[choice % len(nodes)]
        known = str(101 + index)
        paths[known] = f"{paths[above.id]}/n{known}"
        depth = paths[known].count("/")
        nodes.append(node(known, parent=above.id, depth=depth, name=f"n{known}"))
    random.shuffle(nodes)
    found = {live.id: f"/{live.key}" for live in live_categories(nodes)}
    assert found == {known: path for known, path in paths.items() if known != "100"}


def test_a_create_tells_the_parent_only_below_another_category(world, shapes):
    world.server.on("POST", "/categories", shapes.ok({"data": row(7)}))
    for parent in (None, {"id": "2"}):
        desired = {"displayName": "a", "enabled": True, "parent": parent}
        applied = world.create(shapes.task("Category", desired, key="k"))
        assert applied.id == "7"
    first, second = world.server.bodies("POST", "/categories")
    assert first == {
        "categoryName": "a",
        "categoryDesc": "",
        "useYn": "Y",
        "createUser": "reconciler",
    }
    assert second["categoryParentId"] == 2
    step = world.writer.steps[1]
    assert (step.verb, step.key, step.applied) == (Verb.CREATE, "k", desired)


def test_an_answer_that_holds_a_list_is_as_good(world, shapes):
    world.server.on("POST", "/categories", shapes.ok({"data": [row(7)]}))
    task = shapes.task("Category", {"displayName": "a", "parent": None})
    assert world.create(task).id == "7"


@pytest.mark.parametrize("body", [None, {}, {"data": None}, {"data": []}, {"data": {"x": 1}}])
def test_an_answer_without_an_id_cannot_be_understood(world, shapes, body):
    world.server.on("POST", "/categories", shapes.ok(body))
    with pytest.raises((ValueError, LookupError)):
        world.create(shapes.task("Category", {"displayName": "a", "parent": None}))


def live(**fields):
    whole = {"displayName": "a", "description": "d", "enabled": False, "parent": None, **fields}
    return LiveObject(kind="Category", id="2", key="a", fields=whole)


def test_an_update_sends_live_values_of_what_is_not_managed(world, shapes):
    world.server.on("PUT", "/categories/2", shapes.BARE)
    desired = {"displayName": "b", "parent": None}
    task = shapes.task("Category", desired, changed=frozenset({"displayName"}), live=live())
    assert world.update(task).id == "2"
    assert world.server.bodies("PUT", "/categories/2") == [
        {
            "categoryName": "b",
            "categoryDesc": "d",
            "useYn": "N",
            "updateUser": "reconciler",
        }
    ]


def test_options_name_the_users(shapes):
    world = shapes.World(options={"updateUser": "ci-bot", "createUser": "maker"})
    world.server.on("POST", "/categories", shapes.ok({"data": row(2)}))
    world.server.on("PUT", "/categories/2", shapes.BARE)
    task = shapes.task("Category", {"displayName": "a", "parent": None}, live=live())
    world.create(task)
    world.update(task)
    post, put = (call.json for call in world.server.calls)
    assert (post["createUser"], put["updateUser"]) == ("maker", "ci-bot")


def owned(kind="Category", known="2"):
    return OwnedObject(address=Address("nhn", kind, "it"), remote_id=known)


@pytest.mark.parametrize(
    ("answer", "look", "error"),
    [
        pytest.param((200, "BARE"), None, None, id="deleted"),
        pytest.param((200, -2206), None, None, id="gone already"),
        pytest.param((200, -2201), {"data": []}, None, id="refused, but gone"),
        pytest.param((200, -2201), {"data": [{"categoryId": 2}]}, Rejected, id="refused and there"),
        pytest.param((200, -9999), {"data": []}, None, id="a fault of the provider, but gone"),
        pytest.param(
            (200, -9999), {"data": [{"categoryId": 2}]}, OutcomeUnknown, id="a fault and there"
        ),
    ],
)
def test_deleting(world, shapes, answer, look, error):
    status, code = answer
    body = shapes.BARE if code == "BARE" else shapes.failed(code)
    world.server.on("DELETE", "/categories/2", (status, body))
    world.server.on("GET", "/categories/2", shapes.ok(look))
    task = shapes.task("Category", {}, owned=owned())
    if error is None:
        world.delete(task)
    else:
        with pytest.raises(error):
            world.delete(task)


def test_an_unknown_create_is_looked_for_by_name_and_parent(world):
    intent = CreateIntent(
        op_id="1",
        address=Address("nhn", "Category", "it"),
        step="create",
        creation=CreationClass.NATURAL_KEY,
        account="x",
        applied={"displayName": "a", "parent": {"id": "9"}},
    )
    one, other = live(parent={"id": "9"}), live(parent={"id": "8"})
    collection = Collection(kind="Category", objects=(one, other))
    assert world.provider.candidates(intent, collection) == [one]


def test_the_identity_of_a_manifest_is_the_same_path():
    fields = CATEGORY.canonical({"parent": {"id": 5}}, "a/b")
    assert fields == {"displayName": "a/b", "parent": {"id": "5"}}
    assert CATEGORY.identity(fields, lambda _value: "x/y") == "x/y/a%2Fb"
    assert CATEGORY.identity(fields, lambda _value: None) is None
    assert CATEGORY.identity(CATEGORY.canonical({}, "top"), lambda _value: None) == "top"


def test_a_failed_list_is_an_incomplete_collection_and_no_error(world, shapes):
    world.server.on("GET", "/categories", shapes.failed(-1000, "Invalid appkey"))
    collection = world.collection("Category")
    assert not collection.complete
    assert "Invalid appkey" in collection.error
    assert "app/key" not in collection.error
    assert "app%2Fkey" not in collection.error


@pytest.mark.parametrize(
    "body",
    [None, {}, {"totalCount": 2}, {"totalCount": 1, "data": ["x"]}, {"data": 5, "totalCount": 1}],
)
def test_an_answer_without_rows_is_never_an_empty_list(world, shapes, body):
    world.server.on("GET", "/categories", shapes.ok(body))
    assert not world.collection("Category").complete


def test_the_numbers_of_a_list_may_be_texts_and_its_single_row_an_object(world, shapes):
    body = {"totalCount": "1", "data": row("2", parent=str(ROOT))}
    world.server.on("GET", "/categories", shapes.ok(body))
    assert [live.key for live in world.collection("Category").objects] == ["a"]


def test_the_scope_is_all_that_is_read(world):
    observation = world.observe("SomethingElse")
    assert observation.collections == {}
    assert world.server.calls == []
    assert observation.requests == 0
    asyncio.run(world.http.close())
