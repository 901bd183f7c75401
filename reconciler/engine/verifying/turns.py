"""Knows what was sent so far, by canary and account; locks an account while one is decided on."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from reconciler.engine.verifying.due import Standing
from reconciler.model.canary import Canary
from reconciler.model.resource import CanaryBudget
from reconciler.model.verification import CanarySend, CheckStatus


class Turns:
    """The sendings of earlier runs and of this one."""

    def __init__(self, sends: Sequence[CanarySend]) -> None:
        """Start from the sendings of earlier runs, the oldest first."""
        self._sends = list(sends)
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def lock(self, provider: str) -> asyncio.Lock:
        """Return the lock that keeps two canaries from spending the same part of a budget."""
        return self._locks[provider]

    def take(self, sending: CanarySend) -> None:
        """Count a sending that is about to leave."""
        self._sends.append(sending)

    def standing(
        self, canary: Canary, sending: CanarySend, budget: CanaryBudget, *, advertising: bool
    ) -> Standing:
        """Return what to base the decision about the next `sending` of a canary on."""
        account = canary.address.provider
        left = [each for each in self._sends if each.status is not CheckStatus.SKIPPED]
        return Standing(
            canary=canary,
            budget=budget,
            past=[each for each in left if each.canary == canary.address],
            sent=[each.sent_at for each in left if each.canary.provider == account],
            object_digest=sending.object_digest,
            recipient_digest=sending.recipient_digest,
            advertising=advertising,
            now=sending.sent_at,
        )
