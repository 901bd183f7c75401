"""Recipients of NHN Cloud SMS: contacts and block lists. No finding shows a phone number."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.finding import Severity
from reconciler.model.phone import phone_digits
from reconciler.model.resource import Resource
from reconciler.providers.rule import Floor, Found, Scope, Spot, account_rule, resource_rule, texts

_GUIDE = "https://docs.nhncloud.com/ko/Notification/SMS/ko/api-guide-v2.2/"
_LISTS = (("Contact", "phoneNumbers"), ("BlockList", "recipients"))


@account_rule(
    "nhn-contact-half",
    Severity.INFO,
    source=f"API guide, POST /uids: its table marks tagIds and contacts as required: {_GUIDE}",
)
def contact_half(scope: Scope) -> Iterator[Found]:
    """Contacts with tags alone or phone numbers alone, where the API's table requires both."""
    half = [
        contact
        for contact in scope.of("Contact")
        if bool(contact.spec.get("tags")) != bool(contact.spec.get("phoneNumbers"))
    ]
    if half:
        has = "tags alone" if half[0].spec.get("tags") else "phone numbers alone"
        more = f", and {len(half) - 1:,} more are like it" if len(half) > 1 else ""
        message = (
            f"contact has {has}{more}: one table of the API's page requires both, so a server may "
            "refuse it"
        )
        yield Found(half[0], ("spec",), message)


@account_rule(
    "nhn-duplicate-number",
    Severity.WARNING,
    source=f"API guide, recipients are numbers of digits alone: {_GUIDE}",
)
def duplicate_number(scope: Scope) -> Iterator[Found]:
    """A phone number that stands twice in a list, once hyphens, spaces and +82 are dropped."""
    for kind, field in _LISTS:
        for resource in scope.of(kind):
            written = texts(resource, field)
            if len(written) < 2:
                continue
            numbers = list(map(phone_digits, written))
            repeated = len(numbers) - len(set(numbers))
            if repeated:
                first, second = _first_repetition(numbers)
                more = f" (the first of {repeated} such)" if repeated > 1 else ""
                message = f"entry {second + 1} repeats entry {first + 1}{more}; remove it"
                yield Found(resource, ("spec", field, second), message)


def _first_repetition(numbers: list[str]) -> tuple[int, int]:
    seen: dict[str, int] = {}
    for index, number in enumerate(numbers):
        if number in seen:
            return seen[number], index
        seen[number] = index
    raise AssertionError("no number is repeated")


@resource_rule(
    "nhn-blocklist-exclusive",
    Severity.WARNING,
    kind="BlockList",
    source="Network Act (정보통신망법) Art. 50(2): no advertising to those who refused it",
    floor=Floor.LAW,
)
def blocklist_exclusive(block_list: Resource) -> Iterator[Spot]:
    """A block list in mode exclusive, which takes off people who opted out by themselves."""
    if block_list.spec.get("mode") == "exclusive":
        message = (
            "mode exclusive unblocks whoever the manifest does not list, also people who opted out "
            "by calling the 080 number, to whom advertising is then unlawful; use mode additive"
        )
        yield ("spec", "mode"), message
