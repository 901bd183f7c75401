"""What a lint rule is, and what it is given.

Rules of all providers are in `reconciler.lint.rules`. Those of one provider are in the module, or
the modules of the package, `lint` of its folder; rules that are applied while live state is read
are listed there in a tuple `LIVE`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from inspect import cleandoc
from pathlib import Path
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from reconciler.model.finding import Severity
from reconciler.model.members import Members
from reconciler.model.origin import Origin
from reconciler.model.resource import Account, Resource
from reconciler.providers.provider import Provider

Where: TypeAlias = tuple[str | int, ...]
"""The way to a value in a manifest, such as `("spec", "tags", 0)`."""

Spot: TypeAlias = tuple[Where, str]
"""What is wrong with one resource: where, and a message that says how to put it right."""


class Floor(StrEnum):
    """Why the findings of a rule are a warning at least, whatever a project says."""

    LAW = "it follows from a law"
    SAFETY = "it tells of what a broken run may have left"


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
    provider: type[Provider]
    """What is known of the account's type."""

    @property
    def members(self) -> Mapping[str, Members]:
        """Return how those of the account's kinds that are sets write their members."""
        kinds = self.provider.kinds.values()
        return {kind.name: kind.members for kind in kinds if kind.members is not None}

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
    types: frozenset[str] = frozenset()
    """The provider types it is about, by the folder it stands in; empty means all."""
    floor: Floor | None = None
    whole: bool
    """Whether it can only judge when no manifest is missing, as one with a fault is."""
    check: Callable[[Scope], Iterable[Found]]


class LiveRule(Struct, frozen=True):
    """A rule that is applied while live state is read, by the provider or the engine."""

    id: str
    severity: Severity
    summary: str
    source: str
    types: frozenset[str] = frozenset()
    """As of a `Rule`."""
    floor: Floor | None = None


def resource_rule(
    rule_id: str, severity: Severity, *, kind: str, source: str, floor: Floor | None = None
) -> Callable[[Callable[[Resource], Iterable[Spot]]], Rule]:
    """Make a rule of a function that looks at one resource of a kind."""

    def made(function: Callable[[Resource], Iterable[Spot]]) -> Rule:
        def check(scope: Scope) -> Iterator[Found]:
            for resource in scope.of(kind):
                for where, message in function(resource):
                    yield Found(resource, where, message)

        check.__doc__ = function.__doc__
        return account_rule(rule_id, severity, source=source, floor=floor)(check)

    return made


def account_rule(
    rule_id: str,
    severity: Severity,
    *,
    source: str,
    whole: bool = False,
    floor: Floor | None = None,
) -> Callable[[Callable[[Scope], Iterable[Found]]], Rule]:
    """Make a rule of a function that looks at everything of one account."""

    def made(function: Callable[[Scope], Iterable[Found]]) -> Rule:
        return Rule(
            id=rule_id,
            severity=severity,
            summary=_summary(function),
            source=source,
            floor=floor,
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
