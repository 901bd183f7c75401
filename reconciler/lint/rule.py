"""What a rule is, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from inspect import cleandoc
from pathlib import Path
from typing import NamedTuple, TypeAlias

from msgspec import Struct, field

from reconciler.model.finding import Severity
from reconciler.model.members import Members
from reconciler.model.origin import Origin
from reconciler.model.resource import Account, Resource

Where: TypeAlias = tuple[str | int, ...]
"""The way to a value in a manifest, such as `("spec", "tags", 0)`."""

Spot: TypeAlias = tuple[Where, str]
"""What is wrong with one resource: where, and a message that says how to put it right."""


class Found(NamedTuple):
    """What is wrong, for rules that look at more than one resource."""

    resource: Resource
    where: Where
    message: str
    origin: Origin | None = None
    """The place in a file that the manifest names; by default the value at `where`."""


class Scope(Struct, frozen=True, kw_only=True):
    """One account and everything that manifests say of it."""

    account: Account
    kinds: Mapping[str, Sequence[Resource]]
    """Its resources by kind."""
    root: Path
    """Where relative paths start."""
    members: Mapping[str, Members] = field(default_factory=dict)
    """How those of the account's kinds that are sets write their members."""

    def of(self, kind: str) -> Sequence[Resource]:
        """Return the resources of a kind."""
        return self.kinds.get(kind, ())


class Rule(Struct, frozen=True, kw_only=True):
    """One rule. Its summary is the first paragraph of the function's docstring."""

    id: str
    severity: Severity
    summary: str
    source: str
    """The documentation page or the law that it follows from."""
    types: frozenset[str]
    """The provider types it is about; empty means all."""
    whole: bool
    """Whether it can only judge when no manifest is missing, as one with a fault is."""
    check: Callable[[Scope], Iterable[Found]]


def resource_rule(
    rule_id: str, severity: Severity, *, kind: str, source: str, types: Iterable[str] = ()
) -> Callable[[Callable[[Resource], Iterable[Spot]]], Rule]:
    """Make a rule of a function that looks at one resource of a kind."""

    def made(function: Callable[[Resource], Iterable[Spot]]) -> Rule:
        def check(scope: Scope) -> Iterator[Found]:
            for resource in scope.of(kind):
                for where, message in function(resource):
                    yield Found(resource, where, message)

        check.__doc__ = function.__doc__
        return account_rule(rule_id, severity, source=source, types=types)(check)

    return made


def account_rule(
    rule_id: str,
    severity: Severity,
    *,
    source: str,
    types: Iterable[str] = (),
    whole: bool = False,
) -> Callable[[Callable[[Scope], Iterable[Found]]], Rule]:
    """Make a rule of a function that looks at everything of one account."""

    def made(function: Callable[[Scope], Iterable[Found]]) -> Rule:
        return Rule(
            id=rule_id,
            severity=severity,
            summary=_summary(function),
            source=source,
            types=frozenset(types),
            whole=whole,
            check=function,
        )

    return made


def _summary(function: Callable[..., object]) -> str:
    paragraph = cleandoc(function.__doc__ or "").partition("\n\n")[0]
    return " ".join(paragraph.split())


def text(resource: Resource, name: str) -> str:
    """Return a text field of a resource, or nothing where the manifest has none."""
    value = resource.spec.get(name)
    return value if isinstance(value, str) else ""


def texts(resource: Resource, name: str) -> list[str]:
    """Return a field that is a list of texts; nothing where the manifest has none."""
    value = resource.spec.get(name)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
