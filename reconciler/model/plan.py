"""The plan: a value that the planner makes, renderers show and the applier executes."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange
from reconciler.model.finding import Finding
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Origin


class RequestEstimate(Struct, frozen=True, kw_only=True):
    """What one provider account would be asked for."""

    reads: int
    """Requests made to plan."""
    writes: int
    """Requests that applying would make."""
    seconds: float
    """How long the writes take at the account's limits and at the latency just seen."""


class Move(Struct, frozen=True, kw_only=True):
    """A resource with a new name (`lifecycle.movedFrom`): state follows, no request is made."""

    source: Address
    target: Address


class HandOver(Struct, frozen=True, kw_only=True):
    """A live part that one resource gives up and another takes: state follows, nothing is sent."""

    source: Address
    target: Address
    part: str
    """What it is, for people: `bounce to https://…`."""


class Candidate(Struct, frozen=True, kw_only=True):
    """A live object that a blocked resource could be."""

    id: str
    """The provider's id."""
    fields: tuple[FieldChange, ...] = ()
    """How it differs from the manifest."""


class Held(Struct, frozen=True, kw_only=True):
    """What is known of a blocked resource beside the reason."""

    origin: Origin | None = None
    """Its manifest, if it has one."""
    fields: tuple[FieldChange, ...] = ()
    """What would change."""
    candidates: tuple[Candidate, ...] = ()
    """The live objects that it could be, where there are several."""


class Unread(Struct, frozen=True, kw_only=True):
    """Why some resources of one account could not be looked at."""

    provider: str
    url: str
    """Scheme and host of the account; nothing where no manifest tells it."""
    error: str
    addresses: tuple[Address, ...]
    """The resources that were not looked at, those included that refer to such."""


class Plan(Struct, frozen=True, kw_only=True):
    """Everything that would be done, in one value."""

    changes: tuple[Change, ...]
    """Every resource whose action is not `none`, in an order that respects dependencies."""
    unchanged: int = 0
    findings: tuple[Finding, ...] = ()
    requests: Mapping[str, RequestEstimate] = field(default_factory=dict)
    moves: tuple[Move, ...] = ()
    hand_overs: tuple[HandOver, ...] = ()
    refresh: tuple[OwnedObject, ...] = ()
    """State rows to bring up to date although nothing is sent (live already equals desired)."""
    restated: int = 0
    """How many of `refresh` tell something new to a person: a value, protection, a reference."""
    gone: tuple[Address, ...] = ()
    """State rows whose object is gone and is not wanted either."""
    emptied: tuple[Address, ...] = ()
    """State rows that have handed over all they had; where there is a manifest, a new one comes."""
    blocked: Mapping[Address, str] = field(default_factory=dict)
    """Addresses that cannot be planned, and why: open intent, failed read, refused adoption."""
    held: Mapping[Address, Held] = field(default_factory=dict)
    """What is known of the blocked addresses."""
    unread: tuple[Unread, ...] = ()
    """Why accounts could not be read; the addresses are among the blocked ones."""
    undecided: tuple[Address, ...] = ()
    """The blocked addresses with an earlier unknown outcome (exit code 4)."""
    refused: tuple[Address, ...] = ()
    """The blocked addresses that somebody must agree to or edit first: apply refuses the plan."""
    accounts: Mapping[str, str] = field(default_factory=dict)
    """The fingerprint of each provider account that was read."""
    manifests_digest: str = ""
    lineage: str = ""
    serial: int = 0

    def summary(self) -> dict[str, int]:
        """Count changes by action, `none` included."""
        counts: dict[Action, int] = dict.fromkeys(Action, 0)
        for change in self.changes:
            counts[change.action] += 1
        counts[Action.NONE] = self.unchanged
        return {action.value: count for action, count in counts.items()}
