"""Surenotify's JSON in all its readings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.dns import domain_key, unpublished
from reconciler.providers.surenotify.convert import EmptyAnswer, Hook, hooks, records, truth
from reconciler.providers.surenotify.kinds import KINDS

ROW = {"type": 3, "domain": "default", "url": "https://a/", "createDate": "2019-03-05T08:19:26Z"}
HOOK = Hook("email", "delivery", "https://a/")


@pytest.mark.parametrize(
    "body",
    [
        ROW,
        [ROW],
        {"webhooks": [ROW]},
        {"data": [ROW]},
        {"data": ROW},
        {"success": True, "data": [ROW]},
    ],
)
def test_a_list_of_webhooks_is_read_in_every_shape(body):
    assert hooks(body, "email") == [HOOK]


@pytest.mark.parametrize("body", [[], {"webhooks": []}, {"data": []}])
def test_no_webhook_is_an_empty_list(body):
    assert hooks(body, "email") == []


@pytest.mark.parametrize("body", [None, {}, {"data": None}, {"webhooks": {}}])
def test_an_answer_without_content_is_no_empty_list(body):
    with pytest.raises(EmptyAnswer):
        hooks(body, "email")


@pytest.mark.parametrize(
    "body",
    [
        "text",
        3,
        True,
        {"success": True},
        {"message": "x"},
        [[]],
        ["x"],
        [None],
        [{"url": "https://a/"}],
        {"webhooks": "none"},
        [ROW | {"url": 3}],
        [ROW, {}],
    ],
)
def test_anything_else_is_refused_and_never_an_empty_list(body):
    with pytest.raises(ValueError):
        hooks(body, "email")


@pytest.mark.parametrize("code", [3, 3.0, "3", "3.0", " 3 "])
def test_a_type_may_be_a_number_or_text(code):
    assert hooks([ROW | {"type": code}], "email") == [HOOK]


@pytest.mark.parametrize("code", [9, "9", "delivery", None, True, 3.5, "nan", "inf", []])
def test_an_unknown_type_survives(code):
    [found] = hooks([ROW | {"type": code}], "sms")
    assert not found.known
    assert found.slot.startswith("sms/type ")


@pytest.mark.parametrize("url", [None, ""])
def test_a_cleared_row_counts_as_none(url):
    assert hooks([ROW | {"url": url}, {"type": 4}], "email") == []


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        (True, True),
        ("true", True),
        ("True", True),
        (1, True),
        ("1", True),
        (1.0, True),
        (False, False),
        ("false", False),
        (0, False),
        ("0", False),
        ("False", False),
        (None, None),
        ("", None),
        ("yes", None),
        (2, None),
        ([], None),
        ({}, None),
    ],
)
def test_a_boolean_may_be_text_or_number(value, meaning):
    assert truth(value) is meaning


@pytest.mark.parametrize("valid", ["false", False, 0, "0", None, "no", "pending", []])
def test_a_record_is_published_only_where_it_says_so(valid):
    body = [{"name": "d.example", "value": "v=spf1", "record_type": 0, "valid": valid}]
    assert [str(one) for one in unpublished(records(body))] == ["d.example TXT v=spf1"]


def test_records_are_a_set():
    one = {"name": "b", "value": "x", "record_type": 1, "valid": True}
    two = {"name": "a", "value": "y", "record_type": "0", "valid": "true"}
    assert records([one, two, one]) == records([two, one])
    assert [record.type for record in records([one, two])] == ["CNAME", "TXT"]
    assert unpublished(records([one, two])) == ()


@pytest.mark.parametrize("body", [None, {}, "x", [3], [{"value": "x"}], {"success": True}])
def test_what_is_no_list_of_records_is_refused(body):
    with pytest.raises(ValueError):
        records(body)


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("Mail.Example.COM.", "mail.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("예시.KR", "xn--vv4b11d.kr"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("bad..ü", "bad..ü"),
    ],
)
def test_a_domain_has_one_spelling(given, canonical):
    assert domain_key(given) == canonical


def test_canonical_fields():
    domain, webhook = KINDS["SenderDomain"], KINDS["Webhook"]
    assert domain.canonical({}, "Example.com") == {"domain": "example.com"}
    assert domain.identity({"domain": "example.com"}, lambda _: None) == "example.com"
    spec = {"channel": "sms", "events": ["bounce", "delivery", "bounce"], "url": "https://a/"}
    assert webhook.canonical(spec, "x")["events"] == ["delivery", "bounce"]
    assert webhook.claims(spec, lambda _: None) == ("sms/bounce", "sms/delivery")


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_json_is_read_or_refused(body):
    for read in (lambda: hooks(body, "email"), lambda: records(body)):
        try:
            read()
        except ValueError:
            continue
