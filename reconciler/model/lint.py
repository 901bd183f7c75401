"""The project's settings of lint rules: how bad their findings are, and which are ignored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from msgspec import Struct, field

from reconciler.model.origin import NOWHERE, Origin


class Level(StrEnum):
    """How bad the findings of a rule are in a project."""

    OFF = "off"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Ignore(Struct, frozen=True, kw_only=True):
    """An entry of `metadata.ignoreRules`: findings of a rule about this resource are intended."""

    rule: str
    reason: str
    until: date | None = None
    """The last day on which the entry holds."""
    origin: Origin = NOWHERE
    override: bool = False
    """It comes from `--override-policy`, and is about a policy."""


class RuleLevel(Struct, frozen=True, kw_only=True):
    """What `spec.lint.rules` says of one rule."""

    level: Level
    named: Origin = NOWHERE
    """The position of the rule's id."""
    origin: Origin = NOWHERE
    """The position of the level."""


class LintSettings(Struct, frozen=True, kw_only=True):
    """`spec.lint` of the project file."""

    rules: Mapping[str, RuleLevel] = field(default_factory=dict)
    max_warnings: int | None = None
    """If there are more warnings, `validate` ends with exit code 1."""
