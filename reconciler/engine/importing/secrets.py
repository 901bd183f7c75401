"""Delivers the secrets of imported objects that the provider still shows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from msgspec.structs import replace

from reconciler.engine.live.delivered import SecretPlace, delivered, shown_secrets
from reconciler.engine.workspace import Workspace
from reconciler.errors import ReconcilerError
from reconciler.model.address import Address
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.secret import Secret
from reconciler.sinks.base import taken


class Deliveries:
    """Delivers secrets to their places, and knows which of them this import wrote.

    They stay there if the import fails, since somebody may have begun to use them. The next import
    finds them in place and writes nothing.
    """

    def __init__(self, workspace: Workspace) -> None:
        """Begin without any delivery."""
        self._workspace = workspace
        self._written: list[str] = []

    async def deliver_shown(
        self, rows: Mapping[Address, OwnedObject], found: Mapping[Address, LiveObject]
    ) -> dict[Address, OwnedObject]:
        """Deliver the secrets that lists show; return the rows with the digests of them.

        Nothing is written to a place that holds the same secret, as after a killed run. Raises
        `SinkError` if it holds anything else.
        """
        return {
            address: await self._delivered(row, found[address].secrets)
            for address, row in rows.items()
        }

    def add_to(self, error: ReconcilerError) -> None:
        """Add to an error which secrets stay where they were delivered."""
        error.details = (*error.details, *self._written)
        if self._written:
            left = "The secrets that were delivered stay there; the next import goes on with them."
            error.hint = f"{error.hint} {left}".strip()

    async def _delivered(self, row: OwnedObject, secrets: Mapping[str, Secret]) -> OwnedObject:
        digests: dict[str, str] = {}
        for name in self._workspace.kind(row.address).sinks:
            value, shown = row.applied.get(name), shown_secrets(secrets, name)
            if isinstance(value, dict) and shown:
                place = SecretPlace(workspace=self._workspace, row=row, field=name, value=value)
                if await asyncio.to_thread(_deliver, place, shown):
                    self._written.append(f"{row.address}: its secret was delivered to {place}")
                digests |= delivered(self._workspace, name, shown)
        return replace(row, delivered=digests) if digests else row


def _deliver(place: SecretPlace, shown: Mapping[str, Secret]) -> bool:
    """Deliver a secret unless it is there; tell whether anything was written."""
    sink = place.sink
    if sink.holds(shown):
        return False
    sink.probe()
    if sink.is_taken():
        raise taken(sink.describe())
    sink.deliver(shown, overwrite=False)
    return True
