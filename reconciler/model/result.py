"""What apply and drift report."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from reconciler.errors import ReconcilerError
from reconciler.model.address import Address
from reconciler.model.change import Action, FieldChange, MemberChange
from reconciler.model.origin import Origin
from reconciler.model.plan import HandOver, Move


class Status(StrEnum):
    """What became of one change."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Something that it depends on failed, or the run was stopped before it."""
    WAITING = "waiting"
    """A review comes first; the next run takes it up again."""
    UNKNOWN = "unknown"
    """It may or may not have happened; the next run settles it."""
    STALE = "plan-stale"
    """The object has changed since the plan, so nothing was done to it."""


class ChangeResult(Struct, frozen=True, kw_only=True):
    """The result of one change."""

    address: Address
    action: Action
    status: Status
    error: str = ""
    hint: str = ""
    notes: tuple[str, ...] = ()
    """What a person should know although it went well, such as "DNS is not published yet"."""
    undecided: bool = False
    """The outcome is unknown and only a person can settle it (exit code 4)."""


class ApplyReport(Struct, frozen=True, kw_only=True):
    """The results of an apply."""

    results: tuple[ChangeResult, ...]
    unchanged: int = 0
    moves: tuple[Move, ...] = ()
    """Rows of state that have a new name: nothing was sent."""
    hand_overs: tuple[HandOver, ...] = ()
    requests: Mapping[str, int] = field(default_factory=dict)
    """Requests made while applying, by provider."""
    seconds: float = 0.0
    ended_by: ReconcilerError | None = None
    """The error of state or journal that made it unsafe to go on: not every change was tried."""

    @property
    def is_good(self) -> bool:
        """Tell whether every change is done or waits for a review."""
        return self.count(Status.DONE) + self.count(Status.WAITING) == len(self.results)

    def count(self, status: Status) -> int:
        """Count the results with this status."""
        return sum(1 for result in self.results if result.status is status)


class DriftStatus(StrEnum):
    """How live differs from what was last applied."""

    CHANGED = "changed"
    MISSING = "missing"
    UNVERIFIABLE = "unverifiable"
    UNMANAGED = "unmanaged"
    UNDELIVERED = "undelivered"
    """Its secret is missing from its place, or the place holds another one."""
    DEGRADED = "degraded"
    """It is unchanged, but does not work: it is suspended, or has lost its verification."""


class Drift(Struct, frozen=True, kw_only=True):
    """One object that differs from what was last applied."""

    address: Address
    """For an unmanaged object, the name is that of the live object."""
    status: DriftStatus
    id: str = ""
    """The provider's id."""
    origin: Origin | None = None
    """Its manifest, if it has one."""
    fields: tuple[FieldChange, ...] = ()
    """The fields that differ; for an unmanaged object its main fields, as values after."""
    members: MemberChange | None = None
    since: float | None = None
    """When it was first seen, wall clock in seconds; `None` if it is no drift."""
    reason: str = ""
    """Why it is degraded, or how its secret is delivered again."""
