"""Phone numbers: the quick way is the library's, and spellings do not matter."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.phone import KOREAN, NATIONWIDE, Phone, look_up, read_phone

korean = st.from_regex(KOREAN, fullmatch=True)
whole = korean | st.from_regex(NATIONWIDE, fullmatch=True)


@settings(max_examples=500, deadline=None)
@given(whole)
def test_what_the_quick_way_takes_the_library_reads_alike(number):
    assert read_phone(number) == look_up(number) == Phone(number)


@settings(max_examples=500, deadline=None)
@given(korean, st.sampled_from(["82", "+82", "0082", "820", "+820", "00820", ""]))
def test_a_country_code_or_a_lost_zero_is_read_as_the_library_does(number, prefix):
    assert read_phone(prefix + number[1:]) == look_up(prefix + number[1:])


@settings(max_examples=500, deadline=None)
@given(st.from_regex(r"\A[+]?[0-9]{1,17}\Z"))
def test_any_digits_are_read_as_the_library_does_or_are_none(digits):
    if len(digits.removeprefix("+")) < 3:
        assert read_phone(digits) is None
    else:
        assert read_phone(digits) == look_up(digits)


@settings(deadline=None)
@given(korean, st.lists(st.sampled_from([" ", "-", "(", ")", ""]), min_size=12, max_size=12))
def test_separators_do_not_matter(number, separators):
    spelled = "".join(a + b for a, b in zip(separators, number, strict=False)) + number[12:]
    assert read_phone(spelled) == Phone(number)


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("01012345678", Phone("01012345678")),
        ("1012345678", Phone("01012345678", restored=True)),
        ("15446859", Phone("15446859")),
        ("12673800456", Phone("12673800456", planned=False)),
        ("+1 267 380 0456", Phone("12673800456", foreign=True, international=True)),
        ("112", Phone("112", planned=False)),
        ("12", None),
        ("", None),
        ("+82", None),
        ("abc", None),
        ("0101111222233334444", None),
        ("٠١٠١٢٣٤٥٦٧٨", None),
    ],
)
def test_what_a_number_is_read_as(text, phone):
    assert read_phone(text) == phone


def test_every_mobile_number_that_a_plan_has_is_told_by_the_expression():
    numbers = [f"010{prefix:03}12345" for prefix in range(1000)]
    assert [bool(re.fullmatch(KOREAN, each)) for each in numbers] == [
        look_up(each).planned for each in numbers
    ]


def test_every_nationwide_number_that_a_plan_has_is_told_by_the_expression():
    numbers = [f"{prefix}6859" for prefix in range(1000, 2000)]
    assert [bool(re.fullmatch(NATIONWIDE, each)) for each in numbers] == [
        look_up(each) == Phone(each) for each in numbers
    ]
