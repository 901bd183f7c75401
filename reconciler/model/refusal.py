"""The error of a plan that findings of severity error stop, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.errors import PlanRefused, PolicyUnevaluated, PolicyViolated
from reconciler.model.finding import POLICY, Finding, in_one_line


def stopped_by(errors: Sequence[Finding]) -> PlanRefused:
    """Return the error of a plan with these findings; it names the policies if there are any."""
    of_policies = [finding for finding in errors if finding.policy]
    details = [in_one_line(finding) for finding in errors]
    if not of_policies:
        return PlanRefused(
            "a finding of severity error stops this plan", details=details, hint=_ignoring(errors)
        )
    violated = any(finding.rule.startswith(POLICY) for finding in of_policies)
    kind = PolicyViolated if violated else PolicyUnevaluated
    names = list(dict.fromkeys(finding.policy for finding in of_policies))
    number = "a policy" if len(names) == 1 else f"{len(names)} policies"
    message = f"{number} of severity error: {', '.join(names)}"
    return kind(message, details=details, hint=_ways(errors))


def _ways(errors: Sequence[Finding]) -> str:
    """Say what to do; name the flags if all of the findings may be overridden."""
    if not all(finding.overridable for finding in errors):
        return "Mend what it says."
    names = " ".join(sorted({f"--override-policy {finding.policy}" for finding in errors}))
    return f'Mend what it says; to go on all the same: apply {names} --reason "…"'


def _ignoring(errors: Sequence[Finding]) -> str:
    rules = " ".join(sorted({f"--ignore-finding {finding.rule}" for finding in errors}))
    return f"Mend what it says; to go on all the same: {rules}"
