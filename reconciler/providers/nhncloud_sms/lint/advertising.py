"""Advertising by SMS in Korea: the mark in front and the free opt-out at the end.

NHN Cloud requires the Korean words, which the English pages of its documentation translate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.model.finding import Severity
from reconciler.model.phone import phone_digits
from reconciler.model.resource import Resource
from reconciler.providers.rule import Floor, Found, Scope, Spot, account_rule, resource_rule, text

_LAW = "Network Act (정보통신망법) Art. 50(4), Enforcement Decree Annex 6"
_GUIDE = "https://docs.nhncloud.com/ko/Notification/SMS/ko/api-guide-v2.2/"
_BODY = ("spec", "body")

_MARK = "(광고)"
_NO_OPT_OUT = "an advertisement must end with the free opt-out: 무료수신거부 and an 080 number"
_MISSPELLED = f"an advertisement must begin with {_MARK}; the law allows no other spelling"
_MISSPELLED_MARK = re.compile(r"""[(\[{<\uff08【「『"'\s]*광[\s./·,-]*고\s*[)\]}>\uff09】」』"']""")
_ENGLISH_MARK = re.compile(r"\s*[(\[]\s*(?:ads?|advertisement)\s*[)\]]", re.IGNORECASE)
_ENGLISH_OPT_OUT = re.compile(r"\b(?:deny|unsubscribe|reject)\w*\s+for\s+free\b", re.IGNORECASE)
_OPT_OUT = re.compile(
    r"무\s*료\s*(?:수\s*신\s*)?거\s*부[^\d#]{0,20}(?P<number>080(?:[\s-]?\d){6,9}|##)"
)
"""Words may contain spaces, the number spaces and hyphens, or a placeholder stands for it."""


@resource_rule(
    "nhn-ad-text",
    Severity.WARNING,
    kind="Template",
    source=f"API guide, advertising: {_GUIDE}; result code -6003; {_LAW}",
    floor=Floor.LAW,
)
def ad_text(template: Resource) -> Iterator[Spot]:
    """An advertisement without the free opt-out at its end, or the opt-out without (광고)."""
    body = text(template, "body")
    if body.isascii() or ("광" not in body and "거" not in body):
        return
    start = body.lstrip()
    opt_out = _OPT_OUT.search(body)
    if start.startswith(_MARK):
        if opt_out is None:
            yield _BODY, _NO_OPT_OUT
        elif _lines_after(body, opt_out.end()) > 1:
            yield _BODY, "the free opt-out 무료수신거부 must stand at the end; move it there"
    elif _MISSPELLED_MARK.match(start):
        yield _BODY, _MISSPELLED
    elif opt_out is not None and not start.startswith("##"):
        message = (
            f"body has the free opt-out of an advertisement but does not begin with {_MARK}; "
            "put it in front, or take the opt-out away if this is no advertisement"
        )
        yield _BODY, message


@resource_rule(
    "nhn-ad-english",
    Severity.WARNING,
    kind="Template",
    source=f"The English API guide translates what must stand there in Korean: {_GUIDE}; {_LAW}",
    floor=Floor.LAW,
)
def ad_english(template: Resource) -> Iterator[Spot]:
    """The words (Ads) and "Deny for free", which translate the Korean ones that are required."""
    body = text(template, "body")
    found = _ENGLISH_MARK.match(body)
    if found is None and "free" in body.lower():  # in long texts quicker than the expression
        found = _ENGLISH_OPT_OUT.search(body)
    if found:
        message = (
            f"{found[0]!r} is the documentation's translation and marks no advertisement; write "
            f"{_MARK} in front, and 무료수신거부 with an 080 number at the end"
        )
        yield _BODY, message


def _lines_after(body: str, end: int) -> int:
    """Count the lines with text below the one where the opt-out ends.

    NHN Cloud has allowed other words around it since 2024-02-27, so one such line is no fault.
    """
    return sum(1 for line in body[end:].split("\n")[1:] if line.strip())


@account_rule(
    "nhn-ad-number",
    Severity.WARNING,
    whole=True,
    source=f"API guide, 080 numbers: {_GUIDE}; result code -6004",
)
def ad_number(scope: Scope) -> Iterator[Found]:
    """An advertisement whose 080 number is not that of any BlockList, where there are some."""
    known = {phone_digits(text(each, "unsubscribeNumber")) for each in scope.of("BlockList")}
    if not known:
        return
    for template in scope.of("Template"):
        body = text(template, "body")
        if body.isascii() or "거" not in body:
            continue
        opt_out = _OPT_OUT.search(body)
        number = re.sub(r"\D", "", opt_out["number"]) if opt_out else ""
        if number and number not in known:
            message = (
                f"body names {number} for opting out, and no BlockList of this provider has that "
                f"number; they have {', '.join(sorted(known))}"
            )
            yield Found(template, _BODY, message)
