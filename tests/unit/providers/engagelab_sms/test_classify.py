"""What answers mean: by the message where the page says no more than 400."""

import pytest

from reconciler.errors import InReview, Rejected
from reconciler.http.verdict import VerdictKind
from reconciler.providers.engagelab_sms.client import classify, in_review

DONE, REJECTED, ABSENT = VerdictKind.DONE, VerdictKind.REJECTED, VerdictKind.ABSENT
UNKNOWN, LIMITED = VerdictKind.UNKNOWN, VerdictKind.RATE_LIMITED


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (200, [], DONE),
        (200, {"template_id": "T1"}, DONE),
        (200, {"code": 0, "message": "success"}, DONE),
        (204, None, DONE),
        (400, {"code": 400, "message": "template config not exist"}, ABSENT),
        (200, {"code": 400, "message": "template config not exist"}, ABSENT),
        (500, {"code": 500, "message": "Sign config not exist"}, ABSENT),
        (400, {"code": 400, "message": "can not update pending status template"}, REJECTED),
        (400, {"code": 400, "message": "sign_name already exist"}, REJECTED),
        (200, {"code": 3002, "message": "invalid parameter"}, REJECTED),
        (400, {"code": 5001, "message": "no balance"}, REJECTED),
        (200, {"code": 500, "message": "internal"}, UNKNOWN),
        (401, {"code": 2001, "message": "auth failed"}, REJECTED),
        (401, None, REJECTED),
        (403, "nginx", REJECTED),
        # Not what the page has for a missing object: a wrong address, so nothing counts as gone.
        (404, {"message": "no route"}, REJECTED),
        (429, {"code": 429, "message": "slow down"}, LIMITED),
        (500, {"code": 500, "message": "internal"}, UNKNOWN),
        (502, None, UNKNOWN),
        (302, None, UNKNOWN),
    ],
)
def test_an_answer_means(status, body, meaning):
    assert classify(status, body).outcome is meaning


def test_a_refusal_during_a_review_says_so():
    refusal = Rejected("refused: can not update pending status template (HTTP 400)", status=400)
    told = in_review(refusal)
    assert isinstance(told, InReview)
    assert told.message == refusal.message
    assert in_review(Rejected("refused: sign_name already exist")) is None
