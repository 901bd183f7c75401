"""Runs the tests that policies have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from reconciler.manifests import Fault
from reconciler.model.policy import On, Policy, PolicyTest
from reconciler.policies.compiling import Compiled
from reconciler.policies.engine import Unevaluated
from reconciler.policies.judging import Surroundings, includes

_NOW = "2026-01-01T00:00:00Z"
_OBJECT: Mapping[str, Any] = {
    "address": "",
    "provider": "",
    "kind": "",
    "name": "",
    "labels": {},
    "protected": False,
    "source": None,
}
_COUNTS = dict.fromkeys(("create", "update", "replace", "delete", "adopt", "forget", "none"), 0)
EMPTY: Mapping[On, Mapping[str, Any]] = {
    On.RESOURCE: {**_OBJECT, "spec": {}, "sensitive": []},
    On.CHANGE: {
        **_OBJECT,
        "action": "update",
        "key": None,
        "reason": "",
        "dependsOn": [],
        "fields": [],
        "before": {},
        "after": {},
        "unknown": [],
        "sensitive": [],
    },
    On.PLAN: {"summary": _COUNTS, "changes": [], "findings": [], "requests": {}},
    On.DRIFT: {**_OBJECT, "status": "none", "id": None, "fields": [], "applied": {}},
}
"""Defaults for what a test leaves out: every key that is always there, with an empty value."""


def faults_of_tests(policies: Iterable[Compiled]) -> list[Fault]:
    """Return a fault for every test that fails."""
    return [
        Fault(origin=test.origin, address=f"Policy/{each.policy.name}", message=message)
        for each in policies
        for number, test in enumerate(each.policy.tests, 1)
        if (message := _failure(each, test, f"test {number}"))
    ]


def _failure(compiled: Compiled, test: PolicyTest, name: str) -> str:
    if not _matches(compiled.policy, test.given):
        violated = False
    else:
        try:
            variables = _variables(compiled.policy.on, test.given)
            violated = compiled.expression.holds(compiled.engine.activation(variables))
        except (Unevaluated, ValueError, OverflowError) as reason:
            return f"{name} could not be evaluated: {reason}"
    if violated is test.violates:
        return ""
    if violated:
        return f"{name} expects no violation, and there is one"
    return f"{name} expects a violation, and there is none"


def _matches(policy: Policy, given: Mapping[str, Any]) -> bool:
    """Tell whether the `match` of a policy includes an example; keys left out always match."""
    match, document = policy.match, given.get(policy.on.value, {})
    environment = given.get("environment", {}).get("name")
    if match.environments and environment is not None and environment not in match.environments:
        return False
    for names, key in ((match.kinds, "kind"), (match.providers, "provider")):
        if names and key in document and document[key] not in names:
            return False
    named = "action" in document and match.actions
    return not named or includes(match.actions, document["action"])


def _variables(on: On, given: Mapping[str, Any]) -> dict[str, Any]:
    environment = given.get("environment", {})
    surroundings = Surroundings(
        environment=environment.get("name", ""),
        labels=environment.get("labels", {}),
        now=datetime.fromisoformat(given.get("now", _NOW)).astimezone(UTC),
        actor=given.get("actor", ""),
    )
    return surroundings.variables() | {on.value: example(on, given.get(on.value, {}))}


def example(on: On, given: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in what a test leaves out; a created or deleted object has one side only."""
    made = _merged(EMPTY[on], given)
    if on is On.CHANGE:
        if made["action"] in {"create", "forget"} and "before" not in given:
            made["before"] = None
        if made["action"] in {"delete", "forget"} and "after" not in given:
            made["after"] = None
    if on is On.PLAN:
        made["changes"] = [example(On.CHANGE, each) for each in made["changes"]]
    return made


def _merged(empty: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defaults with the given values; counts that are left out stay 0."""
    made = {**empty, **given}
    for name, value in empty.items():
        if isinstance(value, dict) and value and isinstance(given.get(name), dict):
            made[name] = {**value, **given[name]}
    return made
