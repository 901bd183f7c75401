"""Rules about sets without a member, such as block lists."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.manifests.members import lists_of
from reconciler.model.finding import Severity
from reconciler.model.members import Members
from reconciler.model.resource import Resource
from reconciler.providers.rule import Found, Scope, account_rule, texts


@account_rule(
    "block-list-empty",
    Severity.ERROR,
    source="An export that failed is an empty file, and would unblock everybody",
)
def block_list_empty(scope: Scope) -> Iterator[Found]:
    """A block list, or a file of one, without a number, where `allowEmpty` does not allow it."""
    for kind, members in scope.members.items():
        for resource in scope.of(kind) if members.allow_empty else ():
            if resource.spec.get(members.allow_empty) is not True:
                yield from _empty(resource, members, scope)


def _empty(resource: Resource, members: Members, scope: Scope) -> Iterator[Found]:
    way_out = f"add one, or set {members.allow_empty}: true if that is meant"
    lists = list(lists_of(resource, members, scope.root, []))
    for found in lists:
        if not found.file.numbers and not found.file.faults:
            where = ("spec", members.files, found.entry)
            message = f"{found.name} has not one {members.noun}; {way_out}"
            yield Found(resource, where, message)
    mentioned = members.mentioned(resource.spec)
    if mentioned and not lists and not texts(resource, members.listed):
        message = f"it has not one {members.noun}; {way_out}"
        yield Found(resource, ("spec", mentioned[0]), message)
