"""Why findings of severity error stop a plan, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.errors import PlanRefused, PolicyUnevaluated, PolicyViolated
from reconciler.model.finding import POLICY, Finding, said


def stopped_by(errors: Sequence[Finding]) -> PlanRefused:
    """Return the error of a plan with these findings, in words of policies where those stop it."""
    of_policies = [finding for finding in errors if finding.policy]
    details = [said(finding) for finding in errors]
    if not of_policies:
        return PlanRefused(
            "a finding of severity error stops this plan", details=details, hint=_ignoring(errors)
        )
    violated = any(finding.rule.startswith(POLICY) for finding in of_policies)
    kind = PolicyViolated if violated else PolicyUnevaluated
    names = list(dict.fromkeys(finding.policy for finding in of_policies))
    number = "a policy" if len(names) == 1 else f"{len(names)} policies"
    return kind(f"{number} of severity error: {', '.join(names)}", details=details, hint=_ways())


def _ways() -> str:
    return (
        "Mend what it says. One that is `overridable` can be passed over once: "
        "apply --override-policy NAME --reason TEXT."
    )


def _ignoring(errors: Sequence[Finding]) -> str:
    rules = " ".join(sorted({f"--ignore-finding {finding.rule}" for finding in errors}))
    return f"Mend what it says; to go on all the same: {rules}"
