"""Decides which findings stop a plan."""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from reconciler.model.change import Adopt, Making
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Plan


def judged(plan: Plan, *, ignored: Collection[str] = ()) -> Plan:
    """Return the plan with its findings judged: a write that is known to be refused is an error.

    `ignored` are rules whose errors the user wants to go on with; they become warnings.
    """
    written = {
        change.address
        for change in plan.changes
        if isinstance(change, Making) and (change.fields or not isinstance(change, Adopt))
    }

    def judge(finding: Finding) -> Finding:
        if finding.ignored is not None:
            return finding
        severity = finding.severity
        if finding.refuses_writes and finding.address in written:
            severity = Severity.ERROR
        if severity is Severity.ERROR and finding.rule in ignored:
            severity = Severity.WARNING
        return finding if severity is finding.severity else replace(finding, severity=severity)

    return replace(plan, findings=tuple(map(judge, plan.findings)))
