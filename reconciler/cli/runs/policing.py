"""The policies of a run, or none. Only with policies is their engine loaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.cli.parameters.choice import NO_OVERRIDES, Overrides
from reconciler.cli.settings import Settings
from reconciler.engine.workspace import Workspace
from reconciler.errors import UsageError
from reconciler.manifests import Fault
from reconciler.model.finding import Finding
from reconciler.model.plan import Plan
from reconciler.model.policy import NO_POLICIES, Policies
from reconciler.model.resource import Configuration
from reconciler.suggestions import did_you_mean

if TYPE_CHECKING:
    from reconciler.cli.runs.judging import Judging
    from reconciler.engine.drift import DriftReport


class Policing(Struct, frozen=True, kw_only=True):
    """The policies of one run."""

    judging: Judging | None = None
    """`None` where there is no policy."""

    def require(self, settings: Settings) -> None:
        """End the run, before credentials are read, where manifests violate a policy.

        Raises:
            PolicyViolated: One of severity error.
            PolicyUnevaluated: None of those, but one that could not be evaluated.
        """
        if self.judging is not None:
            self.judging.require(settings)

    def with_plan(self, plan: Plan) -> Plan:
        """Return the plan with the findings on it, on its changes and on the manifests."""
        return plan if self.judging is None else self.judging.with_plan(plan)

    def with_drift(self, report: DriftReport, workspace: Workspace) -> tuple[DriftReport, Policies]:
        """Return the report with the findings on every compared object, and the verdict."""
        if self.judging is None:
            return report, NO_POLICIES
        return self.judging.with_drift(report, workspace)


def policing_of(
    configuration: Configuration,
    overrides: Overrides = NO_OVERRIDES,
    *,
    resources: bool = True,
) -> Policing:
    """Compile the policies of a run; with `resources`, judge its manifests at once.

    Raises:
        PolicyInvalid: An expression is wrong.
        PolicyEngineMissing: There are policies, and no engine is installed.
        UsageError: An override names no policy, names one that must not be overridden, or has no
            reason.
    """
    _check(overrides, configuration)
    if not configuration.policies:
        return Policing()
    from reconciler.cli.runs.judging import judging_of

    return Policing(judging=judging_of(configuration, overrides, resources=resources))


class Offline(Struct, frozen=True, kw_only=True):
    """The part of `validate` that is about policies."""

    faults: Sequence[Fault] = ()
    """Faults of expressions, and failed tests."""
    findings: Sequence[Finding] = ()
    """Findings of the policies on the manifests."""
    policies: Policies = NO_POLICIES


def offline(configuration: Configuration) -> Offline:
    """Compile policies, run their tests and judge resources; raises `PolicyEngineMissing`."""
    if not configuration.policies:
        return Offline()
    from reconciler.cli.runs.judging import checked

    faults, findings, policies = checked(configuration)
    return Offline(faults=faults, findings=findings, policies=policies)


def _check(overrides: Overrides, configuration: Configuration) -> None:
    if overrides.names and not overrides.reason.strip():
        raise UsageError(
            "--override-policy needs a reason", hint='Add --reason "why it is right this once".'
        )
    if overrides.reason and not overrides.names:
        raise UsageError("--reason is for --override-policy", hint="Name the policy as well.")
    known = {policy.name for policy in configuration.policies}
    fixed = {policy.name for policy in configuration.policies if not policy.overridable}
    for name in overrides.names:
        if name not in known:
            hint = did_you_mean(name, known) or f"Policies: {', '.join(sorted(known)) or 'none'}."
            raise UsageError(f"there is no policy {name!r}", hint=hint)
        if name in fixed:
            raise UsageError(
                f"policy {name} cannot be passed over: it is not `overridable`",
                hint="Mend what it says, or ask who owns the policy.",
            )
