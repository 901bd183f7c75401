"""Reads phone numbers, as people and spreadsheets write them, as numbers that can be dialled.

The numbering plans are those of Google's libphonenumber (`phonenumbers`), as dialled from Korea. It
takes some forty microseconds a number and a tenth of a second to load, so complete Korean numbers,
which most are, are recognised by a regular expression; a test compares the two.
"""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

_REGION = "KR"
_COUNTRY = 82
_SEPARATORS = re.compile(r"[ ()-]")
_SPELLING = re.compile(r"\+?[0-9]{3,17}")
_MAX_DIGITS = 15
"""The most digits that E.164 allows."""

_AREA = r"(?:2|3[1-3]|[46][1-4]|5[1-5])"
KOREAN = (
    "0(?:"
    r"10(?:[0-46-9][0-9]{2}|5[0-8][0-9]|59[0-6])[0-9]{5}"
    rf"|{_AREA}[1-9][0-9]{{6,7}}|1[16-9][0-9]{{7,8}}"
    "|[38]0[0-9]{7}|60[2-9][0-9]{6}|50[0-9]{8,9}|70[0-9]{8})"
)
"""Mobile, landline, 080 and other numbers with their leading 0; not all that exist."""
NATIONWIDE = r"1(?:5(?:22|33|44|66|77|88|99)|6(?:00|44|6[0168]|70|88)|8(?:00|33|55|77|99))[0-9]{4}"
"""Numbers of companies, which have no leading 0; most sender numbers are such numbers."""
_KOREAN = re.compile(KOREAN)
_NATIONWIDE = re.compile(NATIONWIDE)
_COUNTRY_CODE = re.compile(r"(?:\+|00)?82(?=[0-9]{8})0?")


class Phone(Struct, frozen=True):
    """A number as it was read."""

    digits: str
    """The digits that a provider is sent: as dialled in Korea, `01012345678`; for a number of
    another country, with its country code, `12675550123`."""
    restored: bool = False
    """The leading 0 was missing and has been put back: spreadsheets drop it."""
    planned: bool = True
    """It is in a numbering plan; other numbers are only possible by their length."""
    foreign: bool = False
    """It belongs to another country."""
    international: bool = False
    """It was written with a +."""


@lru_cache(maxsize=1 << 14)
def read_phone(text: str) -> Phone | None:
    """Read a number; `None` if the text is none, or has an impossible length.

    Hyphens, spaces and parentheses are ignored, and `82`, `0082` and `+82` stand for the leading 0.
    """
    if _KOREAN.fullmatch(text):
        return Phone(text)
    compact = _SEPARATORS.sub("", text)
    if not _SPELLING.fullmatch(compact):
        return None
    if _KOREAN.fullmatch(compact) or _NATIONWIDE.fullmatch(compact):
        return Phone(compact)
    code = _COUNTRY_CODE.match(compact)
    if code and _KOREAN.fullmatch(national := f"0{compact[code.end() :]}"):
        return Phone(national, international=compact.startswith("+"))
    if compact[0] in "123456789" and _KOREAN.fullmatch(f"0{compact}"):
        return Phone(f"0{compact}", restored=True)
    return look_up(compact)


def look_up(compact: str) -> Phone | None:
    """Read digits, perhaps with a + in front, with the library alone."""
    import phonenumbers
    from phonenumbers import NumberParseException, PhoneNumberFormat

    international = compact.startswith("+")
    written = f"+{compact[2:]}" if compact.startswith("0082") else compact
    try:
        number = phonenumbers.parse(written, _REGION)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    planned = phonenumbers.is_valid_number(number)
    if number.country_code != _COUNTRY:
        digits = phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:]
        return _phone(digits, planned=planned, foreign=True, international=international)
    if not planned:
        return _phone(_national(compact), planned=False, international=international)
    formatted = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    digits = "".join(filter(str.isdecimal, formatted))
    restored = digits.startswith("0") and not compact.startswith(("0", "+", "82"))
    return _phone(digits, restored=restored, international=international)


def _phone(digits: str, **found: bool) -> Phone | None:
    return Phone(digits, **found) if len(digits) <= _MAX_DIGITS else None


def _national(compact: str) -> str:
    """Return the digits of a number in no plan, a leading 0 in place of Korea's country code."""
    code = _COUNTRY_CODE.match(compact)
    return f"0{compact[code.end() :]}" if code else compact.removeprefix("+")


def phone_digits(text: str) -> str:
    """Return the digits of a number; for a text that is no number, all digits in it."""
    found = read_phone(text)
    return found.digits if found else "".join(filter("0123456789".__contains__, text))
