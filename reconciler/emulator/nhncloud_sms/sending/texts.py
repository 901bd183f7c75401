"""Titles and bodies: filled with parameters, checked for the page's limits and the law's words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.emulator.nhncloud_sms.protocol import (
    Call,
    Refusal,
    invalid,
)

_PLACEHOLDER = re.compile(r"##(.+?)##")
_SMS_BODY, _LONGEST_BODY, _TITLE = 255, 4000, 120
_KEYWORDS = ("auth", "password", "verif", "にんしょう", "認証", "비밀번호", "인증")
"""An authentication message must contain one of these."""

_AD_BEGINS = "(광고)"
_AD_ENDS = re.compile(r"무료\s*(?:수신)?\s*거부[^\d]*(080[\d\s-]{7,12})")


def filled(call: Call, text: str, parameters: Mapping[str, object]) -> str:
    """Replace each `##key##` by its parameter. Raises `Refusal` if one is missing."""

    def value(match: re.Match[str]) -> str:
        if match[1] in parameters:
            return str(parameters[match[1]])
        if call.reads("template-parameter", "refused"):
            raise Refusal(-2111, "Invalid template parameter")
        return match[0]

    return _PLACEHOLDER.sub(value, text)


def check_lengths(title: str, body: str, *, sms: bool) -> None:
    """Raise `Refusal` for a text longer, in characters, than the page allows."""
    if len(body) > _LONGEST_BODY:
        raise invalid(f"The length of the body exceeds {_LONGEST_BODY} characters")
    if sms and len(body) > _SMS_BODY:
        raise Refusal(-2116, "Body length exceeds 255 characters, for SMS delivery")
    if len(title) > _TITLE:
        raise invalid(f"The length of the title exceeds {_TITLE} characters")


def encoded(call: Call, text: str) -> str:
    """The text as carriers take it. Raises `Refusal` for characters that their encoding lacks."""
    try:
        text.encode("cp949")
    except UnicodeEncodeError:
        if call.reads("characters", "refused"):
            raise Refusal(-2023, "Title or body includes characters that are not allowed") from None
        return text.encode("cp949", "replace").decode("cp949")
    return text


def check_authentication(call: Call, body: str) -> None:
    """Raise `Refusal` for an authentication message without a word that says so."""
    if call.reads("auth-keyword", "required"):
        lower = body.lower()
        if not any(word in lower for word in _KEYWORDS):
            raise Refusal(-8000, "Body does not include a word of authentication")


def unsubscribe_number(call: Call, body: str) -> str:
    """The 080 number that an advertisement names. Raises `Refusal`."""
    found = _AD_ENDS.findall(body)
    if not body.lstrip().startswith(_AD_BEGINS) or not found:
        raise Refusal(-6003, "Body does not include guide message on call rejection")
    number = re.sub(r"\D", "", found[-1])
    joined = call.account.unsubscribe_numbers
    if call.reads("unsubscribe-numbers", "joined"):
        if not joined:
            raise Refusal(-6000, "Call rejection is not in service")
        if number not in joined:
            raise Refusal(-6004, "Call rejection numbers are not in service")
    return number
