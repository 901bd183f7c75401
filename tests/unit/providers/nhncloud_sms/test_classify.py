"""What answers mean: the envelope decides, and only documented refusals are refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import Rejected
from reconciler.http.verdict import VerdictKind
from reconciler.providers.nhncloud_sms.client import classify, concerns_account

DONE, REJECTED, ABSENT = VerdictKind.DONE, VerdictKind.REJECTED, VerdictKind.ABSENT
LIMITED, UNKNOWN = VerdictKind.RATE_LIMITED, VerdictKind.UNKNOWN


def envelope(successful, code=0, message=""):
    return {
        "header": {"isSuccessful": successful, "resultCode": code, "resultMessage": message},
        "body": None,
    }


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, envelope(True), DONE),
        (200, envelope(True, ""), DONE),
        (200, {"header": {"isSuccessful": True}}, DONE),
        (500, envelope(True), DONE),
        (200, envelope(False, -1000), REJECTED),
        (200, envelope(False, "-1000"), REJECTED),
        (200, envelope(False, 4), REJECTED),
        (400, envelope(False, -2101), REJECTED),
        (200, envelope(False, -2043), REJECTED),
        (200, envelope(False, -2205), REJECTED),
        (200, envelope(False, -2312), REJECTED),
        (200, envelope(False, -6004), REJECTED),
        (200, envelope(False, -2107), ABSENT),
        (200, envelope(False, -2206), ABSENT),
        (404, envelope(False, -1), ABSENT),
        (400, envelope(False, 9, "Unregistered recipientNo."), ABSENT),
        (429, envelope(False, -1), LIMITED),
        (429, None, LIMITED),
        (401, None, REJECTED),
        (403, envelope(False, -99999), REJECTED),
        (200, envelope(False, -9999), UNKNOWN),
        (200, envelope(False, -2009), UNKNOWN),
        (200, envelope(False, -2021), UNKNOWN),
        (200, envelope(False, -7000), UNKNOWN),
        (200, envelope(False, -31337), UNKNOWN),
        (200, envelope(False, ""), UNKNOWN),
        (400, envelope(False, None), UNKNOWN),
        (200, envelope("true"), UNKNOWN),
        (200, envelope(None), UNKNOWN),
        (200, {"body": {}}, UNKNOWN),
        (200, [], UNKNOWN),
        (404, None, UNKNOWN),
        (500, None, UNKNOWN),
        (503, envelope(False, -31337), UNKNOWN),
    ],
)
def test_an_answer_means(status, body, outcome):
    assert classify(status, body).outcome is outcome


def test_the_providers_own_words_and_code_are_kept():
    verdict = classify(200, envelope(False, -2101, "Already-registered Template ID"))
    assert (verdict.code, verdict.message) == ("-2101", "Already-registered Template ID")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["header", "body", "isSuccessful", "resultCode"]), inner)
    ),
    max_leaves=8,
)


@given(st.integers(min_value=200, max_value=599), json_values)
def test_nothing_but_a_true_is_successful_means_done(status, body):
    verdict = classify(status, body)
    header = body.get("header") if isinstance(body, dict) else None
    stated = isinstance(header, dict) and header.get("isSuccessful") is True
    assert (verdict.outcome is DONE) == stated


@pytest.mark.parametrize(
    ("code", "expected"),
    [("", True), ("-1000", True), ("-6004", True), ("429", True), ("4", False), ("absent", False)],
)
def test_refusals_that_every_request_would_meet_are_told_apart(code, expected):
    assert concerns_account(Rejected("no", provider_code=code)) is expected


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_refusal_of_the_caller_is_one_of_every_request_whatever_its_code(status):
    assert concerns_account(Rejected("no", provider_code="-403", status=status))
