"""Saved plans: what a plan said, and what must still hold when it is applied.

A statement, not cargo: nothing in it is carried out. `apply --plan` makes a new plan and carries
that out, if it says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

SKEW = 300.0
"""Seconds that the clocks of two machines may differ."""


class SavedOptions(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the command line said of the plan."""

    paths: tuple[str, ...] = ()
    """Files and folders of manifests, as typed; none: all that the project names."""
    targets: tuple[str, ...] = ()
    selectors: Mapping[str, str] = field(default_factory=dict)
    prune: bool = True
    adopt: bool = False
    allow_empty_remote: bool = False
    destroy: bool = False
    ignore_findings: tuple[str, ...] = ()
    emulated: bool = False
    """It is a rehearsal's."""


class Binding(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a saved plan is bound to. Digests are keyed by the state's key where there is one."""

    nonce: str
    """A UUIDv7: by it a plan that was applied is known."""
    created_at: str
    expires_at: str
    """RFC 3339, in UTC, to the second, as the above."""
    tool: str
    environment: str | None
    changes_digest: str
    manifests_digest: str
    manifests: Mapping[str, str]
    """A digest of what each file says, comments and line endings apart."""
    policies_digest: str | None
    lineage: str | None
    """`None` where there was no state yet, as of the next two."""
    serial: int | None
    state_digest: str | None
    accounts: Mapping[str, str]
    """By provider: HMAC-SHA-256, keyed by the nonce, of what tells the account apart."""
    observed: Mapping[str, str]
    """By address: a digest of the live object that would be changed."""
    options: SavedOptions


class SavedPlan(Struct, frozen=True, kw_only=True):
    """A plan that was saved."""

    plan: Mapping[str, Any]
    """The document that `plan --output json` prints; long values are cut."""
    binding: Binding
    document: Mapping[str, Any]
    """All of the file, which is what was signed, but for the signature."""
    signature: str | None
    """`None` where there was no state, and so no key, yet."""
