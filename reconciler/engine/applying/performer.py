"""Creates, updates and adopts objects, with their secrets and state rows."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from reconciler.engine.applying.creating import Creation
from reconciler.engine.applying.ledger import Ledger
from reconciler.engine.applying.making import Answered, nobody_waits
from reconciler.engine.applying.updating import Alteration
from reconciler.engine.settling.recovery import Sleep
from reconciler.model.address import CollectionKey
from reconciler.model.change import Adopt, Making, Update
from reconciler.model.journal import ANONYMOUS


class Performer:
    """Hands each change to `Creation` or `Alteration`."""

    def __init__(self, ledger: Ledger, *, sleep: Sleep) -> None:
        """Use the rows and writers of the ledger."""
        self._ledger = ledger
        self._sleep = sleep
        self._creating: defaultdict[CollectionKey, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def make(self, change: Making, *, answered: Answered = nobody_waits) -> tuple[str, ...]:
        """Create, update or adopt; returns notes for people.

        Raises `ProviderError` or `SinkError`; the journal then holds what the next run needs.
        """
        if isinstance(change, Update | Adopt):
            return await Alteration(self._ledger, change, answered).carry_out()
        creation = Creation(self._ledger, change, answered, sleep=self._sleep)
        if creation.kind.creation not in ANONYMOUS:
            return await creation.carry_out()
        async with self._alone(change):
            return await creation.carry_out()

    def _alone(self, change: Making) -> asyncio.Lock:
        """Return the lock that lets only one create of this kind run at a time.

        Without it, two new objects that differ in nothing but their ids could be mixed up.
        """
        return self._creating[change.address.provider, change.address.kind]
