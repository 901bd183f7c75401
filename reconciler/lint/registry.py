"""Finds the rules by scanning `reconciler.lint.rules`."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from itertools import pairwise

import reconciler.lint.rules as package
from reconciler.lint.rule import Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule, sorted by id.

    Raises:
        ValueError: Two rules have the same id.
    """
    found = [rule for name in _modules() for rule in _rules_of(name)]
    found.sort(key=lambda rule: rule.id)
    for one, other in pairwise(found):
        if one.id == other.id:
            raise ValueError(f"two lint rules are called {one.id}")
    return tuple(found)


def _modules() -> Iterable[str]:
    return (
        module.name for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    )


def _rules_of(name: str) -> Iterable[Rule]:
    return (value for value in vars(import_module(name)).values() if isinstance(value, Rule))


def table() -> str:
    """Return all rules as a Markdown table; `scripts/write-docs.py` puts it into docs/."""
    lines = ["| rule | severity | finds | follows from |", "|---|---|---|---|"]
    lines += [
        f"| `{rule.id}` | {rule.severity.value} | {rule.summary} | {rule.source} |"
        for rule in all_rules()
    ]
    return "\n".join(lines)
