"""Secrets of what is imported: delivered where the provider still shows them, else unknown."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from msgspec.structs import replace

from reconciler.engine.live.delivered import SecretPlace, delivered, shown_secrets
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.secret import Secret
from reconciler.sinks.base import taken


async def deliver_shown(
    workspace: Workspace, rows: Mapping[Address, OwnedObject], found: Mapping[Address, LiveObject]
) -> dict[Address, OwnedObject]:
    """Bring secrets that lists show to their places; return the rows that know of it.

    Where a place holds the same already, as after a run that was killed, nothing is written. Raises
    `SinkError` where something else is there.
    """
    return {
        address: await _delivered(workspace, row, found[address].secrets)
        for address, row in rows.items()
    }


async def _delivered(
    workspace: Workspace, row: OwnedObject, secrets: Mapping[str, Secret]
) -> OwnedObject:
    digests: dict[str, str] = {}
    for name in workspace.kind(row.address).sinks:
        value, shown = row.applied.get(name), shown_secrets(secrets, name)
        if isinstance(value, dict) and shown:
            place = SecretPlace(workspace=workspace, row=row, field=name, value=value)
            await asyncio.to_thread(_bring, place, shown)
            digests |= delivered(workspace, name, shown)
    return replace(row, delivered=digests) if digests else row


def _bring(place: SecretPlace, shown: Mapping[str, Secret]) -> None:
    sink = place.sink
    if sink.holds(shown):
        return
    sink.probe()
    if sink.is_taken():
        raise taken(sink.describe())
    sink.deliver(shown, overwrite=False)
