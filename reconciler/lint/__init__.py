"""Lint rules: what an experienced messaging engineer would say about manifests. Offline.

A rule is a small function in a module of `rules`, or in `lint` of a provider's folder, found by
scanning; `reconciler.providers.rule` has the decorators. Its `source` names the
documentation page or the law it follows from; docs/lint-rules.md lists them all.
"""

from reconciler.lint.registry import all_rules
from reconciler.lint.runner import lint
from reconciler.providers.rule import Rule

__all__ = ["Rule", "all_rules", "lint"]
