"""Compiles policies, or finds faults with their places in the files."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from reconciler.manifests import Fault
from reconciler.model.origin import Origin
from reconciler.model.policy import On, Policy
from reconciler.policies.bounds import excess
from reconciler.policies.engine import Engine, Expression, Problem

_VARIABLES = "environment, now and actor"


class Compiled(Struct, frozen=True, kw_only=True):
    """A policy with its compiled expression."""

    policy: Policy
    expression: Expression
    engine: Engine
    """The engine, which all policies on the same sort of element share."""


def compiled(policies: Iterable[Policy]) -> tuple[tuple[Compiled, ...], list[Fault]]:
    """Compile policies; returns those that compile, and the faults of the others.

    Raises:
        PolicyEngineMissing: There are policies, and no engine is installed.
    """
    engines: dict[On, Engine] = {}
    usable: list[Compiled] = []
    faults: list[Fault] = []
    for policy in policies:
        engine = engines.get(policy.on) or engines.setdefault(policy.on, Engine(policy.on))
        grown = excess(policy.violates)
        if grown is not None:
            faults.append(_fault(policy, policy.within(grown[0]), grown[1]))
            continue
        try:
            expression = engine.compile(policy.violates)
        except Problem as problem:
            faults.append(_fault(policy, _place(policy, problem), problem.message))
        else:
            usable.append(Compiled(policy=policy, expression=expression, engine=engine))
    return tuple(usable), faults


def _place(policy: Policy, problem: Problem) -> Origin:
    """Return the place of a problem in the file, from its place in the expression."""
    lines = policy.violates.split("\n")
    before = sum(len(line) + 1 for line in lines[: problem.line - 1])
    return policy.within(min(before + problem.column - 1, len(policy.violates)))


def _fault(policy: Policy, origin: Origin, message: str) -> Fault:
    hint = f"a policy on: {policy.on} has {policy.on}, {_VARIABLES}"
    return Fault(
        origin=origin,
        address=f"Policy/{policy.name}",
        message=f"violates: {message}",
        hint=hint if "undeclared reference" in message else "",
    )
