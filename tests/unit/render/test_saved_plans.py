"""Saved plans as files: a byte that is not as it was saved shows, and long values are cut."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import PlanDamaged
from reconciler.model.saved_plan import Binding, SavedOptions
from reconciler.render.plans.saved_plans import (
    check_signature,
    check_sum,
    read_saved,
    saved_text,
    shortened,
)

BINDING = Binding(
    nonce="01a223f7-9ebd-7539-904b-0c196efd43cc",
    created_at="2026-11-28T21:02:40Z",
    expires_at="2026-11-29T21:02:40Z",
    tool="0.1.0",
    environment="production",
    changes_digest="sha256:" + "0" * 64,
    manifests_digest="sha256:" + "1" * 64,
    manifests={"nhn.yaml": "9efb2fc0d67bb6d4"},
    policies_digest=None,
    lineage="ab" * 16,
    serial=42,
    state_digest="cd" * 32,
    accounts={"nhn": "ef" * 32},
    observed={},
    options=SavedOptions(),
)
PLAN = {"changes": [], "note": "안녕\u2028 ##[group]", "seconds": 0.25, "count": 12}


def sign(text):
    return hashlib.sha256(b"key" + text.encode("utf-8", "surrogatepass")).hexdigest()


@pytest.mark.parametrize("bit", [1, 2, 32, 128])
@pytest.mark.parametrize("signed", [True, False])
def test_a_flipped_byte_leaves_the_same_plan_or_is_refused(signed, bit):
    data = saved_text(PLAN, BINDING, sign if signed else None).encode()
    whole = read_saved(data)
    same = 0
    for position in range(len(data)):
        flipped = bytearray(data)
        flipped[position] ^= bit
        try:
            found = read_saved(bytes(flipped))
            if signed:
                check_signature(found, sign)
            else:
                check_sum(found)
        except PlanDamaged:
            continue
        assert found == whole
        same += 1
    assert same < len(data) / 4  # white space alone


def test_what_was_written_is_read():
    whole = read_saved(saved_text(PLAN, BINDING, sign).encode())
    check_signature(whole, sign)
    assert whole.plan == PLAN
    assert whole.binding == BINDING


def test_another_key_is_no_proof():
    whole = read_saved(saved_text(PLAN, BINDING, sign).encode())
    with pytest.raises(PlanDamaged):
        check_signature(whole, lambda text: sign(text + " "))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_whatever_a_plan_says_its_signature_is_found_right(plan):
    whole = read_saved(saved_text(plan, BINDING, sign).encode())
    check_signature(whole, sign)
    assert json.dumps(whole.plan) == json.dumps(plan)


def test_of_a_long_value_its_digest_size_and_beginning_are_saved():
    long = "가" * 6000
    field = {"path": "body", "before": "short", "after": long}
    change = {"before": None, "after": {"body": long, "sender": "1"}, "fields": [field]}
    [cut] = shortened({"changes": [change]})["changes"]
    digest = "sha256:" + hashlib.sha256(long.encode()).hexdigest()
    told = {"digest": digest, "bytes": 18000, "preview": "가" * 200}
    assert cut["after"] == {"body": told, "sender": "1"}
    assert cut["fields"] == [{"path": "body", "before": "short", "after": told}]
    assert cut["before"] is None
