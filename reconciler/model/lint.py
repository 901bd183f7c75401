"""What users say of lint rules: how bad their findings are, and which are none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from msgspec import Struct, field

from reconciler.model.origin import NOWHERE, Origin


class Level(StrEnum):
    """How bad a project takes the findings of a rule."""

    OFF = "off"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Ignore(Struct, frozen=True, kw_only=True):
    """An entry of `metadata.ignoreRules`: what a rule finds of this resource is meant so."""

    rule: str
    reason: str
    until: date | None = None
    """The last day of it."""
    origin: Origin = NOWHERE
    override: bool = False
    """It comes from `--override-policy`, and is about a policy."""


class RuleLevel(Struct, frozen=True, kw_only=True):
    """What `spec.lint.rules` says of one rule."""

    level: Level
    named: Origin = NOWHERE
    """Where the rule's id stands."""
    origin: Origin = NOWHERE
    """Where the level stands."""


class LintSettings(Struct, frozen=True, kw_only=True):
    """`spec.lint` of the project file."""

    rules: Mapping[str, RuleLevel] = field(default_factory=dict)
    max_warnings: int | None = None
    """With more, `validate` ends with exit code 1."""
