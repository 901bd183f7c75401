"""What a verification is asked for, and where it remembers what it sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct, field

from reconciler.engine.verifying.canaries import Receipts
from reconciler.engine.verifying.due import SendOptions
from reconciler.model.address import Address
from reconciler.model.canary import Canary
from reconciler.model.verification import CanarySend


class CanaryBook(Protocol):
    """Where sendings are remembered."""

    def sends(self) -> Sequence[CanarySend]:
        """Return all of the last 90 days, the oldest first."""

    async def record(self, sending: CanarySend) -> None:
        """Make one durable, in place of what was known of it."""


class VerifyOptions(Struct, frozen=True, kw_only=True):
    """What the command line said."""

    sending: SendOptions = SendOptions()
    chosen: frozenset[Address] = frozenset()
    """The owned objects to look at."""
    canaries: tuple[Canary, ...] = ()
    patience: float | None = None
    """Seconds to wait for receipts, in place of each canary's deadline."""
    receipts: Mapping[str, Receipts] = field(default_factory=dict)
    """By provider: receipts out of collected callbacks."""
