"""Lint rules: what an experienced messaging engineer would say about manifests. Offline.

A rule is a small function in a module of `rules`, or in `lint` of a provider's folder, found by
scanning; `reconciler.providers.rule` has the decorators. Its `source` names the
documentation page or the law it follows from; docs/lint-rules.md lists them all.

| module or folder | holds |
|---|---|
| `rules/` | rules of any provider |
| `registry` | finds the rules, and writes their table |
| `runner` | applies them to a configuration |
| `ignoring` | applies levels and ignored findings |
| `settings` | what is wrong with the levels and ignored findings that people wrote |
| `live`, `live_dns` | what is told of rules that plan, drift and `dns` apply |
| `hosts` | tells hosts that only an inner network knows |
"""

from reconciler.lint.ignoring import judges_entries, rate, without_needed_elsewhere
from reconciler.lint.registry import all_rules
from reconciler.lint.runner import lint
from reconciler.lint.settings import setting_faults
from reconciler.providers.rule import Rule

__all__ = [
    "Rule",
    "all_rules",
    "judges_entries",
    "lint",
    "rate",
    "setting_faults",
    "without_needed_elsewhere",
]
