"""Finds all rules: common ones in `lint/rules/`, a provider's own in `lint` of its folder."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from typing import TypeAlias

from msgspec.structs import replace

import reconciler.lint.rules as package
from reconciler.lint.live import LIVE
from reconciler.manifests import LOADING_RULES, LoadingRule
from reconciler.providers.provider import Provider
from reconciler.providers.registry import provider_class, provider_types
from reconciler.providers.rule import LiveRule, Rule

AnyRule: TypeAlias = Rule | LoadingRule | LiveRule


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule that looks at loaded manifests, sorted by id.

    Raises:
        ValueError: Two rules have the same id.
    """
    found = [rule for name in _modules_below(package.__name__) for rule in _rules_of(name)]
    found += [rule for each in _providers() for rule in _own_rules(each)]
    found.sort(key=lambda rule: rule.id)
    for one, other in pairwise(found):
        if one.id == other.id:
            raise ValueError(f"two lint rules are called {one.id}")
    return tuple(found)


@cache
def rules_for(provider: type[Provider]) -> tuple[Rule, ...]:
    """Return the rules for accounts of a provider; imports no rules of other providers."""
    found = [rule for name in _modules_below(package.__name__) for rule in _rules_of(name)]
    return tuple(sorted([*found, *_own_rules(provider)], key=lambda rule: rule.id))


@cache
def live_rules() -> tuple[LiveRule, ...]:
    """Return every rule that is applied to live state."""
    own = [
        replace(rule, types=frozenset({each.type}))
        for each in _providers()
        for name in _lint_modules(each)
        for rule in getattr(import_module(name), "LIVE", ())
    ]
    return (*own, *LIVE)


def offline_rules() -> tuple[Rule | LoadingRule, ...]:
    """Return every rule that `validate` applies, while loading or afterwards, sorted by id."""
    rules: list[Rule | LoadingRule] = [*all_rules(), *LOADING_RULES]
    return tuple(sorted(rules, key=lambda rule: rule.id))


def every_rule() -> tuple[AnyRule, ...]:
    """Return all rules of every sort, sorted by id."""
    return tuple(sorted((*offline_rules(), *live_rules()), key=lambda rule: rule.id))


def _providers() -> Iterator[type[Provider]]:
    return map(provider_class, provider_types())


def _own_rules(provider: type[Provider]) -> Iterator[Rule]:
    for name in _lint_modules(provider):
        for rule in _rules_of(name):
            yield replace(rule, types=frozenset({provider.type}))


def _lint_modules(provider: type[Provider]) -> Iterator[str]:
    """Yield the names of the modules with a provider type's rules."""
    name = f"{sys.modules[provider.__module__].__package__}.lint"
    if find_spec(name) is not None:
        yield name
        yield from _modules_below(name)


def _modules_below(name: str) -> Iterable[str]:
    path = getattr(import_module(name), "__path__", ())
    return (module.name for module in pkgutil.iter_modules(path, f"{name}."))


def _rules_of(name: str) -> Iterable[Rule]:
    return (value for value in vars(import_module(name)).values() if isinstance(value, Rule))


def table() -> str:
    """Return the offline rules as a Markdown table; `scripts/write-docs.py` puts it into docs/."""
    return _table(offline_rules())


def live_table() -> str:
    """Return the rules of plan and drift as a Markdown table."""
    return _table(sorted(live_rules(), key=lambda rule: rule.id))


def _table(rules: Iterable[AnyRule]) -> str:
    lines = ["| rule | severity | finds | follows from |", "|---|---|---|---|"]
    lines += [
        f"| `{rule.id}` | {severity_words(rule)} | {rule.summary} | {rule.source} |"
        for rule in rules
    ]
    return "\n".join(lines)


def severity_words(rule: AnyRule) -> str:
    """Return `warning`, or `warning at least: it follows from a law`."""
    severity = rule.severity.value
    return severity if rule.floor is None else f"{severity} at least: {rule.floor}"
