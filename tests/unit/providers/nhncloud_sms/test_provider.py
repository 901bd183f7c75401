from reconciler.model.secret import Secret
from reconciler.providers.nhncloud_sms import PROVIDER


def test_every_kind_declares_each_field_once():
    for name, kind in PROVIDER.kinds.items():
        assert kind.name == name
        names = [field.name for field in kind.fields]
        assert len(names) == len(set(names))


def test_the_app_key_is_in_the_path_and_the_secret_key_in_a_header():
    made = PROVIDER.headers({"appKey": Secret("a"), "secretKey": Secret("s")})
    assert made["X-Secret-Key"] == Secret("s")
    assert "X-Secret-Key" not in PROVIDER.headers({"appKey": Secret("a")})


def test_requests_carry_the_documented_content_type(world, shapes):
    world.server.lists("/tags", [])
    world.collection("Tag")
    (call,) = world.server.calls
    assert call.headers["content-type"] == "application/json;charset=UTF-8"
    assert call.query == {"pageNum": "1", "pageSize": "1000"}


def test_the_identity_of_the_account_is_its_key_and_where_it_is(shapes):
    one, same = shapes.World().provider, shapes.World().provider
    assert one.account_identity() == same.account_identity()
    same.credentials = {"appKey": Secret("other")}
    assert one.account_identity() != same.account_identity()


def test_collections_are_read_in_parallel(world):
    for path in ("/categories", "/tags", "/templates"):
        world.server.lists(path, [])
    world.server.most_in_flight = 0
    import asyncio

    from reconciler.providers.task import Scope

    kinds = frozenset({"Category", "Tag", "Template"})
    observation = asyncio.run(world.provider.observe(Scope(kinds=kinds)))
    assert set(observation.collections) == kinds
    assert world.server.most_in_flight == 3
