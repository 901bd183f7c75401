"""Checks the levels in the project file and the `ignoreRules` of manifests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.lint.ignoring import ignores_by_address
from reconciler.lint.registry import AnyRule, every_rule
from reconciler.manifests.fault import Fault, shown
from reconciler.manifests.files import PROJECT_FILE
from reconciler.model.finding import POLICY
from reconciler.model.lint import Level, RuleLevel
from reconciler.model.origin import Origin
from reconciler.model.resource import Configuration
from reconciler.suggestions import did_you_mean

_KNOWN = "`reconciler explain rules` lists them"


def setting_faults(configuration: Configuration) -> list[Fault]:
    """Return faults of levels and `ignoreRules`: unknown rules, levels below a rule's floor."""
    levels = configuration.project.lint.rules
    ignores = ignores_by_address(configuration)
    if not levels and not ignores:
        return []
    rules = {rule.id: rule for rule in every_rule()}
    faults = [fault for name, level in levels.items() for fault in _of_level(name, level, rules)]
    faults += [
        _unknown(ignore.rule, ignore.origin, rules, str(address))
        for address, several in ignores.items()
        for ignore in several
        if ignore.rule not in rules
    ]
    return faults


def _of_level(name: str, setting: RuleLevel, rules: Mapping[str, AnyRule]) -> Iterator[Fault]:
    rule = rules.get(name)
    if rule is None:
        yield _unknown(name, setting.named, rules)
    elif rule.floor is not None and setting.level in {Level.OFF, Level.INFO}:
        yield Fault(
            origin=setting.origin,
            message=f"{name} cannot be {setting.level}: {rule.floor}",
            hint="it is a warning at least; what is meant so in one manifest, its "
            "metadata.ignoreRules says with a reason",
        )


def _unknown(name: str, origin: Origin, rules: Iterable[str], address: str = "") -> Fault:
    if name.startswith(POLICY):
        message = f"{shown(name)} is a policy, which no manifest can loosen"
        where = f"its own severity says how bad it is, not {PROJECT_FILE}" if not address else ""
        return Fault(
            origin=origin, address=address, message=message, hint=where or "remove the entry"
        )
    hint = did_you_mean(name, rules) or _KNOWN
    message = f"there is no lint rule {shown(name)}"
    return Fault(origin=origin, address=address, message=message, hint=hint)
