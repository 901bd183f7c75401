"""Replaces the old object by the new one that stood beside it, once that is approved.

Until then the old one is in service: sinks hold what belongs to it, and what it refers to stays.
"""

from __future__ import annotations

from msgspec.structs import replace

from reconciler.engine.applying.ledger import Ledger
from reconciler.engine.applying.secret_delivery import SecretDelivery
from reconciler.model.change import Replace, Update
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.providers.kind import Kind
from reconciler.state.base import Put


def held_back(kind: Kind, row: OwnedObject, change: Update | Replace) -> OwnedObject:
    """Return the row of a new object while the old one is in service."""
    old = change.owned
    applied = {name: value for name, value in row.applied.items() if name not in kind.sinks}
    applied |= {name: old.applied[name] for name in kind.sinks if name in old.applied}
    return replace(
        row,
        applied=applied,
        delivered=old.delivered,
        depends_on=tuple(dict.fromkeys((*row.depends_on, *old.depends_on))),
    )


class Succession:
    """Hands over, then deletes."""

    def __init__(self, ledger: Ledger) -> None:
        """Go by what exists by now."""
        self.ledger = ledger

    async def complete(self, change: Update | Replace, live: LiveObject | None) -> tuple[str, ...]:
        """Serve the sinks with what the approved object shows, then delete the old ones.

        In this order: whoever reads a sink finds what works at every moment. Raises as `Performer`.
        """
        kind = self.ledger.workspace.kind(change.address)
        row = self.ledger.rows[change.address]
        delivery = SecretDelivery(
            workspace=self.ledger.workspace, kind=kind, change=replace(change, owned=row)
        )
        delivered = await delivery.deliver(
            change.desired.fields, live.secrets if live is not None else {}
        )
        sinks = {
            name: change.desired.fields[name]
            for name in kind.sinks
            if name in change.desired.managed and name in change.desired.fields
        }
        kept = {name: value for name, value in row.applied.items() if name not in kind.sinks}
        row = replace(
            row,
            applied=kept | sinks,
            delivered={**row.delivered, **delivered.digests},
            depends_on=change.desired.references,
        )
        await self.ledger.run.settle(Put(row=row))
        self.ledger.remember(row)
        for old in row.deposed:
            await self.ledger.delete_old(change, old)
        return delivered.notes
