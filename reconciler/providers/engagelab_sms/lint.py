"""Rules about EngageLab templates: texts that the review refuses, and placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reconciler.model.finding import Severity
from reconciler.model.resource import Resource
from reconciler.providers.rule import Spot, resource_rule, text

_CREATE = "https://www.engagelab.com/docs/sms/api/create-template"
_SEND = "https://www.engagelab.com/docs/sms/api/send"

_BODY = ("spec", "body")
_REFUSED = re.compile(r"[【】、\[\]]|测试|(?<![A-Za-z])test(?![A-Za-z])", re.IGNORECASE)
_INSIDE = re.compile(r"[A-Za-z]*test[A-Za-z]*", re.IGNORECASE)
_OURS = (
    re.compile(r"(?<![{$#])\{\s*\w[\w.]*\s*\}(?!\})"),
    re.compile(r"\{\{\s*\w[\w.]*\s*\}\}"),
    re.compile(r"%[^\W\d]\w*%"),
)
"""`{name}` of templates, `{{name}}` and `%name%` of the two sending APIs."""
_FOREIGN = (re.compile(r"##\w+##"), re.compile(r"[$#]\{\s*\w[\w.]*\s*\}"))


@resource_rule(
    "engagelab-refused-text",
    Severity.ERROR,
    kind="Template",
    source=f"Create a template, `template_content`: {_CREATE}",
)
def refused_text(template: Resource) -> Iterator[Spot]:
    """A word or character that no template may hold: `test`, `测试`, `【】`, `、` or `[]`."""
    found = list(dict.fromkeys(_REFUSED.findall(text(template, "body"))))
    if not found:
        return
    way_out = "say it in another way"
    if {"【", "】", "[", "]"}.intersection(found):
        way_out = "brackets are for signatures: name one with `signature`, and leave them out here"
    yield _BODY, f"body has {', '.join(found)}, which EngageLab refuses; {way_out}"


@resource_rule(
    "engagelab-refused-inside",
    Severity.WARNING,
    kind="Template",
    source=f"Create a template, `template_content`: {_CREATE}",
)
def refused_inside(template: Resource) -> Iterator[Spot]:
    """The letters `test` inside a longer word, such as `latest`: a plain search finds them too."""
    words = dict.fromkeys(_INSIDE.findall(text(template, "body")))
    longer = [word for word in words if not _REFUSED.search(word)]
    if longer:
        message = (
            f"body has {', '.join(longer)}: should EngageLab look for the letters test alone, it "
            "refuses that; another word is safer"
        )
        yield _BODY, message


@resource_rule(
    "engagelab-placeholders",
    Severity.WARNING,
    kind="Template",
    source=f"Create a template, `{{order_no}}`: {_CREATE}; Send, `{{{{var}}}}`: {_SEND}",
)
def placeholders(template: Resource) -> Iterator[Spot]:
    """Placeholders in more than one style, or another product's, which arrive as they stand."""
    body = text(template, "body")
    ours, foreign = _first_of(_OURS, body), _first_of(_FOREIGN, body)
    if foreign:
        message = (
            f"body has {foreign[0]}, which recipients would get as it stands; EngageLab's "
            "placeholders are {name}"
        )
        yield _BODY, message
    if len(ours) > 1:
        message = f"body mixes placeholders ({' and '.join(ours)}); write all of them as {{name}}"
        yield _BODY, message


def _first_of(styles: Iterable[re.Pattern[str]], body: str) -> list[str]:
    """Return the first placeholder of each style that is there."""
    return [match[0] for style in styles if (match := style.search(body))]
