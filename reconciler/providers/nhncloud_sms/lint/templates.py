"""NHN Cloud SMS templates: sender numbers, pictures and how many there may be."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from reconciler.manifests.files import open_regular
from reconciler.manifests.text.common import UnreadableError
from reconciler.model.finding import Severity
from reconciler.model.on_disk import on_disk
from reconciler.model.phone import phone_digits
from reconciler.model.resource import Resource
from reconciler.providers.nhncloud_sms.jpeg import Size, size_of
from reconciler.providers.rule import Found, Scope, Spot, account_rule, resource_rule, text, texts

_DOCS = "https://docs.nhncloud.com/ko/Notification/SMS/ko"

_MAX_TEMPLATES = 1000
_MAX_PIXELS = 1000
_MAX_FILE = 300 * 1024

_LANDLINE_PREFIX = re.compile(r"0(?:2|[3-6][1-5])1[568]\d{6}")
"""An area code in front of a nationwide 15xx, 16xx or 18xx number."""


@resource_rule(
    "nhn-sender-format",
    Severity.WARNING,
    kind="Template",
    source=f"Console guide, sender numbers: {_DOCS}/console-guide/",
)
def sender_format(template: Resource) -> Iterator[Spot]:
    """A sender of other than 8 to 11 digits, or with an area code before a nationwide number."""
    sender = phone_digits(text(template, "sender"))
    message = ""
    if not sender:
        return
    if not 8 <= len(sender) <= 11:
        message = f"sender {sender} has {len(sender)} digits, and sender numbers have 8 to 11"
    elif _LANDLINE_PREFIX.fullmatch(sender):
        message = f"sender {sender} has an area code before a nationwide number; leave it out"
    if message:
        yield ("spec", "sender"), message


@resource_rule(
    "nhn-sms-title",
    Severity.INFO,
    kind="Template",
    source=f"API guide, titles are of MMS alone: {_DOCS}/api-guide-v2.2/",
)
def sms_title(template: Resource) -> Iterator[Spot]:
    """A title on a template of type sms, which no recipient sees."""
    if text(template, "type") == "sms" and text(template, "title"):
        yield ("spec", "title"), "an SMS has no title: nobody sees this one; use type mms, or none"


@account_rule(
    "nhn-attachment",
    Severity.WARNING,
    source=f"API guide, attachments of at most 1000 by 1000 pixels: {_DOCS}/api-guide-v2.2/",
)
def attachment(scope: Scope) -> Iterator[Found]:
    """A picture that is no JPEG inside, or larger than 1000 by 1000 pixels, or on an SMS.

    Name, ending, number and size of the files are the schema's business: there they are faults.
    """
    seen: dict[str, str] = {}
    for template in scope.of("Template"):
        if "attachments" not in template.spec:
            continue
        found = partial(Found, template)
        names = texts(template, "attachments")
        if names and template.spec.get("type") == "sms":
            yield found(("spec", "attachments"), "an SMS has no pictures; make it type: mms")
        for index, name in enumerate(names):
            if name not in seen:
                seen[name] = _picture(scope.root / on_disk(name))
            if seen[name]:
                yield found(("spec", "attachments", index), f"{name} {seen[name]}")


def _picture(path: Path) -> str:
    """Return what is wrong with a picture."""
    try:
        with os.fdopen(open_regular(str(path)), "rb") as file:
            data = file.read(_MAX_FILE)
    except (OSError, UnreadableError):
        return ""  # It could be read a moment ago; uploading it will report the error.
    if not data:
        return "is empty"
    size = size_of(data)
    if size is None:
        return "is not a JPEG inside, whatever its name; convert it"
    if max(size) > _MAX_PIXELS:
        return f"has {_shown(size)} pixels, and 1,000 by 1,000 are the most; make it smaller"
    return ""


def _shown(size: Size) -> str:
    return f"{size.width:,} by {size.height:,}" if all(size) else "too many"


@account_rule(
    "nhn-template-count",
    Severity.WARNING,
    source=f"result code -2112: {_DOCS}/error-code/",
)
def template_count(scope: Scope) -> Iterator[Found]:
    """More than 1,000 templates for one account, which is NHN Cloud's documented most."""
    templates = scope.of("Template")
    for first_too_many in islice(templates, _MAX_TEMPLATES, _MAX_TEMPLATES + 1):
        message = (
            f"provider {scope.account.name} gets {len(templates):,} templates, and NHN Cloud "
            f"documents {_MAX_TEMPLATES:,} as the most of an account; use a second one, or ask it"
        )
        yield Found(first_too_many, (), message)
