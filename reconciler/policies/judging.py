"""Evaluates policies on elements, and counts: a count of 0 shows a policy that matched nothing."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from reconciler.model.address import Address
from reconciler.model.finding import POLICY, POLICY_ERROR, Finding
from reconciler.model.lint import Ignore
from reconciler.model.origin import Origin
from reconciler.model.policy import On, Policies, Policy, Tally
from reconciler.policies.compiling import Compiled
from reconciler.policies.digest import policies_digest
from reconciler.policies.engine import Unevaluated

_LOG = logging.getLogger(__name__)
_PLACEHOLDER = re.compile(r"\{(address|action|name|kind)\}")
_MEANT = {"delete": frozenset({"delete", "replace"})}
"""Actions that an action in `match` stands for: a replacement deletes as well."""


class Surroundings(Struct, frozen=True, kw_only=True):
    """What every expression sees in addition to the element that it judges."""

    environment: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    """The labels of the environment."""
    now: datetime
    actor: str

    def variables(self) -> dict[str, Any]:
        """Return the variables of expressions, by name."""
        environment = {"name": self.environment, "labels": dict(self.labels)}
        return {"environment": environment, "now": self.now, "actor": self.actor}


class Element(Struct, frozen=True, kw_only=True):
    """One thing to judge: a resource, a change, a whole plan, or an object of drift."""

    document: Callable[[], Mapping[str, Any]]
    """Makes what policies see; called only if a policy matches."""
    address: Address | None = None
    """`None` for a plan as a whole."""
    action: str = ""
    origin: Origin | None = None
    """The place of its manifest; `None` if it has none."""


class _Judge(Struct, kw_only=True):
    """One policy, with its counts so far."""

    compiled: Compiled
    checked: int = 0
    violated: int = 0

    @property
    def policy(self) -> Policy:
        return self.compiled.policy


class Bench:
    """All policies of a run."""

    def __init__(
        self,
        policies: Sequence[Compiled],
        surroundings: Surroundings,
        overrides: Mapping[str, str] | None = None,
    ) -> None:
        """Take policies; `overrides` are the reasons for overriding, by the name of the policy."""
        self._judges = [_Judge(compiled=each) for each in policies]
        self._surroundings = surroundings
        self._overrides = overrides or {}

    def judges(self, on: On) -> bool:
        """Tell whether there is a policy on this sort of element."""
        return any(judge.policy.on is on for judge in self._judges)

    def judge(self, on: On, elements: Iterable[Element]) -> tuple[Finding, ...]:
        """Return a finding for every violation, and for every policy that cannot be evaluated."""
        judges = [
            each
            for each in self._judges
            if each.policy.on is on and self._applies_here(each.policy)
        ]
        if not judges:
            return ()
        found = [finding for each in elements for finding in self._judge_one(each, judges)]
        return tuple(dict.fromkeys(found))  # two copies of a policy give one finding

    def verdict(self) -> Policies:
        """Return how often each policy judged and was violated so far, and log it."""
        each = tuple(map(self._tally, self._judges))
        for tally in each:
            _LOG.info("policy %s (on: %s): %d checked", tally.name, tally.on, tally.checked)
        return Policies(
            checked=sum(tally.checked > 0 for tally in each),
            violated=sum(tally.violated > 0 for tally in each),
            digest=policies_digest(judge.policy for judge in self._judges),
            each=each,
        )

    def _tally(self, judge: _Judge) -> Tally:
        return Tally(
            name=judge.policy.name,
            on=judge.policy.on,
            checked=judge.checked,
            violated=judge.violated,
            overridden=self._overrides.get(judge.policy.name, ""),
        )

    def _applies_here(self, policy: Policy) -> bool:
        names = policy.match.environments
        return not names or self._surroundings.environment in names

    def _judge_one(self, element: Element, judges: Iterable[_Judge]) -> Iterator[Finding]:
        """Judge one element; policies on the same sort share an engine, and so the activation."""
        matching = [judge for judge in judges if matches(judge.policy, element)]
        if not matching:
            return
        first = matching[0].compiled
        seen = {first.policy.on.value: element.document()}
        activation = first.engine.activation(self._surroundings.variables() | seen)
        for judge in matching:
            judge.checked += 1
            finding = self._finding(judge.compiled, element, activation)
            if finding is not None:
                judge.violated += 1
                yield finding

    def _finding(self, compiled: Compiled, element: Element, activation: Any) -> Finding | None:
        policy = compiled.policy
        try:
            if not compiled.expression.holds(activation):
                return None
            rule, message, fix = f"{POLICY}{policy.name}", filled(policy, element), policy.fix
        except Unevaluated as reason:
            rule, message = POLICY_ERROR, f"policy {policy.name} could not be evaluated: {reason}"
            fix = f"Mend its expression at {policy.within(0)}; until then it counts as violated."
        return Finding(
            severity=policy.severity,
            rule=rule,
            message=message,
            address=element.address,
            origin=element.origin or policy.origin,
            policy=policy.name,
            overridable=policy.overridable,
            fix=fix,
            ignored=self._override(policy),
        )

    def _override(self, policy: Policy) -> Ignore | None:
        reason = self._overrides.get(policy.name)
        if reason is None:
            return None
        return Ignore(rule=f"{POLICY}{policy.name}", reason=reason, override=True)


def matches(policy: Policy, element: Element) -> bool:
    """Tell whether the `match` of a policy includes an element."""
    match, address = policy.match, element.address
    if address is not None:
        if match.kinds and address.kind not in match.kinds:
            return False
        if match.providers and address.provider not in match.providers:
            return False
    return not match.actions or includes(match.actions, element.action)


def includes(actions: Iterable[str], action: str) -> bool:
    """Tell whether the actions of a `match` include an action."""
    return any(action in _MEANT.get(name, {name}) for name in actions)


def filled(policy: Policy, element: Element) -> str:
    """Return a policy's message with its placeholders filled; values are not expanded again."""
    address = element.address
    values = {"action": element.action}
    if address is not None:
        values |= {"address": str(address), "name": address.name, "kind": address.kind}
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), policy.message)
