"""Plans what becomes of delivered secrets: left, moved, delivered again, or mentioned as lost."""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.engine.blocked import Blocked
from reconciler.engine.live.delivered import (
    Condition,
    SecretPlace,
    delivered,
    may_overwrite,
    places_of,
    row_of,
    shown_secrets,
)
from reconciler.engine.planning.difference import Difference
from reconciler.engine.workspace import Workspace
from reconciler.errors import SinkError
from reconciler.model.change import Cause, FieldChange, Making
from reconciler.model.finding import UNDELIVERED, Finding, Severity
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Resource
from reconciler.model.values import Fields
from reconciler.providers.kind import Kind


class Deliveries(Struct, kw_only=True):
    """What is to be done at the sinks of one owned object."""

    again: list[FieldChange] = field(default_factory=list)
    """Sink fields whose secret is delivered again, as the provider shows it."""
    kept: list[str] = field(default_factory=list)
    """Sink fields whose place changes and whose secret stays."""
    notes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def upon(self, found: Difference) -> Difference:
        """Return a difference with these deliveries added."""
        fields = [
            replace(each, replaces=False) if each.path.split(".", 1)[0] in self.kept else each
            for each in found.fields
        ]
        if any(each.replaces for each in fields):  # a new secret is made in any case
            return found
        return replace(found, fields=(*fields, *self.again), notes=(*found.notes, *self.notes))


def look(
    workspace: Workspace, resource: Resource, desired: Fields, owned: OwnedObject, live: LiveObject
) -> Deliveries:
    """Compare the sinks of an owned object with what was delivered, and with the manifest."""
    found = Deliveries()
    for place in places_of(workspace, owned):
        target = desired.get(place.field)
        if target == place.value:
            _stays(found, place, resource, live)
        elif isinstance(target, dict):
            _moves(found, place, replace(place, value=target), live)
    return found


def _stays(found: Deliveries, place: SecretPlace, resource: Resource, live: LiveObject) -> None:
    shown = shown_secrets(live.secrets, place.field)
    condition = place.condition()
    known = place.digests
    newer = bool(shown and known) and not _is_delivered(place, live)
    if condition is Condition.WHOLE and not newer:
        return
    if shown:
        before = "the provider has another by now" if newer else f"({condition})"
        change = FieldChange(path=place.field, before=before, after=f"{place}", cause=Cause.DRIFT)
        found.again.append(change)
        return
    kind = place.workspace.kind(place.row.address)
    was = "its secret was delivered" if known else "its secret belongs"
    found.findings.append(
        Finding(
            severity=Severity.WARNING,
            rule=UNDELIVERED,
            message=f"{place} {condition}, where {was}; {way_out(kind)}",
            address=place.row.address,
            origin=resource.origin,
        )
    )


def way_out(kind: Kind) -> str:
    """Return what to do about a secret that is lost, and that the provider does not show."""
    if any(declared.name == "rotation" for declared in kind.fields):
        return "it was shown once: put it back, or change `rotation` to have a new one made"
    return "put it back by hand"


def _is_delivered(place: SecretPlace, live: LiveObject) -> bool:
    shown = shown_secrets(live.secrets, place.field)
    now = delivered(place.workspace, place.field, shown)
    return all(place.row.delivered.get(name) == digest for name, digest in now.items())


def _moves(found: Deliveries, old: SecretPlace, new: SecretPlace, live: LiveObject) -> None:
    if not old.digests:
        return
    what = old.workspace.kind(old.row.address).field(old.field).delivers
    current = not shown_secrets(live.secrets, old.field) or _is_delivered(old, live)
    if current and new.document() is not None:
        found.kept.append(old.field)
        found.notes.append(f"{new} holds the {what} already: it stays the same")
    elif current and old.document() is not None:
        found.kept.append(old.field)
        found.notes.append(f"moves the delivered {what} from {old} to {new}: it stays the same")
    elif shown_secrets(live.secrets, old.field):
        found.kept.append(old.field)
        found.notes.append(f"delivers the {what}, which the provider shows, to {new}")


def refuse_taken(workspace: Workspace, change: Making) -> None:
    """Raise `Blocked` where a delivery would overwrite what this state never wrote."""
    row = row_of(change)
    for name in workspace.kind(change.address).sinks:
        value = change.desired.fields.get(name)
        if not isinstance(value, dict):
            continue
        place = SecretPlace(workspace=workspace, row=row, field=name, value=value)
        try:
            taken = place.sink.is_taken()
        except SinkError:  # which the probe before any write explains
            continue
        if taken and not may_overwrite(workspace, row, name, value):
            reason = (
                f"{place} is there already and was not written by this state; name another place, "
                f"or if it may be written over: {place.field}: {{…, adopt: true}}"
            )
            raise Blocked(reason, fields=change.fields)
