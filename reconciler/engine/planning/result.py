"""What the planner collects: changes, and what cannot be planned and why."""

from __future__ import annotations

from msgspec import Struct, field

from reconciler.engine.blocked import Blocked, NotRead, Undecided, Unreadable
from reconciler.model.address import Address
from reconciler.model.change import Change, origin_of
from reconciler.model.finding import Finding
from reconciler.model.origin import Origin
from reconciler.model.owned import OwnedObject
from reconciler.model.plan import Held


class Planned(Struct, kw_only=True):
    """What the planner collects."""

    changes: list[Change] = field(default_factory=list)
    actions: dict[Address, Change] = field(default_factory=dict)
    unchanged: int = 0
    refresh: list[OwnedObject] = field(default_factory=list)
    restated: int = 0
    """How many of `refresh` tell something new to a person."""
    gone: list[Address] = field(default_factory=list)
    blocked: dict[Address, str] = field(default_factory=dict)
    held: dict[Address, Held] = field(default_factory=dict)
    unread: dict[Address, str] = field(default_factory=dict)
    """What reading the collections of blocked addresses ended with."""
    undecided: set[Address] = field(default_factory=set)
    refused: set[Address] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    def add(self, change: Change) -> None:
        """Collect a change."""
        self.changes.append(change)
        self.actions[change.address] = change

    def withdraw(self, address: Address, reason: Blocked) -> None:
        """Take a change out of the plan, and remember why."""
        self.changes = [change for change in self.changes if change.address != address]
        change = self.actions.pop(address, None)
        self.block(address, reason, origin=origin_of(change) if change else None)

    def block(self, address: Address, reason: Blocked, *, origin: Origin | None = None) -> None:
        """Remember why nothing can be planned for an address."""
        known = Held(origin=origin, fields=reason.fields, candidates=reason.candidates)
        if address in self.blocked:
            self.held.setdefault(address, known)
            return
        self.blocked[address] = str(reason)
        self.held[address] = known
        if isinstance(reason, NotRead):
            self.unread[address] = reason.error
        if isinstance(reason, Undecided):
            self.undecided.add(address)
        elif not isinstance(reason, Unreadable):
            self.refused.add(address)
