"""Delivers one change's secrets, moves those whose place changes, and names dead ones."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from msgspec import Struct, field

from reconciler.engine.live.delivered import (
    SecretPlace,
    delivered,
    not_overwritten,
    places_of,
    row_of,
    shown_secrets,
)
from reconciler.engine.workspace import Workspace
from reconciler.engine.writing.delivery import deliver
from reconciler.model.change import Create, Delete, Making, Replace
from reconciler.model.secret import Secret
from reconciler.model.values import Fields
from reconciler.providers.kind import Kind


class Delivered(Struct, frozen=True, kw_only=True):
    """What was delivered."""

    digests: Mapping[str, str] = field(default_factory=dict)
    """For state, by `<sink field>.<part>`."""
    notes: tuple[str, ...] = ()


class SecretDelivery:
    """The secrets of one change."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        kind: Kind,
        change: Making,
    ) -> None:
        """Serve the sinks of one change."""
        self.workspace = workspace
        self.kind = kind
        self.change = change

    def secrets(self, told: Mapping[str, Secret]) -> dict[str, Secret]:
        """Return what is to be delivered: what answers told, else what is known of before."""
        secrets = dict(told)
        if isinstance(self.change, Create | Replace):
            return secrets
        changed = {each.path.split(".", 1)[0] for each in self.change.fields}
        for name in changed.intersection(self.kind.sinks):
            if not shown_secrets(secrets, name):
                known = self._shown(name) or self._lying_somewhere(name)
                secrets |= {f"{name}.{part}": secret for part, secret in known.items()}
        return secrets

    def _shown(self, name: str) -> Mapping[str, Secret]:
        live = self.change.live
        return {} if live is None else shown_secrets(live.secrets, name)

    def _lying_somewhere(self, name: str) -> Mapping[str, Secret]:
        """Return the secret from the place where it was delivered, or to which it is moved."""
        old = self._old(name)
        value = self.change.desired.fields.get(name)
        if old is None or not isinstance(value, dict):
            return {}
        new = SecretPlace(workspace=self.workspace, row=old.row, field=name, value=value)
        return new.document() or old.document() or {}

    def _old(self, name: str) -> SecretPlace | None:
        places = places_of(self.workspace, row_of(self.change))
        return next((place for place in places if place.field == name), None)

    async def deliver(self, desired: Fields, secrets: Mapping[str, Secret]) -> Delivered:
        """Deliver, read back, and only then take away what was moved. Raises `SinkError`."""
        if not secrets:
            return Delivered()
        row = row_of(self.change)
        keep = not_overwritten(self.workspace, row, desired)
        await deliver(desired, secrets, self.workspace.sink_root, keep=keep)
        digests: dict[str, str] = {}
        notes: list[str] = []
        for name in self.kind.sinks:
            document, value = shown_secrets(secrets, name), desired.get(name)
            if document and isinstance(value, dict):
                digests |= delivered(self.workspace, name, document)
                place = SecretPlace(workspace=self.workspace, row=row, field=name, value=value)
                notes.append(f"its {self.kind.field(name).delivers} went to {place}")
                await asyncio.to_thread(self._take_away, name, value, document)
        return Delivered(digests=digests, notes=tuple(notes))

    def _take_away(self, name: str, value: Fields, document: Mapping[str, Secret]) -> None:
        """Remove the old copy of a secret that was moved."""
        old = self._old(name)
        if old is None or old.value == value or old.document() != document:
            return
        old.sink.remove(document.keys())


def dead_secrets(workspace: Workspace, change: Delete | Replace) -> tuple[str, ...]:
    """Name the places that still hold a secret that no longer works."""
    places = places_of(workspace, change.owned) if change.live else []
    kept = change.desired.fields if isinstance(change, Replace) else {}
    kind = workspace.kind(change.address)
    return tuple(
        f"{place} still holds the deleted {kind.field(place.field).delivers}"
        for place in places
        if kept.get(place.field) != place.value and place.document() is not None
    )
