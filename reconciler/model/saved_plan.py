"""Saved plans: a plan in a file, and what must still hold when it is applied.

The plan in the file itself is not carried out. `apply --plan` makes a new plan and carries that out
if its changes are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

SKEW = 300.0
"""How many seconds the clocks of two machines may differ."""


class SavedOptions(Struct, frozen=True, kw_only=True, rename="camel"):
    """The options of the command line that made the plan."""

    paths: tuple[str, ...] = ()
    """Files and folders of manifests, as typed; empty for all of the project."""
    targets: tuple[str, ...] = ()
    selectors: Mapping[str, str] = field(default_factory=dict)
    prune: bool = True
    adopt: bool = False
    allow_empty_remote: bool = False
    destroy: bool = False
    ignore_findings: tuple[str, ...] = ()
    emulated: bool = False
    """The plan was made in a rehearsal."""


class Binding(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a saved plan is bound to. Digests are made with the state's key if there is one."""

    nonce: str
    """A UUIDv7, by which a plan that was applied already is recognised."""
    created_at: str
    expires_at: str
    """Both in RFC 3339, in UTC, to the second."""
    tool: str
    environment: str | None
    changes_digest: str
    manifests_digest: str
    manifests: Mapping[str, str]
    """A digest of the content of each file, by path; comments and line endings do not count."""
    policies_digest: str | None
    lineage: str | None
    """`None` if there was no state yet, like the next two."""
    serial: int | None
    state_digest: str | None
    accounts: Mapping[str, str]
    """The identity of each account as HMAC-SHA-256, keyed by the nonce; by provider."""
    observed: Mapping[str, str]
    """A digest of each live object that would be changed, by address."""
    options: SavedOptions


class SavedPlan(Struct, frozen=True, kw_only=True):
    """A saved plan, as read from its file."""

    plan: Mapping[str, Any]
    """The document that `plan --output json` prints; long values are cut."""
    binding: Binding
    document: Mapping[str, Any]
    """The whole file without the signature: the part that was signed."""
    signature: str | None
    """`None` if there was no state yet, and so no key."""
