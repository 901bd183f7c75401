import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.providers.nhncloud_sms import convert


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        ("01012345678", "01012345678"),
        ("010-1234-5678", "01012345678"),
        (" 010 1234.5678 ", "01012345678"),
        ("+82 10-1234-5678", "01012345678"),
        ("+821012345678", "01012345678"),
        ("+82 (0)10 1234 5678", "01012345678"),
        ("1544-6859", "15446859"),
        ("821012345678", "821012345678"),
        ("no digits", ""),
        ("", ""),
        ("\u0660\u0661\u0660", ""),
    ],
)
def test_a_phone_number_is_its_digits(number, digits):
    assert convert.phone_digits(number) == digits


@given(st.text())
def test_digits_of_digits_are_the_same(number):
    digits = convert.phone_digits(number)
    assert convert.phone_digits(digits) == digits


@given(st.lists(st.text(min_size=1), min_size=1), st.lists(st.text(min_size=1), min_size=1))
def test_two_paths_of_names_are_one_text_only_if_they_are_one_path(one, other):
    joined = ["/".join(map(convert.path_part, path)) for path in (one, other)]
    assert (joined[0] == joined[1]) == (one == other)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("images/a.jpg", "a.jpg"),
        ("a.jpg", "a.jpg"),
        ("x/" + "n" * 60 + ".jpeg", "n" * 40 + ".jpeg"),
    ],
)
def test_an_attachment_is_uploaded_under_its_own_name(path, name):
    assert convert.file_name(path) == name
