"""Rules about `lifecycle` settings that a kind does not support."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.finding import Severity
from reconciler.model.resource import Replacing
from reconciler.providers.registry import provider_class
from reconciler.providers.rule import Found, Scope, account_rule


@account_rule(
    "replace-beside",
    Severity.ERROR,
    source="The provider's pages: whether it reviews objects of the kind, and allows two at a time",
)
def replace_beside(scope: Scope) -> Iterator[Found]:
    """`lifecycle: {replace: beside}` of a kind that is not reviewed, or of which two cannot be."""
    for name, resources in scope.kinds.items():
        asking = [each for each in resources if each.lifecycle.replace is Replacing.BESIDE]
        if not asking or _supports(scope.account.type, name):
            continue
        message = (
            f"replace: beside is for objects that a provider reviews and of which two can be; a "
            f"{name} of {scope.account.type} is none, so leave it out"
        )
        for resource in asking:
            yield Found(resource, ("lifecycle", "replace"), message)


def _supports(provider_type: str, kind: str) -> bool:
    return provider_class(provider_type).kinds[kind].beside
