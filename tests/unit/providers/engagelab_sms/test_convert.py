"""Every way in which EngageLab's pages say the same thing."""

import pytest

from reconciler.model.review import Review, ReviewStatus
from reconciler.providers.engagelab_sms.convert import review_of

TEMPLATES = "/v1/template-configs"

ROW = {
    "template_id": "T1",
    "template_name": "shipped",
    "template_type": "utility",
    "template_content": "Your order {order_no}",
    "country_codes": "CN,US",
    "status": 2,
}
FIELDS = {
    "displayName": "shipped",
    "category": "utility",
    "body": "Your order {order_no}",
    "countries": ["CN", "US"],
    "signature": None,
}


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        ({}, {}),
        ({"template_type": "otp"}, {"category": "authentication"}),
        ({"template_type": "authentication"}, {"category": "authentication"}),
        ({"country_codes": " us, cn ,"}, {"countries": ["US", "CN"]}),
        ({"country_codes": None}, {"countries": []}),
        ({"country_codes": ["cn", " US "]}, {"countries": ["CN", "US"]}),
        ({"sign_id": "", "sign_position": 0}, {}),
        ({"sign_id": 0, "sign_position": 0}, {}),
        ({"sign_id": None}, {}),
        (
            {"sign_id": "S1", "sign_position": 0},
            {"signature": {"id": "S1"}, "signaturePosition": "prefix"},
        ),
        (
            {"sign_id": 7, "sign_position": 1},
            {"signature": {"id": "7"}, "signaturePosition": "prefix"},
        ),
        (
            {"sign_id": "S1", "sign_position": "2"},
            {"signature": {"id": "S1"}, "signaturePosition": "suffix"},
        ),
        ({"template_content": None}, {"body": ""}),
    ],
)
def test_a_template_is_read_in_the_words_of_manifests(world, told, fields):
    world.routes[("GET", TEMPLATES)] = [{**ROW, **told}]
    (found,) = world.collection("Template").objects
    assert found.fields == {**FIELDS, **fields}


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({}, {"add_signature": False}),
        ({"signature": {"id": "S1"}}, {"sign_id": "S1", "sign_position": 1}),
        (
            {"signature": {"id": "S1"}, "signaturePosition": "suffix"},
            {"sign_id": "S1", "sign_position": 2},
        ),
    ],
)
def test_every_field_is_sent_and_add_signature_follows_from_the_signature(
    world, shapes, fields, sent
):
    world.routes[("POST", TEMPLATES)] = {"template_id": "T1"}
    world.create(shapes.task("Template", {**FIELDS, **fields}, key="shipped"))
    ((_, _, body),) = world.calls
    assert body == {
        "template_name": "shipped",
        "template_type": "utility",
        "template_content": "Your order {order_no}",
        "country_codes": "CN,US",
        "add_signature": True,
        **sent,
    }


@pytest.mark.parametrize(
    ("status", "review"),
    [
        (1, ReviewStatus.PENDING),
        ("2", ReviewStatus.APPROVED),
        (3, ReviewStatus.REJECTED),
    ],
)
def test_the_review_has_its_remark(status, review):
    row = {"status": status, "audit_remark": " no brand "}
    assert review_of(row) == Review(status=review, remark="no brand")


@pytest.mark.parametrize("status", [0, 4, None, True, "approved"])
def test_a_status_that_no_page_names_says_nothing(status):
    assert review_of({"status": status}) is None


@pytest.mark.parametrize(
    ("known", "text"),
    [("T1", "T1"), (12, "12"), (None, None), ("", None), (True, None), ({}, None)],
)
def test_ids_are_texts_and_a_row_without_one_is_no_row(world, known, text):
    world.routes[("GET", TEMPLATES)] = [{**ROW, "template_id": known}]
    found = world.collection("Template")
    assert [each.id for each in found.objects] == ([] if text is None else [text])
    assert found.complete == (text is not None)
