"""What the command line asks of a verification, and where sent canaries are remembered."""

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
    """Remembers sendings."""

    def sends(self) -> Sequence[CanarySend]:
        """Return the sendings of the last 90 days, the oldest first."""

    async def record(self, sending: CanarySend) -> None:
        """Store a sending durably, in place of an earlier record of it."""


class VerifyOptions(Struct, frozen=True, kw_only=True):
    """What the command line says."""

    sending: SendOptions = SendOptions()
    chosen: frozenset[Address] = frozenset()
    """The owned objects to check."""
    canaries: tuple[Canary, ...] = ()
    patience: float | None = None
    """Seconds to wait for receipts, in place of each canary's deadline."""
    receipts: Mapping[str, Receipts] = field(default_factory=dict)
    """Receipts from collected callbacks, by provider."""
