"""Names of what is imported: from the natural key, and the same in whatever order things come."""

import hashlib
from itertools import permutations
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.engine.importing.naming import MOST_BYTES, names_of
from reconciler.engine.importing.selecting import Candidate
from reconciler.manifests import is_name
from reconciler.model.live import LiveObject
from reconciler.providers.nhncloud_sms.kinds import TAG, TEMPLATE


def tag(name, known="17"):
    live = LiveObject(kind="Tag", id=known, key=name, fields={"displayName": name})
    return Candidate(provider="nhn", kind=TAG, live=live)


def template(name):
    live = LiveObject(kind="Template", id=name, key=name, fields={"templateId": name})
    return Candidate(provider="nhn", kind=TEMPLATE, live=live)


def name_of(candidate, taken=()):
    return names_of([candidate], {candidate.collection: taken})[0]


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("가입 환영!! ", "가입-환영"),
        ("Order #1/2", "order-1-2"),
        ("☺", "tag-17"),
        ("🎉 sale 🎉", "sale"),
        (".-@+a", "a"),
        ("a.b_c@d+e", "a.b_c@d+e"),
        ("a---b", "a-b"),
        ("ÄB", "Äb"),
        ("on", "on"),
        ("123", "123"),
        ("\u202ea", "a"),
        ("a\x00b\x1b", "a-b"),
        ("../../etc/passwd", "etc-passwd"),
    ],
)
def test_a_name_keeps_letters_and_digits(called, name):
    assert name_of(tag(called)) == name


def test_letters_that_were_typed_apart_are_together():
    assert name_of(tag(normalize("NFD", "가입é"))) == "가입é"


def test_a_long_name_is_cut_at_a_character_and_told_apart():
    name = name_of(tag("각" * 50))
    digest = hashlib.sha256(("각" * 50).encode()).hexdigest()[:6]
    assert name == "각" * 31 + f"-{digest}"
    assert len(name.encode()) <= MOST_BYTES


def test_all_of_a_group_get_their_ids_in_whatever_order_they_come():
    group = [
        tag("Café", "17"),
        tag("CAFÉ", "18"),
        tag("cafe", "19"),
        tag("\uff23\uff21\uff26\uff25", "20"),
    ]
    wanted = {"17": "café-17", "18": "café-18", "19": "cafe-19"}
    for order in permutations(group):
        found = dict(zip((c.live.id for c in order), names_of(order, {}), strict=True))
        assert {known: found[known] for known in wanted} == wanted
        assert found["20"].endswith("-20")


def test_where_the_server_makes_no_id_a_digest_of_the_key_tells_apart():
    names = names_of([template("A b"), template("a-B")], {})
    digests = [hashlib.sha256(key.encode()).hexdigest()[:6] for key in ("A b", "a-B")]
    assert names == [f"a-b-{digest}" for digest in digests]


def test_a_name_that_is_taken_is_left_to_its_owner():
    assert name_of(tag("VIP"), taken=["vip"]) == "vip-17"
    assert name_of(tag("VIP"), taken=["Vip", "vip-17"]).startswith("vip-")
    assert name_of(tag("VIP"), taken=["Vip", "vip-17"]) != "vip-17"


@settings(max_examples=40)
@given(st.lists(st.text(max_size=60), max_size=8))
def test_every_name_is_one_and_no_two_are_one_file(texts):
    candidates = [tag(text, str(number)) for number, text in enumerate(texts)]
    names = names_of(candidates, {})
    assert all(map(is_name, names))
    assert all(len(name.encode()) <= MOST_BYTES for name in names)
    folded = {normalize("NFKC", normalize("NFKC", name).casefold()) for name in names}
    assert len(folded) == len(names)
    turned = names_of(candidates[::-1], {})
    assert turned[::-1] == names
