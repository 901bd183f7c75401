"""Applies the offline rules to a configuration."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.lint.registry import rules_for
from reconciler.model.finding import Finding
from reconciler.model.origin import Origin
from reconciler.model.resource import Configuration, Resource
from reconciler.providers.registry import provider_class
from reconciler.providers.rule import Found, Rule, Scope

_NOWHERE = Origin("", 0, 0)


def lint(configuration: Configuration, *, complete: bool = True) -> tuple[Finding, ...]:
    """Return the findings of the rules, by file, line and column. Reads only attached files.

    Without `complete`, some manifests have faults and are missing from the configuration; rules
    that need all manifests are then left out.
    """
    found = [each for scope in _scopes(configuration) for each in _found(scope, complete=complete)]
    # A place is found by reading its document again: findings of one document come together.
    found.sort(key=lambda each: each[1].resource.origin)
    findings = [*configuration.findings, *(_finding(rule, each) for rule, each in found)]
    findings.sort(key=lambda f: (f.origin or _NOWHERE, f.rule, f.message))
    return tuple(findings)


def _scopes(configuration: Configuration) -> Iterator[Scope]:
    kinds: dict[str, dict[str, list[Resource]]] = {}
    for address, resource in configuration.resources.items():
        kinds.setdefault(address.provider, {}).setdefault(address.kind, []).append(resource)
    for name, account in configuration.accounts.items():
        if name in kinds:
            yield Scope(
                account=account,
                kinds=kinds[name],
                root=configuration.project.root,
                provider=provider_class(account.type),
            )


def _found(scope: Scope, *, complete: bool) -> Iterator[tuple[Rule, Found]]:
    for rule in rules_for(scope.provider):
        if complete or not rule.whole:
            for found in rule.check(scope):
                yield rule, found


def _finding(rule: Rule, found: Found) -> Finding:
    return Finding(
        severity=rule.severity,
        rule=rule.id,
        message=found.message,
        address=found.resource.address,
        origin=found.origin or found.resource.locate(found.where),
    )
