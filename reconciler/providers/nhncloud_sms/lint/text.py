"""Texts of NHN Cloud SMS templates: lengths, characters, placeholders."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from reconciler.model.finding import Severity
from reconciler.model.resource import Resource
from reconciler.providers.nhncloud_sms.euc_kr import byte_length, not_carried
from reconciler.providers.rule import Spot, resource_rule, text

_GUIDE = "https://docs.nhncloud.com/ko/Notification/SMS/ko/api-guide-v2.2/"
_CODES = "https://docs.nhncloud.com/ko/Notification/SMS/ko/error-code/"
_POLICY = "https://docs.nhncloud.com/ko/Notification/SMS/ko/sending-policy/"

_SMS_BYTES = 90
_SMS_CHARACTERS = 255
_MMS_BYTES = 2000
_TITLE_BYTES = 40
_SHOWN = 3

_BODY = ("spec", "body")
_TITLE = ("spec", "title")
_FOREIGN = re.compile(r"\{\{\s*[\w.]+\s*\}\}|[$#]\{\s*[\w.]+\s*\}")
"""`{{name}}` of Surenotify and most template languages, `${name}`, `#{name}` of KakaoTalk."""


@resource_rule(
    "nhn-sms-bytes",
    Severity.WARNING,
    kind="Template",
    source=f"API guide, Precautions: {_GUIDE}",
)
def sms_bytes(template: Resource) -> Iterator[Spot]:
    """An SMS body of more than 90 bytes, where carriers cut it; Korean letters count two."""
    body = text(template, "body")
    if template.spec.get("type") != "sms" or 2 * len(body) <= _SMS_BYTES:
        return
    length = byte_length(body)
    if length > _SMS_BYTES and len(body) <= _SMS_CHARACTERS:
        problem = _too_long("body", body, length, _SMS_BYTES, "an SMS")
        yield _BODY, f"{problem}; shorten it, or make it type: mms with a title"


@resource_rule(
    "nhn-sms-length",
    Severity.ERROR,
    kind="Template",
    source=f"result code -2116: {_CODES}",
)
def sms_length(template: Resource) -> Iterator[Spot]:
    """An SMS body of more than 255 characters, which NHN Cloud refuses."""
    body = text(template, "body")
    if len(body) > _SMS_CHARACTERS and template.spec.get("type") == "sms":
        message = (
            f"body has {len(body):,} characters, and NHN Cloud refuses an SMS of more than "
            f"{_SMS_CHARACTERS}; shorten it, or make it type: mms with a title"
        )
        yield _BODY, message


@resource_rule(
    "nhn-mms-bytes",
    Severity.WARNING,
    kind="Template",
    source=f"API guide, Precautions: {_GUIDE}",
)
def mms_bytes(template: Resource) -> Iterator[Spot]:
    """An MMS body of more than 2,000 bytes, or a title of more than 40: carriers cut them."""
    if template.spec.get("type") != "mms":
        return
    for name, where, limit in (("title", _TITLE, _TITLE_BYTES), ("body", _BODY, _MMS_BYTES)):
        value = text(template, name)
        if 2 * len(value) > limit and (length := byte_length(value)) > limit:
            yield where, f"{_too_long(name, value, length, limit, 'an MMS')}; shorten it"


def _too_long(name: str, value: str, length: int, limit: int, what: str) -> str:
    counted = "" if value.isascii() else " (Korean letters count two)"
    aside = ", placeholders counted as written" if "##" in value else ""
    return f"{name} takes {length:,} bytes{counted}{aside}, and carriers cut {what} at {limit:,}"


@resource_rule(
    "nhn-unencodable",
    Severity.WARNING,
    kind="Template",
    source=f"result code -2023: {_CODES}; Sending policy, character sets: {_POLICY}",
)
def unencodable(template: Resource) -> Iterator[Spot]:
    """Characters that the carriers' EUC-KR lacks, such as emoji: sending fails, or `?` arrives."""
    fields = (("title", _TITLE), ("body", _BODY))
    for name, where in fields if template.spec.get("type") == "mms" else fields[1:]:
        value = text(template, name)
        if not value.isascii() and (lacking := not_carried(value)):
            yield where, _lacking(name, value, lacking)


def _lacking(name: str, value: str, lacking: list[str]) -> str:
    named = ", ".join(map(_named, lacking[:_SHOWN]))
    more = f" and {len(lacking) - _SHOWN} more" if len(lacking) > _SHOWN else ""
    fix = "replace them"
    if not not_carried(unicodedata.normalize("NFC", value)):
        fix = "the text is in decomposed form (NFD); save it in composed form (NFC)"
    return (
        f"{name} has characters that the carriers' EUC-KR lacks, so sending fails or ? arrives: "
        f"{named}{more}; {fix}"
    )


def _named(char: str) -> str:
    known = unicodedata.name(char, "")
    return f"U+{ord(char):04X}{f' {known}' if known else ''}"


@resource_rule(
    "nhn-placeholder",
    Severity.WARNING,
    kind="Template",
    source=f"Console guide, ##key##: {_GUIDE.replace('api-guide-v2.2', 'console-guide')}",
)
def placeholder(template: Resource) -> Iterable[Spot]:
    """A placeholder that is not closed, or is written in another product's way."""
    for name, where in (("title", _TITLE), ("body", _BODY)):
        value = text(template, name)
        if "{" in value and (foreign := _FOREIGN.search(value)):
            message = (
                f"{name} has {foreign[0]}, which recipients would get as it stands; "
                "NHN Cloud's placeholders are ##key##"
            )
            yield where, message
        if "##" in value and value.count("##") % 2:
            yield where, f"{name} has a ## without a partner; a placeholder is ##key##"
