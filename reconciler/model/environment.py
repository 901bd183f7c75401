"""Environments: what one set of manifests is applied to, and what differs between them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from reconciler.model.origin import Origin
from reconciler.model.values import JsonValue


class Value(Struct, frozen=True, kw_only=True):
    """The value that a variable has in an environment."""

    value: JsonValue
    """A text, number or boolean, or a list of texts."""
    told: str
    """Where it comes from, for faults: `senderNumber in environments.staging, file:line:column`."""
    declared: Origin
    """Where the variable is declared."""


class Environment(Struct, frozen=True, kw_only=True):
    """One environment of the project file; the one without a name where it has none."""

    name: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    """Of every declared variable that has one here."""
    state: str | None = None
    """The URL of its state store; `None` follows from the project's."""
    protect: bool = False
    """Approval takes the environment's name."""
    labels: Mapping[str, str] = field(default_factory=dict)
