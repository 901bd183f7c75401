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
    """What a policy judges; also the name of the variable in its expression."""

    RESOURCE = "resource"
    """A resource as it is in manifests, before credentials are read."""
    CHANGE = "change"
    PLAN = "plan"
    DRIFT = "drift"
    """An owned object as `drift` found it, changed or not."""


class Match(Struct, frozen=True, kw_only=True):
    """What a policy applies to; an empty tuple means everything."""

    kinds: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()


class PolicyTest(Struct, frozen=True, kw_only=True):
    """An example and how a policy must judge it."""

    given: Mapping[str, Any]
    """The example as written: some of the variables, some of their keys."""
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
    """The spec as written, for the digest."""
    typed: bool = False
    """`--policy` named it, not the project: it need not match anything."""
    origin: Origin = NOWHERE
    locate: Callable[[tuple[str | int, ...]], Origin] = no_position
    within: Callable[[int], Origin] = _nowhere
    """Finds the position of a character of the expression."""


class Tally(Struct, frozen=True, kw_only=True):
    """How often one policy judged, and how often it was violated."""

    name: str
    on: On
    checked: int
    """How many resources, changes, … it matched."""
    violated: int
    overridden: str = ""
    """The reason that was given for overriding it."""


class Policies(Struct, frozen=True, kw_only=True):
    """How many policies judged something, and how many of them are violated."""

    checked: int = 0
    violated: int = 0
    digest: str = ""
    """A digest of all policies; empty if there are none."""
    each: tuple[Tally, ...] = ()


NO_POLICIES = Policies()
