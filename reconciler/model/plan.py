"""The plan: a value that the planner makes, renderers show and the applier executes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct, field

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange
from reconciler.model.finding import POSSIBLE_DUPLICATE, UNDELIVERED, Finding, Severity
from reconciler.model.origin import Origin
from reconciler.model.owned import OwnedObject
from reconciler.model.policy import Policies
from reconciler.model.store_cost import StoreCost


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
    """A live part that one resource hands over to another: state follows, nothing is sent."""

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


class Phase(StrEnum):
    """The two kinds of work on one address."""

    MAKE = "make"
    """Create, update, adopt, or the creating half of a replacement."""
    REMOVE = "remove"
    """Delete, forget, or the deleting half of a replacement."""


class Work(NamedTuple):
    """One piece of work: all of a change, or half of a replacement."""

    address: Address
    phase: Phase


class Extent(Struct, frozen=True, kw_only=True):
    """What a plan looked at, of all that manifests and state have."""

    looked_at: int = 0
    """Resources and owned objects."""
    of: int = 0
    outside: int = 0
    """Owned objects whose manifests lie outside of the paths of this run: left alone."""
    kept: int = 0
    """Owned objects that no manifest has, left alone because nothing is pruned."""
    targets: tuple[Address, ...] = ()
    selector: Mapping[str, str] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    """As the command line named them."""
    whole: bool = True
    """The paths, if any were named, hold everything that the project names."""
    destroy: bool = False

    @property
    def complete(self) -> bool:
        """Tell whether nothing was left out, so that the plan speaks for the whole project."""
        chosen = self.targets or self.selector or not self.whole
        return not (chosen or self.outside or self.kept)


class Source(StrEnum):
    """Where it stands what a plan had to be."""

    FRESH = "fresh"
    """Nowhere: the plan is as it came out."""
    EXPECT = "expect"
    """On the command line, as a digest."""
    FILE = "file"
    """In a saved plan."""


class Plan(Struct, frozen=True, kw_only=True):
    """Everything that would be done, in one value."""

    changes: tuple[Change, ...]
    """What is to be done, in an order that respects dependencies."""
    order: tuple[tuple[Work, ...], ...] = ()
    """The work in rounds: what is in one round runs at once, after the rounds before it."""
    unchanged: int = 0
    findings: tuple[Finding, ...] = ()
    requests: Mapping[str, RequestEstimate] = field(default_factory=dict)
    store_cost: StoreCost | None = None
    """At the store of the state; `None` where that is on this machine, or nothing changes."""
    moves: tuple[Move, ...] = ()
    hand_overs: tuple[HandOver, ...] = ()
    refresh: tuple[OwnedObject, ...] = ()
    """State rows to bring up to date although nothing is sent (live already equals desired)."""
    restated: int = 0
    """How many of `refresh` tell something new to a person: a value, protection, a reference."""
    gone: tuple[Address, ...] = ()
    """State rows whose object is gone and is not desired either."""
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
    extent: Extent = Extent()
    accounts: Mapping[str, str] = field(default_factory=dict)
    """The fingerprint of each provider account that was read."""
    lineage: str = ""
    serial: int = 0
    made_at: float = 0.0
    """Seconds since the epoch, by our clock."""
    policies: Policies = Policies()

    @property
    def has_changes(self) -> bool:
        """Tell whether applying it would do anything: a new name or owner in state counts."""
        return bool(self.changes or self.moves or self.hand_overs)

    @property
    def has_lost_secrets(self) -> bool:
        """Tell whether a delivered secret is not where it was and cannot be read again."""
        return any(finding.rule == UNDELIVERED for finding in self.findings)

    @property
    def has_twins(self) -> bool:
        """Tell whether something may exist twice after an answer that was lost."""
        return any(finding.rule == POSSIBLE_DUPLICATE for finding in self.findings)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that refuse an apply."""
        return tuple(f for f in self.findings if f.counts_as is Severity.ERROR)

    def summary(self) -> dict[str, int]:
        """Count changes by action, `none` included, and what changes in state alone, if any."""
        counts: dict[Action, int] = dict.fromkeys(Action, 0)
        for change in self.changes:
            counts[change.action] += 1
        numbers = {action.value: count for action, count in counts.items()}
        numbers["none"] = self.unchanged
        return numbers | state_only(self.moves, self.hand_overs)


def state_only(moves: Sequence[Move], hand_overs: Sequence[HandOver]) -> dict[str, int]:
    """Count renames and hand-overs, each where there are any."""
    found = {"rename": len(moves), "handOver": len(hand_overs)}
    return {name: number for name, number in found.items() if number}
