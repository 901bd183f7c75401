"""Phone numbers of NHN Cloud SMS that may not be the intended ones.

One finding for each field or file, with a count and the first place, not one for each number. No
request is sent; the files that block lists name are read once a run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from reconciler.manifests.lists.found import Doubt, doubts_of
from reconciler.manifests.members import NamedList, lists_of
from reconciler.model.address import Address
from reconciler.model.finding import Severity
from reconciler.model.origin import Origin
from reconciler.model.phone import read_phone
from reconciler.model.resource import Resource
from reconciler.providers.rule import Found, Scope, Where, account_rule, text, texts

_GUIDE = "https://docs.nhncloud.com/ko/Notification/SMS/ko/api-guide-v2.2/"
_PLANS = "libphonenumber, the numbering plans of E.164"
_FIELDS = (
    ("Template", "sender"),
    ("BlockList", "unsubscribeNumber"),
    ("BlockList", "recipients"),
    ("Contact", "phoneNumbers"),
)
_DOMESTIC = frozenset({"Template", "BlockList"})
"""Kinds whose numbers must be Korean: senders are registered there, and 080 is called there."""


_MESSAGES = {
    Doubt.ZERO: (
        "the leading 0 is missing, as Excel drops it; read as 0…",
        "lack the leading 0, as Excel drops it; read as 0…",
    ),
    Doubt.PLAN: (
        "the number is in no numbering plan; write one of another country with its +",
        "are in no numbering plan; write those of other countries with their +",
    ),
    Doubt.FOREIGN: (
        "the number is not a Korean one, and 080 lists and senders are; take it out",
        "are not Korean ones, and 080 lists are for Korean numbers; take them out",
    ),
}
"""The message for one number, and the one for several, which follows their count."""


@account_rule("nhn-number-zero", Severity.WARNING, source=f"API guide, recipientNo: {_GUIDE}")
def number_zero(scope: Scope) -> Iterator[Found]:
    """Phone numbers without their leading 0, as spreadsheets drop it; they are read with it."""
    yield from _found(scope, Doubt.ZERO)


@account_rule("nhn-number-plan", Severity.WARNING, source=_PLANS)
def number_plan(scope: Scope) -> Iterator[Found]:
    """Phone numbers that are possible by their length, but in no numbering plan."""
    yield from _found(scope, Doubt.PLAN)


@account_rule("nhn-number-foreign", Severity.WARNING, source=_PLANS)
def number_foreign(scope: Scope) -> Iterator[Found]:
    """Foreign numbers where Korean ones belong, or in a contact without their +."""
    yield from _found(scope, Doubt.FOREIGN)


def _found(scope: Scope, doubt: Doubt) -> Iterator[Found]:
    for kind, field in _FIELDS:
        for resource in scope.of(kind):
            yield from _in_field(resource, field, doubt)
    yield from _in_files(scope, doubt)


def _in_field(resource: Resource, field: str, doubt: Doubt) -> Iterator[Found]:
    numbers = texts(resource, field) or [text(resource, field)]
    doubtful = [i for i, number in enumerate(numbers) if _is(doubt, number, resource)]
    if not doubtful:
        return
    listed = bool(texts(resource, field))
    where = ("spec", field, doubtful[0]) if listed else ("spec", field)
    one, many = _MESSAGES[doubt]
    yield Found(resource, where, one if len(doubtful) == 1 else f"{len(doubtful):,} numbers {many}")


def _is(doubt: Doubt, number: str, resource: Resource) -> bool:
    phone = read_phone(number) if number else None
    if phone is None or doubt not in doubts_of(phone):
        return False
    if doubt is Doubt.FOREIGN:
        return resource.address.kind in _DOMESTIC or not phone.international
    return True


def _in_files(scope: Scope, doubt: Doubt) -> Iterator[Found]:
    one, many = _MESSAGES[doubt]
    seen: set[tuple[Address, int]] = set()
    for resource, where, found in _files(scope):
        count = found.file.doubts.get(doubt)
        if count is None or (resource.address, id(count)) in seen:
            continue  # a manifest may name a file twice
        seen.add((resource.address, id(count)))
        column = f" ({found.file.column})" if found.file.column else ""
        message = one if count.count == 1 else f"{count.count:,} numbers from here on {many}"
        origin = Origin(os.path.normpath(found.name), count.line)
        yield Found(resource, where, message + column, origin)


def _files(scope: Scope) -> Iterator[tuple[Resource, Where, NamedList]]:
    for kind, members in scope.members.items():
        for resource in scope.of(kind):
            for found in lists_of(resource, members, scope.root, []):
                yield resource, ("spec", members.files, found.entry), found
