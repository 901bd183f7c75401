"""What an answer of Surenotify means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.http.verdict import VerdictKind
from reconciler.providers.surenotify.client import classify, words_of

DONE, REJECTED, ABSENT = VerdictKind.DONE, VerdictKind.REJECTED, VerdictKind.ABSENT
UNKNOWN, LIMITED, FAILED = VerdictKind.UNKNOWN, VerdictKind.RATE_LIMITED, VerdictKind.FAILED
INVALID = {"success": False, "messages": ["Invalid: type is not a valid value."]}
NOT_FOUND = {"success": False, "message": "Invalid: domain not found"}


@pytest.mark.parametrize(
    ("status", "body", "outcome", "words"),
    [
        (200, {"success": True}, DONE, ""),
        (200, {"success": "true"}, DONE, ""),
        (204, None, DONE, ""),
        (200, [], DONE, ""),
        (200, {"type": 3, "url": "https://x"}, DONE, ""),
        (200, {}, DONE, ""),
        (400, INVALID, REJECTED, "Invalid: type is not a valid value."),
        (200, INVALID, REJECTED, "Invalid: type is not a valid value."),
        (200, NOT_FOUND, ABSENT, "Invalid: domain not found"),
        (200, {"success": False}, UNKNOWN, "success: false"),
        (200, {"success": "false", "message": "busy"}, UNKNOWN, "busy"),
        (200, {"message": "Internal server error"}, UNKNOWN, "Internal server error"),
        (200, "text", UNKNOWN, "the answer has an unknown shape"),
        (403, {"message": "Forbidden"}, REJECTED, "Forbidden"),
        (200, {"message": "Forbidden"}, REJECTED, "Forbidden"),
        (
            400,
            {"errors": "Invalid: sender domain unverified"},
            REJECTED,
            "Invalid: sender domain unverified",
        ),
        (
            400,
            {"message": "Invalid request body", "errors": "[ too long ]"},
            REJECTED,
            "Invalid request body; [ too long ]",
        ),
        (400, {"error": "x"}, REJECTED, "x"),
        (400, {"success": False}, REJECTED, ""),
        (400, {}, UNKNOWN, ""),
        (400, None, UNKNOWN, ""),
        (404, {"message": "Not Found"}, ABSENT, "Not Found"),
        (404, None, ABSENT, ""),
        (409, {"message": "conflict"}, UNKNOWN, "conflict"),
        (408, {"message": "x"}, UNKNOWN, "x"),
        (500, {"success": False}, FAILED, "success: false"),
        (500, {"message": "Internal server error"}, UNKNOWN, "Internal server error"),
        (503, None, UNKNOWN, ""),
        (429, {"message": "Too Many Requests"}, LIMITED, "Too Many Requests"),
        (403, {"message": "Limit Exceeded"}, LIMITED, "Limit Exceeded"),
    ],
)
def test_an_answer_means(status, body, outcome, words):
    verdict = classify(status, body)
    assert (verdict.outcome, verdict.message) == (outcome, words)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["success", "message", "messages", "errors", "x"]), inner)
    ),
    max_leaves=8,
)


@given(st.integers(100, 599), JSON)
def test_only_a_listed_answer_counts_as_nothing_happened(status, body):
    verdict = classify(status, body)
    if verdict.outcome is REJECTED and verdict.message.lower() != "forbidden":
        assert status in {400, 401, 403, 422} or 200 <= status < 300
    if verdict.outcome is DONE:
        assert 200 <= status < 300
    if status >= 500 and verdict.message.lower() != "forbidden":
        assert verdict.outcome in {UNKNOWN, LIMITED, FAILED}


def test_only_known_fields_are_shown():
    assert words_of({"message": ["a", "a", 3, {"x": "y"}], "token": "canary"}) == "a"
