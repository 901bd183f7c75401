"""Compares sinks with the keyed digests of the secrets that were delivered to them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from reconciler.engine.workspace import Workspace
from reconciler.errors import NotSent, Rejected, SinkError
from reconciler.model.address import Address
from reconciler.model.change import Change, owned_by
from reconciler.model.owned import OwnedObject
from reconciler.model.secret import Secret
from reconciler.model.values import Fields, JsonValue
from reconciler.sinks.base import Document, Sink
from reconciler.sinks.registry import ADOPT, place_in, sink_for

_MANY = 1_000_000
_NOTHING_CAME = frozenset({"", NotSent.code, Rejected.code})
"""Outcomes of intents (none yet, not sent, refused) that have brought no secret to a sink."""


class Condition(StrEnum):
    """What became of a secret that was delivered to a place."""

    WHOLE = "is there"
    MISSING = "is missing"
    CHANGED = "has another content"
    UNKNOWN = "cannot be read"


class SecretPlace(Struct, frozen=True, kw_only=True):
    """A place in a sink for the secret of one sink field of one owned object."""

    workspace: Workspace
    row: OwnedObject
    field: str
    value: Mapping[str, JsonValue]

    @property
    def digests(self) -> dict[str, str]:
        """The digests of the delivered parts, by part; empty for deliveries of older versions."""
        prefix = f"{self.field}."
        return {
            name.removeprefix(prefix): digest
            for name, digest in self.row.delivered.items()
            if name.startswith(prefix)
        }

    @property
    def sink(self) -> Sink:
        """The sink of the place; raises `SinkError`."""
        return sink_for(self.value, self.workspace.sink_root)

    def __str__(self) -> str:
        """Describe the place for people."""
        try:
            return self.sink.describe()
        except SinkError:
            return self.field

    def document(self) -> Document | None:
        """Return the content of the place if it is exactly what was delivered, else `None`."""
        digests = self.digests
        try:
            found = self.sink.read(digests.keys()) if digests else None
        except SinkError:
            return None
        return found if found and self._as_delivered(found) else None

    def condition(self) -> Condition:
        """Compare the content with what was delivered; without digests, any content counts."""
        digests = self.digests
        try:
            if not digests:
                return Condition.WHOLE if self.sink.is_taken() else Condition.MISSING
            found = self.sink.read(digests.keys())
        except SinkError:
            return Condition.UNKNOWN
        if not found:
            return Condition.MISSING
        return Condition.WHOLE if self._as_delivered(found) else Condition.CHANGED

    def _as_delivered(self, document: Document) -> bool:
        return delivered(self.workspace, self.field, document) == {
            f"{self.field}.{part}": digest for part, digest in self.digests.items()
        }

    def written_by_us(self) -> bool:
        """Tell by the journal whether this state may ever have delivered to the place.

        Intents count whose objects were later found absent: a run can die after a delivery.
        """
        return any(
            entry.intent.address == self.row.address
            and entry.intent.sinks.get(self.field) == self.value
            and entry.outcome not in _NOTHING_CAME
            for entry in self.workspace.store.journal(_MANY)
        )


def may_overwrite(
    workspace: Workspace, row: OwnedObject, field: str, value: Mapping[str, JsonValue]
) -> bool:
    """Tell whether a delivery may overwrite the content of a place.

    It may if we delivered there before, or if the manifest says `adopt: true` of that place;
    otherwise the content is not ours.
    """
    resource = workspace.configuration.resources.get(row.address)
    spec = resource.spec.get(field) if resource is not None else None
    adopts = isinstance(spec, dict) and spec.get(ADOPT) is True and place_in(spec) == value
    ours = row.applied.get(field) == value and field not in row.needs_delivery
    place = SecretPlace(workspace=workspace, row=row, field=field, value=value)
    return adopts or ours or place.document() is not None or place.written_by_us()


def row_of(change: Change) -> OwnedObject:
    """Return what state remembers of a change's object; for a new object, an empty row."""
    return owned_by(change) or OwnedObject(address=change.address, remote_id="")


def not_overwritten(workspace: Workspace, row: OwnedObject, fields: Fields) -> frozenset[str]:
    """Return the sink fields whose places may only be written to while they are empty."""
    return frozenset(
        name
        for name in workspace.kind(row.address).sinks
        if isinstance(value := fields.get(name), dict)
        and not may_overwrite(workspace, row, name, value)
    )


def delivered(workspace: Workspace, field: str, document: Document) -> dict[str, str]:
    """Return the keyed digests of a document, named `<sink field>.<part>`."""
    digest = workspace.store.digest
    return {
        f"{field}.{part}": digest(f"delivered {part}={secret.reveal()}")
        for part, secret in document.items()
    }


def places_of(workspace: Workspace, row: OwnedObject) -> list[SecretPlace]:
    """Return the places that hold the secrets of an owned object."""
    if not workspace.knows(row.address):
        return []
    return [
        SecretPlace(workspace=workspace, row=row, field=name, value=value)
        for name in workspace.kind(row.address).sinks
        if name not in row.needs_delivery and isinstance(value := row.applied.get(name), dict)
    ]


def shown_secrets(secrets: Mapping[str, Secret], field: str) -> dict[str, Secret]:
    """Return the secrets of one sink field by part; `secrets` are named `<sink field>.<part>`."""
    prefix = f"{field}."
    return {
        name.removeprefix(prefix): secret
        for name, secret in secrets.items()
        if name.startswith(prefix)
    }


def row_once_delivered(
    workspace: Workspace, row: OwnedObject, secrets: Mapping[str, Secret]
) -> OwnedObject:
    """Return the row as it is once `secrets` are in the sinks that the manifests name now."""
    applied, digests = dict(row.applied), dict(row.delivered)
    for name in workspace.kind(row.address).sinks:
        document = shown_secrets(secrets, name)
        if not document or name not in applied:
            continue
        place = desired_place(workspace, row.address, name)
        if place is not None:
            applied[name] = dict(place)
        digests |= delivered(workspace, name, document)
    return replace(row, applied=applied, delivered=digests)


def learn_delivered(workspace: Workspace) -> None:
    """Read all delivered secrets, so that they are masked if a provider repeats one."""
    for row in workspace.store.objects().values():
        for place in places_of(workspace, row):
            place.document()


def desired_place(
    workspace: Workspace, address: Address, field: str
) -> Mapping[str, JsonValue] | None:
    """Return the place that the manifest names now; `None` where there is no manifest."""
    resource = workspace.configuration.resources.get(address)
    value = resource.spec.get(field) if resource is not None else None
    return place_in(value) if isinstance(value, dict) else None
