"""Rules whose findings are made while manifests are loaded, as nothing shows them afterwards."""

from __future__ import annotations

from msgspec import Struct

from reconciler.model.address import Address
from reconciler.model.finding import Finding, Severity
from reconciler.model.origin import Origin


class LoadingRule(Struct, frozen=True, kw_only=True):
    """A rule about what only a document shows, not the resource that is made from it."""

    id: str
    severity: Severity = Severity.WARNING
    summary: str
    source: str
    types: frozenset[str] = frozenset()
    """The provider types it applies to; empty means all."""
    floor: None = None
    """Why a project could not turn the rule off; there is no reason for any of these."""

    def found(self, message: str, origin: Origin, address: Address | None = None) -> Finding:
        """Return a finding of this rule."""
        return Finding(
            severity=self.severity, rule=self.id, message=message, address=address, origin=origin
        )


DEPRECATED_FIELD = LoadingRule(
    id="deprecated-field",
    summary="A field that has another name today, and is still read.",
    source="docs/deprecations.md",
)
IGNORE_EXPIRED = LoadingRule(
    id="ignore-expired",
    summary="An entry of `metadata.ignoreRules` whose last day is over.",
    source="docs/lint-rules.md",
)
IGNORE_UNNEEDED = LoadingRule(
    id="ignore-unneeded",
    summary="An entry of `metadata.ignoreRules` whose rule finds nothing in that manifest.",
    source="docs/lint-rules.md",
)
NO_RECEIPTS = LoadingRule(
    id="canary-no-receipts",
    summary="A canary that expects delivery from a provider that tells of no message afterwards.",
    source="docs/verify.md, Canaries",
)
POLICY_UNUSED = LoadingRule(
    id="policy-unused",
    summary="A policy among the manifests that neither `spec.policies` nor `--policy` names.",
    source="docs/policies.md",
)
SAVED_PLAN = LoadingRule(
    id="saved-plan-here",
    severity=Severity.INFO,
    summary="A saved plan among the manifests: it is passed over.",
    source="docs/saved-plans.md",
)
VARIABLE_SYNTAX = LoadingRule(
    id="variable-syntax",
    summary="What was perhaps meant for a variable, and stays text: `${name}` or `${vars.name}`.",
    source="docs/environments.md",
)
VARIABLE_UNUSED = LoadingRule(
    id="variable-unused",
    summary="A variable of `reconciler.yaml` that no manifest mentions.",
    source="docs/environments.md",
)
LOADING_RULES = (
    DEPRECATED_FIELD,
    IGNORE_EXPIRED,
    IGNORE_UNNEEDED,
    NO_RECEIPTS,
    POLICY_UNUSED,
    SAVED_PLAN,
    VARIABLE_SYNTAX,
    VARIABLE_UNUSED,
)
