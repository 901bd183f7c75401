"""What the command line says about a plan."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from reconciler.model.address import Address


class PlanOptions(Struct, frozen=True, kw_only=True):
    """What the command line says about a plan."""

    adopt: bool = False
    """Take over live objects that differ from their manifest."""
    prune: bool = True
    """Delete what state owns and no manifest has."""
    targets: frozenset[Address] = frozenset()
    """Plan these and what they refer to; empty means everything."""
    selector: Mapping[str, str] = field(default_factory=dict)
    """Plan resources with these labels and what they refer to.

    With `destroy`, these and `targets` go along with what depends on them.
    """
    destroy: bool = False
    """Delete what state owns."""
    elsewhere: frozenset[Address] = frozenset()
    """What manifests of the project have that this run was not told to read."""
    allow_empty_remote: bool = False
    """Believe a provider that lists nothing where state owns several objects."""
