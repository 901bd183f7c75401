"""Environments, such as staging and production: the values that differ between them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from reconciler.model.origin import Origin
from reconciler.model.values import JsonValue


class Value(Struct, frozen=True, kw_only=True):
    """The value of a variable in one environment."""

    value: JsonValue
    """A text, number or boolean, or a list of texts."""
    source: str
    """Where it is given, for messages: `senderNumber in environments.staging, file:line:column`."""
    declared: Origin
    """Where the variable is declared."""


class Environment(Struct, frozen=True, kw_only=True):
    """One environment of the project file; without a name if the project declares none."""

    name: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    """The values of the declared variables that have one here, by variable."""
    state: str | None = None
    """The URL of its state store; `None` if it follows from the project's."""
    protect: bool = False
    """To approve a plan, a person has to type the environment's name."""
    labels: Mapping[str, str] = field(default_factory=dict)
