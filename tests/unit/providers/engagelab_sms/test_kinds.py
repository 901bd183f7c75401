"""Signatures and templates: the requests they take, and what is read of them."""

import pytest

from reconciler.errors import InReview, ReadFailed, Rejected
from reconciler.model.journal import CreationClass
from reconciler.model.review import Review, ReviewStatus

SIGN = {"sign_id": "S1", "sign_name": "Shop", "status": 3, "audit_remark": "no licence"}
TEMPLATE = {
    "template_id": "T1",
    "template_name": "shipped",
    "template_type": "otp",
    "template_content": "Your order {order_no}",
    "country_codes": "US,CN",
    "status": 1,
}
FIELDS = {
    "displayName": "shipped",
    "category": "utility",
    "body": "Your order {order_no}",
    "countries": ["CN", "US"],
}
SENT = {
    "template_name": "shipped",
    "template_type": "utility",
    "template_content": "Your order {order_no}",
    "country_codes": "CN,US",
    "add_signature": False,
}
TEMPLATES, SIGNS = "/v1/template-configs", "/v1/sign-configs"
PENDING = (400, {"code": 400, "message": "can not update pending status template"})
ABSENT = (400, {"code": 400, "message": "template config not exist"})


def test_a_signature_is_read_with_its_review(world):
    world.routes[("GET", SIGNS)] = [SIGN]
    (sign,) = world.collection("Signature").objects
    assert (sign.id, sign.key, sign.fields) == ("S1", "Shop", {"displayName": "Shop"})
    assert sign.review == Review(status=ReviewStatus.REJECTED, remark="no licence")


def test_two_templates_of_one_name_are_both_returned(world):
    world.routes[("GET", TEMPLATES)] = [TEMPLATE, {**TEMPLATE, "template_id": 2}]
    found = world.collection("Template").objects
    assert [(each.id, each.key) for each in found] == [("T1", "shipped"), ("2", "shipped")]
    assert found[0].fields["category"] == "authentication"
    assert found[0].secrets["idTo.id"].reveal() == "T1"


@pytest.mark.parametrize("answer", [{}, {"data": []}, None, "ok", [1], [{"template_name": "x"}]])
def test_what_is_no_list_of_templates_is_no_empty_one(world, answer):
    world.routes[("GET", TEMPLATES)] = answer
    assert not world.collection("Template").complete


def test_a_signature_is_created_renamed_and_deleted(world, shapes):
    world.routes[("POST", SIGNS)] = {"sign_id": "S1"}
    world.routes[("PUT", f"{SIGNS}/S1")] = shapes.OK
    world.routes[("DELETE", f"{SIGNS}/S1")] = shapes.OK
    assert world.create(shapes.task("Signature", {"displayName": "Shop"})).id == "S1"
    live = shapes.live("Signature", "S1", {"displayName": "Shop"})
    name = {"displayName": "The Shop"}
    task = shapes.task("Signature", name, live=live, changed=frozenset(name))
    assert world.update(task).id == "S1"
    world.delete(shapes.task("Signature", {}, owned=shapes.owned("Signature", "S1")))
    assert world.calls == [
        ("POST", SIGNS, {"sign_name": "Shop"}),
        ("PUT", f"{SIGNS}/S1", {"sign_name": "The Shop"}),
        ("DELETE", f"{SIGNS}/S1", None),
    ]


def test_a_template_is_created_with_all_its_fields_and_its_id_goes_to_the_sink(world, shapes):
    world.routes[("POST", TEMPLATES)] = {"template_id": "T1"}
    applied = world.create(shapes.task("Template", FIELDS, key="shipped"))
    assert world.calls == [("POST", TEMPLATES, SENT)]
    assert (applied.id, applied.secrets["idTo.id"].reveal()) == ("T1", "T1")
    (step,) = world.writer.steps
    assert (step.key, step.pre_ids) == ("shipped", None)


def test_beside_one_of_the_same_name_a_new_template_is_told_by_its_id(world, shapes):
    world.routes[("GET", TEMPLATES)] = [TEMPLATE]
    world.routes[("POST", TEMPLATES)] = {"template_id": "T2"}
    world.create(shapes.task("Template", FIELDS, key="shipped", beside=True))
    (step,) = world.writer.steps
    assert (step.creation, step.pre_ids) == (CreationClass.SERVER_ID, ("T1",))


def test_an_update_sends_what_nobody_manages_as_it_is(world, shapes):
    world.routes[("PUT", f"{TEMPLATES}/T1")] = shapes.OK
    there = {**FIELDS, "signature": {"id": "S1"}, "signaturePosition": "suffix"}
    task = shapes.task(
        "Template",
        {"body": "Sent"},
        live=shapes.live("Template", "T1", there),
        changed=frozenset({"body"}),
    )
    world.update(task)
    sign = {"add_signature": True, "sign_id": "S1", "sign_position": 2}
    sent = {**SENT, "template_content": "Sent", **sign}
    assert world.calls == [("PUT", f"{TEMPLATES}/T1", sent)]


def test_a_template_whose_id_alone_is_to_be_delivered_is_not_sent_to_review_again(world, shapes):
    live = shapes.live("Template", "T1", {**FIELDS, "countries": ["US", "CN"]})
    task = shapes.task("Template", FIELDS, live=live, changed=frozenset({"idTo"}))
    assert world.update(task).secrets["idTo.id"].reveal() == "T1"
    assert world.calls == []


def test_a_change_during_a_review_is_told_from_other_refusals(world, shapes):
    world.routes[("PUT", f"{TEMPLATES}/T1")] = PENDING
    live = shapes.live("Template", "T1", FIELDS)
    task = shapes.task("Template", FIELDS, live=live, changed=frozenset({"body"}))
    with pytest.raises(InReview):
        world.update(task)
    world.routes[("PUT", f"{TEMPLATES}/T1")] = (400, {"code": 400, "message": "in use by plans"})
    with pytest.raises(Rejected, match="in use by plans") as refused:
        world.update(task)
    assert not isinstance(refused.value, InReview)


def test_what_is_gone_already_is_deleted(world, shapes):
    world.routes[("DELETE", f"{TEMPLATES}/T1")] = ABSENT
    world.delete(shapes.task("Template", {}, owned=shapes.owned("Template", "T1")))
    world.routes[("DELETE", f"{TEMPLATES}/T1")] = (400, {"code": 400, "message": "in use"})
    with pytest.raises(Rejected, match="in use"):
        world.delete(shapes.task("Template", {}, owned=shapes.owned("Template", "T1")))


def test_one_object_can_be_looked_for_alone(world):
    world.routes[("GET", f"{TEMPLATES}/T1")] = TEMPLATE
    world.routes[("GET", f"{TEMPLATES}/T%2F2")] = ABSENT
    assert world.exists("Template", "T1")
    assert not world.exists("Template", "T/2")
    world.routes[("GET", f"{TEMPLATES}/T1")] = []
    with pytest.raises(ReadFailed):
        world.exists("Template", "T1")
