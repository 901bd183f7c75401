"""Secrets of what is imported: delivered where the provider still shows them, else unknown."""

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
    """Brings secrets to their places, and knows which of them this import wrote.

    They stay there when the import fails: a place taken away may be one that somebody has begun to
    use. The next import finds them as they are, and writes nothing.
    """

    def __init__(self, workspace: Workspace) -> None:
        """Begin with none."""
        self._workspace = workspace
        self._written: list[str] = []

    async def deliver_shown(
        self, rows: Mapping[Address, OwnedObject], found: Mapping[Address, LiveObject]
    ) -> dict[Address, OwnedObject]:
        """Bring secrets that lists show to their places; return the rows that know of it.

        Where a place holds the same already, as after a run that was killed, nothing is written.
        Raises `SinkError` where something else is there.
        """
        return {
            address: await self._delivered(row, found[address].secrets)
            for address, row in rows.items()
        }

    def told_in(self, error: ReconcilerError) -> None:
        """Say in an error which secrets stay where they were brought."""
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
                if await asyncio.to_thread(_bring, place, shown):
                    self._written.append(f"{row.address}: its secret was delivered to {place}")
                digests |= delivered(self._workspace, name, shown)
        return replace(row, delivered=digests) if digests else row


def _bring(place: SecretPlace, shown: Mapping[str, Secret]) -> bool:
    """Deliver, and tell whether anything was written."""
    sink = place.sink
    if sink.holds(shown):
        return False
    sink.probe()
    if sink.is_taken():
        raise taken(sink.describe())
    sink.deliver(shown, overwrite=False)
    return True
