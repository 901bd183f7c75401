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
    """How many requests a plan takes at one provider account."""

    reads: int
    """Requests made to plan."""
    writes: int
    """Requests that applying would make."""
    seconds: float
    """How long the writes take, by the account's limits and the latency of the reads."""


class Move(Struct, frozen=True, kw_only=True):
    """A resource with a new name (`lifecycle.movedFrom`): only state changes."""

    source: Address
    target: Address


class HandOver(Struct, frozen=True, kw_only=True):
    """A live part that one resource hands over to another: only state changes."""

    source: Address
    target: Address
    part: str
    """The part in words: `bounce to https://…`."""


class Candidate(Struct, frozen=True, kw_only=True):
    """A live object that a blocked resource could be."""

    id: str
    """The provider's id."""
    fields: tuple[FieldChange, ...] = ()
    """How it differs from the manifest."""


class Held(Struct, frozen=True, kw_only=True):
    """What is known of a blocked resource besides the reason."""

    origin: Origin | None = None
    """Its manifest, if it has one."""
    fields: tuple[FieldChange, ...] = ()
    """The fields that would change."""
    candidates: tuple[Candidate, ...] = ()
    """The live objects that it could be, if there are several."""


class Unread(Struct, frozen=True, kw_only=True):
    """Why some resources of one account could not be read."""

    provider: str
    url: str
    """Scheme and host of the account; empty if no manifest names it."""
    error: str
    addresses: tuple[Address, ...]
    """The resources that were not read, and those that refer to them."""


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
    """How much of the manifests and of state a plan covers."""

    looked_at: int = 0
    """How many resources and owned objects the plan covers."""
    of: int = 0
    """How many there are in all."""
    outside: int = 0
    """Owned objects left alone because their manifests are outside the paths of this run."""
    kept: int = 0
    """Owned objects without a manifest, left alone because nothing is pruned."""
    targets: tuple[Address, ...] = ()
    selector: Mapping[str, str] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    """As the command line named them."""
    whole: bool = True
    """The paths, if any were named, include all manifests of the project."""
    destroy: bool = False

    @property
    def complete(self) -> bool:
        """Tell whether nothing was left out, so that the plan covers the whole project."""
        chosen = self.targets or self.selector or not self.whole
        return not (chosen or self.outside or self.kept)


class Source(StrEnum):
    """What an applied plan had to agree with."""

    FRESH = "fresh"
    """Nothing: the plan was made and applied in one run."""
    EXPECT = "expect"
    """A digest on the command line."""
    FILE = "file"
    """A saved plan."""


class Plan(Struct, frozen=True, kw_only=True):
    """Everything that would be done, in one value."""

    changes: tuple[Change, ...]
    """What is to be done, in an order that respects dependencies."""
    order: tuple[tuple[Work, ...], ...] = ()
    """The work in rounds: all work of a round runs at once, after the rounds before it."""
    unchanged: int = 0
    findings: tuple[Finding, ...] = ()
    requests: Mapping[str, RequestEstimate] = field(default_factory=dict)
    store_cost: StoreCost | None = None
    """The cost at the store of the state; `None` if it is on this machine or nothing changes."""
    moves: tuple[Move, ...] = ()
    hand_overs: tuple[HandOver, ...] = ()
    refresh: tuple[OwnedObject, ...] = ()
    """Rows of state to bring up to date although nothing is sent (live already equals desired)."""
    restated: int = 0
    """How many of `refresh` matter to people: a new value, protection or reference."""
    gone: tuple[Address, ...] = ()
    """Rows of state whose object is gone and not desired."""
    emptied: tuple[Address, ...] = ()
    """Rows of state that have handed over all their parts; with a manifest, a new row follows."""
    blocked: Mapping[Address, str] = field(default_factory=dict)
    """Addresses that cannot be planned, and why: open intent, failed read, refused adoption."""
    held: Mapping[Address, Held] = field(default_factory=dict)
    """What is known of the blocked addresses."""
    unread: tuple[Unread, ...] = ()
    """Why accounts could not be read; the addresses are among the blocked ones."""
    undecided: tuple[Address, ...] = ()
    """The blocked addresses with an intent in doubt (exit code 4)."""
    refused: tuple[Address, ...] = ()
    """The blocked addresses that a person must agree to or edit first: apply refuses the plan."""
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
        """Tell whether applying it would do anything; new names and owners in state count."""
        return bool(self.changes or self.moves or self.hand_overs)

    @property
    def has_lost_secrets(self) -> bool:
        """Tell whether a delivered secret is missing from its place and cannot be read again."""
        return any(finding.rule == UNDELIVERED for finding in self.findings)

    @property
    def has_twins(self) -> bool:
        """Tell whether an object may exist twice after an answer was lost."""
        return any(finding.rule == POSSIBLE_DUPLICATE for finding in self.findings)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop an apply."""
        return tuple(f for f in self.findings if f.counts_as is Severity.ERROR)

    def summary(self) -> dict[str, int]:
        """Count changes by action, `none` included, and changes of state alone, if any."""
        counts: dict[Action, int] = dict.fromkeys(Action, 0)
        for change in self.changes:
            counts[change.action] += 1
        numbers = {action.value: count for action, count in counts.items()}
        numbers["none"] = self.unchanged
        return numbers | state_only(self.moves, self.hand_overs)


def state_only(moves: Sequence[Move], hand_overs: Sequence[HandOver]) -> dict[str, int]:
    """Count renames and hand-overs; leave out those of which there are none."""
    found = {"rename": len(moves), "handOver": len(hand_overs)}
    return {name: number for name, number in found.items() if number}
