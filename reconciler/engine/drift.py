"""Compares live state with what was last applied: what somebody changed by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.engine.blocked import Unreadable, not_read
from reconciler.engine.diff.fields import came_back, keep, same
from reconciler.engine.diff.members import EXCLUSIVE
from reconciler.engine.diff.shown import NameOf, main_fields, shown
from reconciler.engine.live.absence import (
    NOTHING_KNOWN,
    Absence,
    Earlier,
    TooEarly,
)
from reconciler.engine.live.delivered import (
    Place,
    Standing,
    acquaint,
    delivered,
    places_of,
    shown_secrets,
)
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.live.observer import Selection, observe, places
from reconciler.engine.planning.accounts import check_accounts
from reconciler.engine.planning.deliveries import way_out
from reconciler.engine.planning.frame import Choice
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.planning.planner import waited_for
from reconciler.engine.planning.unread import unread
from reconciler.engine.settling import unsettled
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import Cause, FieldChange, MemberChange
from reconciler.model.finding import POSSIBLE_DUPLICATE, Finding
from reconciler.model.live import LiveObject, Observation
from reconciler.model.numbers import NumberSet
from reconciler.model.owned import OwnedObject, is_digest
from reconciler.model.personal import looks_like_number, mask_number
from reconciler.model.plan import Extent, Unread
from reconciler.model.result import Drift, DriftStatus
from reconciler.model.values import JsonValue
from reconciler.providers.kind import Capability, Field, Kind
from reconciler.providers.task import Progress, no_progress


class DriftReport(Struct, frozen=True, kw_only=True):
    """All drift of one run."""

    drift: tuple[Drift, ...]
    findings: tuple[Finding, ...] = ()
    blocked: Mapping[Address, str] = field(default_factory=dict)
    """Owned objects that could not be compared, and why."""
    unread: tuple[Unread, ...] = ()
    """Why accounts could not be read; the addresses are among the blocked ones."""
    extent: Extent = Extent()

    @property
    def drifted(self) -> bool:
        """Tell whether anything is not as it was left; what cannot be read does not count."""
        return any(each.status is not DriftStatus.UNVERIFIABLE for each in self.drift) or any(
            finding.rule == POSSIBLE_DUPLICATE for finding in self.findings
        )


async def find_drift(
    workspace: Workspace,
    options: PlanOptions | None = None,
    *,
    unmanaged: bool = False,
    progress: Progress = no_progress,
) -> DriftReport:
    """Read live state and compare it with state. Writes nothing.

    The `options` choose what is looked at. With `unmanaged`, also lists live objects that state
    does not own, of every kind that can be listed. Raises `PlanRefused` when a provider name
    stands for another account than in state.
    """
    check_accounts(workspace)
    acquaint(workspace)
    rows = workspace.store.objects()
    choice = Choice(
        configuration=workspace.configuration, rows=rows, options=options or PlanOptions()
    )
    chosen = choice.owned()
    selection = Selection(
        desired=workspace.configuration.resources,
        owned=rows,
        collections=places(chosen) | (_everything(workspace) if unmanaged else frozenset()),
        whole=unmanaged,
        progress=progress,
    )
    observations, comparison, found = await _compared(workspace, selection, rows, chosen)
    index = LiveIndex(observations)
    if unmanaged:
        found.extend(_unmanaged(workspace, observations, rows))
    return DriftReport(
        drift=tuple(sorted(found, key=lambda each: each.address)),
        findings=(
            *(f for o in observations.values() for f in o.findings),
            *(f for f in unsettled.twins(workspace, rows, index) if f.address in chosen),
            *(f for f in unsettled.returned(workspace, rows, index) if f.address in chosen),
        ),
        blocked=comparison.blocked,
        unread=unread(workspace, comparison.unread),
        extent=choice.extent({}, chosen),
    )


async def _compared(
    workspace: Workspace,
    selection: Selection,
    rows: Mapping[Address, OwnedObject],
    chosen: frozenset[Address],
) -> tuple[Mapping[str, Observation], _Comparison, list[Drift]]:
    """Read and compare until nothing is missing, or two listings in a row lack the same."""
    earlier = NOTHING_KNOWN
    listings = 1
    while True:
        observations = await observe(workspace, selection)
        comparison = _Comparison(workspace, LiveIndex(observations), rows, earlier=earlier)
        found = comparison.compare_all(chosen)
        early = comparison.early
        if early is None:
            return observations, comparison, found
        listings += 1
        earlier = await waited_for(workspace, rows, early, listing=listings)


def _everything(workspace: Workspace) -> frozenset[tuple[str, str]]:
    return frozenset(
        (name, kind.name)
        for name, provider in workspace.providers.items()
        for kind in provider.kinds.values()
        if Capability.LIST in kind.capabilities
    )


class _Comparison:
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
        self._names = _names(rows)

    @property
    def early(self) -> TooEarly | None:
        """What to wait for before it may be called missing; mostly nothing."""
        known = self._absence
        return TooEarly(known.early, frozenset(known.missing)) if known.early else None

    def compare_all(self, chosen: frozenset[Address]) -> list[Drift]:
        """Return how the chosen objects differ, those that do."""
        rows = (row for address, row in self._rows.items() if address in chosen)
        return [drift for row in rows if (drift := self.compare(row)) is not None]

    def compare(self, row: OwnedObject) -> Drift | None:
        """Return how one object differs, `None` when it does not."""
        address = row.address
        if not self._workspace.knows(address):
            self.blocked[address] = f"no manifest says how to reach provider {address.provider}"
            return None
        collection = self._index.collection(address)
        if collection is None or not collection.complete:
            reason = not_read(address, collection)
            self.blocked[address] = str(reason)
            self.unread[address] = reason.error
            return None
        live = self._index.find(address, row, None).live
        try:
            if live is None:
                self._absence.gone(address)
                return self._drift(row, DriftStatus.MISSING)
            self._absence.whole(address, live)
        except Unreadable as reason:
            self.blocked[address] = str(reason)
            return None
        return self._difference(row, live)

    def _difference(self, row: OwnedObject, live: LiveObject) -> Drift | None:
        fields = tuple(self._fields(self._workspace.kind(row.address), row, live))
        members = self._members(row, live)
        changed = tuple(f for f in fields if f.cause is Cause.DRIFT)
        lost = tuple(_undelivered(self._workspace, row, live))
        if members is not None or changed:
            status = DriftStatus.CHANGED
            changed = (*changed, *lost)
        elif lost:
            status, changed = DriftStatus.UNDELIVERED, lost
        elif live.degraded:
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
            reason=live.degraded or self._way_out(row, live, lost),
        )

    def _way_out(self, row: OwnedObject, live: LiveObject, lost: Iterable[FieldChange]) -> str:
        """Return what brings secrets back to where they were delivered."""
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
            if declared.local or declared.members or name not in row.applied:
                continue
            if name not in live.fields:
                yield self._unreadable(declared, row)
                continue
            before, now = row.applied[name], live.fields[name]
            hidden = is_digest(before)
            if hidden and keep(declared, now, digest) == before:
                continue
            if came_back(self._applied_text(declared, row) if hidden else before, now):
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
        """Describe what no API gives back, by what was applied where the manifest still has it."""
        return FieldChange(
            path=declared.name,
            before=self._applied_still(declared, row),
            cause=Cause.UNVERIFIABLE,
            sensitive=declared.secret,
            unknown=not declared.secret,
        )

    def _applied_still(self, declared: Field, row: OwnedObject) -> JsonValue:
        if declared.secret:
            return None
        return self._show(declared, row, self._applied_text(declared, row))

    def _applied_text(self, declared: Field, row: OwnedObject) -> JsonValue:
        """Return what state has a digest of, where the manifest still has it."""
        resource = self._workspace.configuration.resources.get(row.address)
        if resource is None:
            return None
        fields = self._workspace.kind(row.address).canonical(resource.spec, row.address.name)
        value = fields.get(declared.name)
        digest = keep(declared, value, self._workspace.store.digest)
        return value if digest == row.applied[declared.name] else None

    def _show(self, declared: Field, row: OwnedObject, value: JsonValue) -> JsonValue:
        return shown(declared, value, _namer(row.address.provider, self._names))

    def _members(self, row: OwnedObject, live: LiveObject) -> MemberChange | None:
        if live.members is None:
            return None
        ours = self._workspace.store.members(row.address)
        exclusive = row.applied.get("mode") == EXCLUSIVE
        change = MemberChange(
            add=live.members - ours if exclusive else NumberSet(), remove=ours - live.members
        )
        return change if change.add or change.remove else None


def _namer(provider: str, names: Mapping[tuple[str, str, str], str]) -> NameOf:
    return lambda kind, identifier: names.get((provider, kind, identifier))


def _names(rows: Mapping[Address, OwnedObject]) -> dict[tuple[str, str, str], str]:
    return {(a.provider, a.kind, row.remote_id): a.name for a, row in rows.items()}


def _unmanaged(
    workspace: Workspace,
    observations: Mapping[str, Observation],
    rows: Mapping[Address, OwnedObject],
) -> Iterator[Drift]:
    names = _names(rows)
    for name, observation in observations.items():
        for collection in observation.collections.values():
            for live in collection.objects:
                if live.address is not None and live.address in rows:
                    continue
                if (name, live.kind, live.id) in names or live.members is not None:
                    continue
                kind = workspace.providers[name].kinds[live.kind]
                yield Drift(
                    address=Address(name, live.kind, _safe(kind, live.name or live.key or live.id)),
                    status=DriftStatus.UNMANAGED,
                    id=_safe(kind, live.id),
                    fields=tuple(
                        _seen(kind, field)
                        for field in main_fields(kind, live.fields, _namer(name, names))
                    ),
                )


def _safe(kind: Kind, text: str) -> str:
    """Return what may be shown of an unmanaged object: a person's uid is often the phone number."""
    personal = any(field.personal for field in kind.fields)
    return mask_number(text) if personal and looks_like_number(text) else text


def _seen(kind: Kind, field: FieldChange) -> FieldChange:
    value = field.before
    return replace(
        field, before=None, after=_safe(kind, value) if isinstance(value, str) else value
    )


def _place_value(row: OwnedObject, name: str) -> Mapping[str, JsonValue]:
    value = row.applied.get(name)
    return value if isinstance(value, dict) else {}


def _undelivered(workspace: Workspace, row: OwnedObject, live: LiveObject) -> Iterator[FieldChange]:
    """Describe the sinks whose content is not what is the object's secret now."""
    for name in row.needs_delivery:
        place = Place(workspace=workspace, row=row, field=name, value=_place_value(row, name))
        yield FieldChange(
            path=name, before=str(place), after="(never delivered)", cause=Cause.DRIFT
        )
    for place in places_of(workspace, row):
        shown = delivered(workspace, place.field, shown_secrets(live.secrets, place.field))
        newer = any(row.delivered.get(name, digest) != digest for name, digest in shown.items())
        standing = place.standing()
        if newer or standing is not Standing.WHOLE:
            yield FieldChange(
                path=place.field,
                before=str(place),
                after="(the provider has another by now)" if newer else f"({standing})",
                cause=Cause.DRIFT,
            )
