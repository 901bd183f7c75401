"""What the applier tells whoever listens, while it works."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from reconciler.model.address import Address
from reconciler.model.change import Action
from reconciler.model.result import Status


class EventKind(StrEnum):
    """What happened."""

    STARTED = "started"
    FINISHED = "finished"
    MEMBERS = "members"
    """Members of a large set were acknowledged: `done` of `total` of this one change."""
    WAITING = "waiting"
    """All that can be done is done; the run waits for the review of this and perhaps of others."""


class ApplyEvent(Struct, frozen=True, kw_only=True):
    """One thing that happened to one change."""

    kind: EventKind
    address: Address
    action: Action
    status: Status | None = None
    seconds: float = 0.0
    """Since the apply began."""
    done: int = 0
    """Changes finished so far, or members acknowledged."""
    total: int = 0
    failed: int = 0
    message: str = ""


Listener = Callable[[ApplyEvent], None]


def nobody(_event: ApplyEvent) -> None:
    """Listen to nothing."""
