"""Lint rules: what an experienced messaging engineer would say about manifests. Offline.

A rule is a small function in a module of `rules/`, or of `lint` in a provider's folder; rules are
found by scanning. `reconciler.providers.rule` has the decorators. The `source` of a rule names the
documentation page or the law it follows from; docs/lint-rules.md lists all rules.

| module or folder | holds |
|---|---|
| `rules/` | rules for all providers |
| `registry` | finds all rules, and writes their table for docs/ |
| `runner` | applies the rules to a configuration |
| `ignoring` | applies `spec.lint.rules` and `metadata.ignoreRules` to findings |
| `settings` | checks what people wrote there |
| `live`, `live_dns` | descriptions of the rules that plan, drift and `dns` apply to live state |
| `hosts` | tells hosts that the Internet cannot reach |
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
