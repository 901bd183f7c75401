"""Masks phone numbers so that whoever knows one still recognises it: `010****5678`."""

from __future__ import annotations

import re

from reconciler.model.values import JsonValue

_ENDS = 7
"""Characters that stay: three in front, four behind."""
_SEPARATORS = re.compile(r"[\s().-]+")
_FEWEST_DIGITS = 9
_MOST_DIGITS = 15
"""E.164; more digits are an id."""
_CANDIDATE = re.compile(r"(?<![\w+.-])\+?\(?\d(?:[ ().-]{0,2}\d){8,14}(?![\w-]|[.)]\d)")
_DATE = re.compile(r"(?:19|20)\d\d-[01]\d-[0-3]\d")
_WHOLE = re.compile(r"\+?[\d\s().-]+")


def mask_number(number: str) -> str:
    """Mask the middle of a phone number: `01012345678` becomes `010****5678`."""
    digits = _SEPARATORS.sub("", number)
    if len(digits) <= _ENDS:
        return "*" * len(digits)
    return f"{digits[:3]}{'*' * (len(digits) - _ENDS)}{digits[-4:]}"


def mask_mail(address: str) -> str:
    """Mask who it is at a mail address: `kim@example.com` becomes `k**@example.com`."""
    name, at, domain = address.strip().rpartition("@")
    return f"{name[:1]}{'*' * max(2, len(name) - 1)}{at}{domain}"


def mask_personal(value: JsonValue) -> JsonValue:
    """Mask all personal texts and numbers of a field's value; a digest in a list stays one."""
    if isinstance(value, list):
        return [mask_personal(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return mask_number(str(value))
    return mask_number(value) if isinstance(value, str) else value


def mask_numbers_in(text: str) -> str:
    """Mask whatever could be a phone number in a text that somebody else wrote.

    An order number of as many digits is masked with it; dates are not.
    """
    return _CANDIDATE.sub(_masked, text)


def looks_like_number(text: str) -> bool:
    """Tell whether a text as a whole could be somebody's phone number."""
    digits = sum(character.isdecimal() for character in text)
    return _FEWEST_DIGITS <= digits <= _MOST_DIGITS and _WHOLE.fullmatch(text) is not None


def _masked(found: re.Match[str]) -> str:
    text = found.group()
    return text if _DATE.match(text) else mask_number(text)
