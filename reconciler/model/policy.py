"""Policies: a team's own rules about resources, changes, plans and drift."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from reconciler.model.finding import Severity
from reconciler.model.origin import NOWHERE, Origin, no_position
from reconciler.model.values import Fields


class On(StrEnum):
    """What a policy judges, which is also the name of the variable that its expression has."""

    RESOURCE = "resource"
    """A resource as manifests say it: before credentials are read."""
    CHANGE = "change"
    PLAN = "plan"
    DRIFT = "drift"
    """An owned object as `drift` found it, changed or not."""


class Match(Struct, frozen=True, kw_only=True):
    """What a policy is about; an empty tuple means all."""

    kinds: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()


class PolicyTest(Struct, frozen=True, kw_only=True):
    """What a policy must say of one example."""

    given: Mapping[str, Any]
    """As written: some of the variables, some of their keys."""
    violates: bool
    origin: Origin = NOWHERE


def _nowhere(_index: int) -> Origin:
    return NOWHERE


class Policy(Struct, frozen=True, kw_only=True):
    """A `Policy` document that fits its schema; its expression is not compiled yet."""

    name: str
    on: On
    severity: Severity = Severity.ERROR
    match: Match = Match()
    violates: str
    """The expression."""
    message: str
    fix: str = ""
    overridable: bool = False
    tests: tuple[PolicyTest, ...] = ()
    spec: Fields
    """As written, for the digest."""
    typed: bool = False
    """`--policy` named it, not the project: what it matches need not be there."""
    origin: Origin = NOWHERE
    locate: Callable[[tuple[str | int, ...]], Origin] = no_position
    within: Callable[[int], Origin] = _nowhere
    """Finds the position of a character of the expression."""


class Tally(Struct, frozen=True, kw_only=True):
    """How often one policy judged."""

    name: str
    on: On
    checked: int
    """How many things its `match` met."""
    violated: int
    overridden: str = ""
    """Why somebody went on all the same."""


class Policies(Struct, frozen=True, kw_only=True):
    """How many policies judged something, and how many of them are violated."""

    checked: int = 0
    violated: int = 0
    digest: str = ""
    """Of what all of them say; empty where there are none."""
    each: tuple[Tally, ...] = ()


NO_POLICIES = Policies()
