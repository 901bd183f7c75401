"""Masks people's numbers, so that those who know a number still recognise it: `010****5678`.

How to mask is decided here alone. When to mask is decided where texts and documents are made:

- `mask_personal`, the value of a field that its kind calls personal: `engine.diff.shown` for plans
  and drift, `render.commands.state`, `render.commands.comparison`, `render.views`
- `mask_name`, the key or id of an object, which may be a number: `engine.drift.unmanaged`,
  `engine.importing.selecting`
- `mask_number`, a text that is one number: `engine.verifying.canary_checks`,
  `manifests.numbers`, `manifests.lists.cells`, `manifests.schema.explain`, `providers.sets`,
  `render.plans.changes`
- `mask_mail`, one mail address: `engine.verifying.canary_checks`
- `mask_numbers_in`, whatever looks like a number in a text of others: `redaction` for texts of
  providers, `manifests.fault` and `manifests.schema.explain` for texts of users

Numbers are masked nowhere else: `cli.output` masks secrets, not numbers.
"""

from __future__ import annotations

import re

from reconciler.model.values import JsonValue

_ENDS = 7
"""How many characters stay: three in front, four behind."""
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


def mask_name(text: str, *, personal: bool) -> str:
    """Mask a name that may be a person's number, as the uid of a contact often is."""
    return mask_number(text) if personal and looks_like_number(text) else text


def mask_mail(address: str) -> str:
    """Mask the person in a mail address: `kim@example.com` becomes `k**@example.com`."""
    name, at, domain = address.strip().rpartition("@")
    return f"{name[:1]}{'*' * max(2, len(name) - 1)}{at}{domain}"


def mask_personal(value: JsonValue) -> JsonValue:
    """Mask all texts and numbers in the value of a personal field; digests stay as they are."""
    if isinstance(value, list):
        return [mask_personal(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return mask_number(str(value))
    return mask_number(value) if isinstance(value, str) else value


def mask_numbers_in(text: str) -> str:
    """Mask whatever could be a phone number in a text of others.

    An order number with as many digits is masked, too; a date is not.
    """
    return _CANDIDATE.sub(_masked, text)


def looks_like_number(text: str) -> bool:
    """Tell whether a text as a whole could be somebody's phone number."""
    digits = sum(character.isdecimal() for character in text)
    return _FEWEST_DIGITS <= digits <= _MOST_DIGITS and _WHOLE.fullmatch(text) is not None


def _masked(found: re.Match[str]) -> str:
    text = found.group()
    return text if _DATE.match(text) else mask_number(text)
