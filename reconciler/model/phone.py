"""Phone numbers as people and spreadsheets write them, read as a number that can be dialled.

The numbering plans are those of Google's libphonenumber (`phonenumbers`), seen from Korea. It takes
some forty microseconds a number and a tenth of a second to load, so Korean numbers in full, which
nearly all are, are told by one expression; a test holds the two against each other.
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
"""Digits of what is dialled, as E.164 has them at most."""

_AREA = r"(?:2|3[1-3]|[46][1-4]|5[1-5])"
KOREAN = (
    "0(?:"
    r"10(?:[0-46-9][0-9]{2}|5[0-8][0-9]|59[0-6])[0-9]{5}"
    rf"|{_AREA}[1-9][0-9]{{6,7}}|1[16-9][0-9]{{7,8}}"
    "|[38]0[0-9]{7}|60[2-9][0-9]{6}|50[0-9]{8,9}|70[0-9]{8})"
)
"""Mobile, landline, 080 and other numbers with their leading 0; not all of those that there are."""
NATIONWIDE = r"1(?:5(?:22|33|44|66|77|88|99)|6(?:00|44|6[0168]|70|88)|8(?:00|33|55|77|99))[0-9]{4}"
"""Numbers of companies, which have no leading 0; most sender numbers are of these."""
_KOREAN = re.compile(KOREAN)
_NATIONWIDE = re.compile(NATIONWIDE)
_COUNTRY_CODE = re.compile(r"(?:\+|00)?82(?=[0-9]{8})0?")


class Phone(Struct, frozen=True):
    """A number as it was read."""

    digits: str
    """What is dialled in Korea, and what a provider is sent: `01012345678`; `12675550123` for a
    number of another country, with its country code."""
    restored: bool = False
    """The leading 0 was missing and has been put back: spreadsheets drop it."""
    planned: bool = True
    """It is in a numbering plan; others are possible by their length alone."""
    foreign: bool = False
    """It belongs to another country."""
    international: bool = False
    """It was written with a +."""


@lru_cache(maxsize=1 << 14)
def read_phone(text: str) -> Phone | None:
    """Read a number; `None` where it is none, or not possible as one.

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
    """Read a number of digits, perhaps with a + in front, by the library alone."""
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
    """Return a number that no plan has, its country code as the leading 0."""
    code = _COUNTRY_CODE.match(compact)
    return f"0{compact[code.end() :]}" if code else compact.removeprefix("+")


def phone_digits(text: str) -> str:
    """Return what is dialled for a number; for a text that is none, the digits it has."""
    found = read_phone(text)
    return found.digits if found else "".join(filter("0123456789".__contains__, text))
