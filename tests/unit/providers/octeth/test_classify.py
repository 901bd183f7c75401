import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.http.verdict import VerdictKind
from reconciler.providers.octeth import PROVIDER
from reconciler.providers.octeth.errors import classify

DONE, REJECTED, ABSENT = VerdictKind.DONE, VerdictKind.REJECTED, VerdictKind.ABSENT
UNKNOWN, LIMITED = VerdictKind.UNKNOWN, VerdictKind.RATE_LIMITED

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def failed(code, **more):
    return {"Success": False, "ErrorCode": code, **more}


@pytest.mark.parametrize(
    ("command", "status", "body", "expected"),
    [
        ("AddDomain", 200, {"Success": True, "ErrorCode": 0}, DONE),
        ("AddDomain", 200, {"Success": True, "ErrorCode": [0]}, DONE),
        ("AddDomain", 200, {"Success": True, "ErrorCode": "0"}, DONE),
        ("AddDomain", 200, {"Success": True}, DONE),
        ("AddDomain", 200, {"Success": True, "ErrorCode": 1}, UNKNOWN),
        ("AddDomain", 200, {"Success": "true", "ErrorCode": 0}, UNKNOWN),
        ("AddDomain", 500, {"Success": True, "ErrorCode": 0}, UNKNOWN),
        ("AddDomain", 200, failed(0), UNKNOWN),
        ("AddDomain", 200, failed([]), UNKNOWN),
        ("AddDomain", 200, failed(3), REJECTED),
        ("AddDomain", 400, failed(["3"]), REJECTED),
        ("AddDomain", 500, failed(3), UNKNOWN),
        ("AddDomain", 200, failed(77), UNKNOWN),
        ("AddDomain", 200, failed([1, 77]), UNKNOWN),
        ("AddDomain", 200, failed("soon"), UNKNOWN),
        ("AddDomain", 200, failed("9" * 5000), UNKNOWN),
        ("AddAPI", 200, failed([1, 2]), REJECTED),
        # 5 is "no such domain" in one command, "no URL" in another and nothing in a third.
        ("UpdateDomain", 200, failed(5), ABSENT),
        ("AddWebhook", 200, failed([5]), REJECTED),
        ("AddAPI", 200, failed(5), UNKNOWN),
        ("DeleteWebhook", 200, failed(4), ABSENT),
        ("DeleteAPI", 200, failed(2), ABSENT),
        ("DeleteAPI", 200, failed([1, 2]), REJECTED),
        ("AddSMTP", 200, failed(99998), REJECTED),
        ("AddSMTP", 401, failed(99999), REJECTED),
        ("AddSMTP", 200, failed(403), REJECTED),
        ("AddSMTP", 200, failed(409), REJECTED),
        ("AddSMTP", 409, None, UNKNOWN),
        ("GetAPIs", 200, failed(404), ABSENT),
        ("AddSMTP", 403, None, REJECTED),
        ("AddSMTP", 401, failed(12345), REJECTED),
        ("AddSMTP", 200, [], UNKNOWN),
        ("AddSMTP", 200, {}, UNKNOWN),
        ("AddSMTP", 302, {"Success": True, "ErrorCode": 0}, UNKNOWN),
        ("AddSMTP", 429, None, LIMITED),
        ("AddSMTP", 200, failed(429), LIMITED),
        ("AddSMTP", 200, {"Errors": [{"Code": 429, "Message": "no"}]}, LIMITED),
        ("", 200, failed(1), UNKNOWN),
    ],
)
def test_only_what_is_listed_for_a_command_counts_as_refused(command, status, body, expected):
    assert classify(command, status, body).outcome is expected


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("Too many requests. Wait for 12 seconds for another 3 attempts.", 12),
        ("Too many requests. Please wait for 7 seconds before trying again.", 7),
        ("Too many requests. Wait for {seconds} seconds for another {attempts} attempts.", None),
        ("Too many requests. Wait for X seconds for another Y attempts.", None),
        ("You have exceeded your send rate limits. Please wait before sending another.", None),
        ("Wait for 999999999 seconds", None),
        ("Wait for 0 seconds", None),
    ],
)
@pytest.mark.parametrize(
    "shape",
    [
        lambda text: failed(429, ErrorText=text),
        lambda text: failed([429], ErrorText=[text]),
        lambda text: failed(429, ErrorMessage=text),
        lambda text: {"Errors": [{"Code": 429, "Message": text}]},
    ],
)
def test_the_wait_is_read_out_of_the_text_in_every_form_of_429(shape, text, wait):
    assert classify("GetDomains", 200, shape(text)).retry_after == wait


def test_a_refusal_says_which_command_and_why_with_the_servers_own_words():
    verdict = classify("AddDomain", 200, failed([3], ErrorText=["Limit reached"]))
    assert verdict.message == (
        "AddDomain: the account has all the sender domains that its user group allows "
        "(Limit reached)"
    )
    assert verdict.code == "3"


@given(status=st.integers(100, 599), body=json_values)
def test_no_answer_of_any_shape_breaks_the_classification(status, body):
    PROVIDER.classify(status, body)
    classify("AddWebhook", status, body)


@given(code=json_values, more=json_values)
def test_no_error_code_of_any_shape_breaks_the_classification(code, more):
    body = {"Success": False, "ErrorCode": code, "ErrorText": more, "Errors": more}
    assert classify("AddWebhook", 200, body).outcome is not DONE
