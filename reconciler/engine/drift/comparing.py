"""Compares owned objects with what was last applied to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.engine.blocked import not_read
from reconciler.engine.diff.fields import is_trimmed, keep, same
from reconciler.engine.diff.shown import namer, names_of, shown
from reconciler.engine.live.absence import Absence, Earlier, LookAgain
from reconciler.engine.live.delivered import (
    Condition,
    SecretPlace,
    delivered,
    places_of,
    shown_secrets,
)
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.live.review_findings import rejected
from reconciler.engine.live.reviews import is_held_back
from reconciler.engine.planning.deliveries import way_out
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import Cause, FieldChange, MemberChange
from reconciler.model.live import LiveObject
from reconciler.model.numbers import NumberSet
from reconciler.model.owned import OwnedObject, is_digest
from reconciler.model.result import Drift, DriftStatus
from reconciler.model.untold import Untold
from reconciler.model.values import JsonValue
from reconciler.providers.kind import Field, Kind


class DriftComparison:
    """Compares rows of state with what is live."""

    def __init__(
        self,
        workspace: Workspace,
        index: LiveIndex,
        rows: Mapping[Address, OwnedObject],
        *,
        earlier: Earlier,
    ) -> None:
        self.blocked: dict[Address, str] = {}
        self.unread: dict[Address, str] = {}
        self._rows = rows
        self._workspace = workspace
        self._index = index
        self._absence = Absence(
            workspace=workspace, index=index, rows=rows, allow_empty_remote=True, earlier=earlier
        )
        self._names = names_of(rows)

    @property
    def look_again(self) -> LookAgain | None:
        """What another listing has to confirm before an object may be reported as missing."""
        return self._absence.look_again

    def compare_all(self, chosen: frozenset[Address]) -> list[Drift]:
        """Return the drift of those chosen objects that differ."""
        rows = (row for address, row in self._rows.items() if address in chosen)
        return [drift for row in rows if (drift := self.compare(row)) is not None]

    def compare(self, row: OwnedObject) -> Drift | None:
        """Return the drift of one object; `None` if there is none or it is `blocked`."""
        address = row.address
        if not self._workspace.knows(address):
            self.blocked[address] = f"no manifest says how to reach provider {address.provider}"
            return None
        collection = self._index.collection(address)
        if not collection.complete:
            reason = not_read(address, collection.error)
            self.blocked[address] = str(reason)
            self.unread[address] = reason.error
            return None
        live = self._index.owned(address, row.remote_id)
        unknown = (
            self._absence.doubt_incomplete(address, live)
            if live
            else self._absence.doubt_gone(address)
        )
        if unknown:
            self.blocked[address] = unknown
            return None
        return self._difference(row, live) if live else self._drift(row, DriftStatus.MISSING)

    def _difference(self, row: OwnedObject, live: LiveObject) -> Drift | None:
        fields = tuple(self._fields(self._workspace.kind(row.address), row, live))
        members = self._members(row, live)
        changed = tuple(f for f in fields if f.cause is Cause.DRIFT)
        lost = tuple(_undelivered(self._workspace, row, live))
        degraded = live.degraded or rejected(live)
        if members is not None or changed:
            status = DriftStatus.CHANGED
            changed = (*changed, *lost)
        elif lost:
            status, changed = DriftStatus.UNDELIVERED, lost
        elif degraded:
            status = DriftStatus.DEGRADED
        elif fields:
            status = DriftStatus.UNVERIFIABLE
        else:
            return None
        return self._drift(
            row,
            status,
            fields=changed or fields,
            members=members,
            reason=degraded or self._way_out(row, live, lost),
        )

    def _way_out(self, row: OwnedObject, live: LiveObject, lost: Iterable[FieldChange]) -> str:
        """Say how to bring lost secrets back to the places where they were delivered."""
        if untold := Untold.of(row):
            return untold.way_out
        kind = self._workspace.kind(row.address)
        ways = {
            "`reconciler apply` delivers it again"
            if each.path in row.needs_delivery or shown_secrets(live.secrets, each.path)
            else way_out(kind): None
            for each in lost
        }
        return "; ".join(ways)

    def _drift(
        self,
        row: OwnedObject,
        status: DriftStatus,
        *,
        fields: tuple[FieldChange, ...] = (),
        members: MemberChange | None = None,
        reason: str = "",
    ) -> Drift:
        manifest = self._workspace.configuration.resources.get(row.address)
        return Drift(
            address=row.address,
            status=status,
            id=row.remote_id,
            origin=None if manifest is None else manifest.origin,
            fields=fields,
            members=members,
            reason=reason,
        )

    def _fields(self, kind: Kind, row: OwnedObject, live: LiveObject) -> Iterator[FieldChange]:
        digest = self._workspace.store.digest
        for declared in kind.fields:
            name = declared.name
            if declared.local or name in kind.set_fields or name not in row.applied:
                continue
            if name not in live.fields:
                yield self._unreadable(declared, row)
                continue
            before, now = row.applied[name], live.fields[name]
            hidden = is_digest(before)
            if hidden and keep(declared, now, digest) == before:
                continue
            if is_trimmed(self._applied_text(declared, row) if hidden else before, now):
                continue
            if hidden or not same(declared, before, now):
                yield FieldChange(
                    path=name,
                    before=None if hidden else self._show(declared, row, before),
                    after=None if declared.secret else self._show(declared, row, now),
                    cause=Cause.DRIFT,
                    sensitive=declared.secret,
                    unknown=hidden and not declared.secret,
                )

    def _unreadable(self, declared: Field, row: OwnedObject) -> FieldChange:
        """Describe a field that cannot be read; its value if the manifest has not changed it."""
        return FieldChange(
            path=declared.name,
            before=self._last_known(declared, row),
            cause=Cause.UNVERIFIABLE,
            sensitive=declared.secret,
            unknown=not declared.secret,
        )

    def _last_known(self, declared: Field, row: OwnedObject) -> JsonValue:
        if declared.secret:
            return None
        return self._show(declared, row, self._applied_text(declared, row))

    def _applied_text(self, declared: Field, row: OwnedObject) -> JsonValue:
        """Return the value of which state has a digest, if the manifest still has it."""
        resource = self._workspace.configuration.resources.get(row.address)
        if resource is None:
            return None
        fields = self._workspace.kind(row.address).canonical(resource.spec, row.address.name)
        value = fields.get(declared.name)
        digest = keep(declared, value, self._workspace.store.digest)
        return value if digest == row.applied[declared.name] else None

    def _show(self, declared: Field, row: OwnedObject, value: JsonValue) -> JsonValue:
        return shown(declared, value, namer(row.address.provider, self._names))

    def _members(self, row: OwnedObject, live: LiveObject) -> MemberChange | None:
        if live.members is None:
            return None
        ours = self._workspace.store.members(row.address)
        exclusive = self._workspace.kind(row.address).is_exclusive(row.applied)
        change = MemberChange(
            add=live.members - ours if exclusive else NumberSet(), remove=ours - live.members
        )
        return change if change.add or change.remove else None


def _place_value(row: OwnedObject, name: str) -> Mapping[str, JsonValue]:
    value = row.applied.get(name)
    return value if isinstance(value, dict) else {}


def _undelivered(workspace: Workspace, row: OwnedObject, live: LiveObject) -> Iterator[FieldChange]:
    """Describe the sinks that lack the object's secret or hold another one."""
    for name in row.needs_delivery:
        place = SecretPlace(workspace=workspace, row=row, field=name, value=_place_value(row, name))
        yield FieldChange(
            path=name, before=str(place), after="(never delivered)", cause=Cause.DRIFT
        )
    for place in places_of(workspace, row):
        shown = delivered(workspace, place.field, shown_secrets(live.secrets, place.field))
        newer = not is_held_back(workspace, row) and any(
            row.delivered.get(name, digest) != digest for name, digest in shown.items()
        )
        condition = place.condition()
        if newer or condition is not Condition.WHOLE:
            yield FieldChange(
                path=place.field,
                before=str(place),
                after="(the provider has another by now)" if newer else f"({condition})",
                cause=Cause.DRIFT,
            )
