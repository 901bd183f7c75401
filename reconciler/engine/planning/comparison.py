"""Compares one desired resource with what is live and what state remembers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from msgspec.structs import replace

from reconciler.engine.blocked import Blocked, NotRead, Unreadable, refuse_unknown
from reconciler.engine.diff.members import member_change, replacing_members
from reconciler.engine.diff.rows import row_after
from reconciler.engine.live.absence import Absence
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.planning.adoption import Adoption
from reconciler.engine.planning.deliveries import Deliveries, look, refuse_taken
from reconciler.engine.planning.desired import Identities, desired_of
from reconciler.engine.planning.difference import Difference, Unchanged
from reconciler.engine.planning.differing import Differ
from reconciler.engine.planning.match import Matcher, Nothing, Ours, Unmanaged
from reconciler.engine.planning.notes import notes_of
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.planning.renewal import Renewal
from reconciler.engine.planning.result import Planned
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address, CollectionKey
from reconciler.model.change import Adopt, Create, Desired, Making, Replace, Update
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Resource
from reconciler.model.review import Review
from reconciler.model.values import JsonValue
from reconciler.providers.carried_over import LEAVING, LEFT, UNLISTED
from reconciler.providers.kind import Kind


class Comparison:
    """Compares resources in dependency order, so that parents are known before children."""

    def __init__(
        self,
        workspace: Workspace,
        options: PlanOptions,
        *,
        index: LiveIndex,
        rows: Mapping[Address, OwnedObject],
        known: Identities,
        absence: Absence,
        out: Planned,
        sealed: frozenset[Address] = frozenset(),
    ) -> None:
        """Index what every comparison needs.

        The secrets of `sealed` wait in the journal: their sinks are served before this plan is
        carried out.
        """
        self.workspace = workspace
        self.index = index
        self.rows = rows
        self.known = known
        self.absence = absence
        self.out = out
        self.sealed = sealed
        ids = {address: row.remote_id for address, row in rows.items()}
        self.differ = Differ(workspace=workspace, known=known, ids=ids)
        owners = {
            (address.provider, address.kind, row.remote_id): address
            for some in (workspace.store.objects(), rows)
            for address, row in some.items()
        }
        self.matcher = Matcher(
            workspace=workspace, index=index, absence=absence, differ=self.differ, owners=owners
        )
        self.adoption = Adoption(
            workspace=workspace,
            options=options,
            index=index,
            differ=self.differ,
            watches={watch.address: watch for watch in workspace.store.watches()},
            owned_ids=_by_collection(rows),
        )
        self.renewal = Renewal(workspace=workspace, options=options, actions=out.actions)

    def compare(self, resource: Resource) -> None:
        """Plan one resource; if that is not possible, record it as blocked."""
        address = resource.address
        owned = self.rows.get(address)
        desired = desired_of(self.workspace, resource, owned, self.known)
        self.known.keys[address] = desired.key
        try:
            self._unblocked(resource)
            self._plan(resource, desired, owned)
        except Blocked as reason:
            self.out.block(address, reason, origin=resource.origin)
            if owned is not None:
                self.known.bind(address, owned.remote_id)

    def _unblocked(self, resource: Resource) -> None:
        if resource.address in self.out.blocked:
            raise Blocked(self.out.blocked[resource.address])
        for reference in resource.references:
            if reference.target in self.out.blocked:
                reason = f"it refers to {reference.target}, which cannot be planned"
                if reference.target in self.out.unread:
                    raise NotRead(reason, error=self.out.unread[reference.target])
                raise Unreadable(reason)

    def _plan(self, resource: Resource, desired: Desired, owned: OwnedObject | None) -> None:
        match self.matcher.match(resource, desired, owned):
            case Ours(live=live, row=row):
                self._keep(resource, desired, live, row)
            case Unmanaged(live=live, lost=lost):
                self._accept_loss(lost)
                self._take_over(resource, desired, live)
            case Nothing(lost=lost):
                self._accept_loss(lost)
                self._create(resource, desired, lost)

    def _keep(
        self, resource: Resource, desired: Desired, live: LiveObject, owned: OwnedObject
    ) -> None:
        """Plan for a live object that we own."""
        address = resource.address
        sinks = self._deliveries(resource, desired, live, owned)
        if not sinks.again and _in_step(desired, live, owned):
            self.known.bind(address, owned.remote_id)
            self.out.unchanged += 1
            self.out.findings += sinks.findings
            return
        found = sinks.upon(self._owned_difference(resource, desired, live, owned))
        kind = self.workspace.kind(address)
        change = self.renewal.decide(kind, found, live, owned)
        refuse_unknown(self.absence.doubt_incomplete(address, live))
        if isinstance(change, Replace):
            self._collect(kind, change)
            return
        if isinstance(change, Update):
            self._collect(kind, change)
        else:
            self._unchanged(kind, change)
        self.known.bind(address, owned.remote_id)
        self.out.findings += sinks.findings

    def _accept_loss(self, lost: OwnedObject | None) -> None:
        if lost:
            refuse_unknown(self.absence.doubt_gone(lost.address))

    def _create(self, resource: Resource, desired: Desired, lost: OwnedObject | None) -> None:
        """Plan for a missing object; `lost` is the row of one that we owned and that is gone."""
        address, kind = resource.address, self.workspace.kind(resource.address)
        found = Difference(
            address=address,
            desired=desired,
            fields=self.differ.all_fields(address, desired),
            members=member_change(self.workspace, resource, None, None),
        )
        self._collect(kind, self.adoption.create(kind, found, lost))

    def _take_over(self, resource: Resource, desired: Desired, live: LiveObject) -> None:
        """Plan for a live object that is unmanaged."""
        address, kind = resource.address, self.workspace.kind(resource.address)
        doubted = partial(self.absence.doubts_members, address)
        found = Difference(
            address=address,
            desired=desired,
            fields=self.differ.differences(address, desired, {}, live),
            members=member_change(self.workspace, resource, None, live, doubted=doubted),
        )
        change = self.adoption.take_over(kind, found, live)
        self._collect(kind, change)
        if isinstance(change, Adopt):
            self.known.bind(address, live.id)

    def _deliveries(
        self, resource: Resource, desired: Desired, live: LiveObject, owned: OwnedObject
    ) -> Deliveries:
        if not owned.applied or owned.address in self.sealed:
            return Deliveries()
        return look(self.workspace, resource, desired.fields, owned, live)

    def _owned_difference(
        self, resource: Resource, desired: Desired, live: LiveObject, owned: OwnedObject
    ) -> Difference:
        address = resource.address
        fields = self.differ.differences(address, desired, owned.applied, live)
        doubted = partial(self.absence.doubts_members, address)
        members = member_change(self.workspace, resource, owned, live, doubted=doubted)
        if members and any(f.replaces for f in fields):
            named = self.index.named(address, desired.key)
            successor = named[0] if len(named) == 1 else None
            members = replacing_members(self.workspace, resource, live, successor, doubted=doubted)
        return Difference(address=address, desired=desired, fields=fields, members=members)

    def _collect(self, kind: Kind, change: Making) -> None:
        if kind.sinks:
            refuse_taken(self.workspace, change)
        notes = notes_of(self.workspace.provider(change.address), kind, change)
        if not isinstance(change, Create):
            change = replace(change, whole=self.differ.whole(kind, change))
        self.out.add(replace(change, notes=notes))

    def _unchanged(self, kind: Kind, found: Unchanged) -> None:
        """Count an unchanged object, and bring its row up to date."""
        self.out.unchanged += 1
        owned = found.owned
        row = row_after(
            owned.address,
            found.desired,
            kind=kind,
            before=owned,
            remote_id=owned.remote_id,
            extra=_extra_now(owned, found.live),
            digest=self.workspace.store.digest,
        )
        if row != owned:
            self.out.refresh.append(row)
            told = replace(
                row,
                extra=owned.extra,
                key=owned.key,
                labels=owned.labels,
                manifest=owned.manifest,
            )
            self.out.restated += told != owned


def _extra_now(owned: OwnedObject, live: LiveObject) -> dict[str, JsonValue]:
    """Return the `extra` of a row, with what the live object shows now."""
    extra = {**owned.extra, **live.extra}
    return extra if live.review is None else live.review.on(extra)


def _by_collection(rows: Mapping[Address, OwnedObject]) -> dict[CollectionKey, frozenset[str]]:
    ids: dict[CollectionKey, set[str]] = {}
    for address, row in rows.items():
        ids.setdefault((address.provider, address.kind), set()).add(row.remote_id)
    return {key: frozenset(each) for key, each in ids.items()}


def _in_step(desired: Desired, live: LiveObject, owned: OwnedObject) -> bool:
    """Tell whether manifest, live object and state row are plainly the same: the quick, usual case.

    If not, there may still be no difference: write-only fields, line endings.
    """
    fields = {name: desired.fields[name] for name in desired.managed}
    return (
        owned.applied == fields
        and fields.items() <= live.fields.items()
        and live.extra.items() <= owned.extra.items()
        and (live.review is None or live.review == Review.remembered(owned.extra))
        and owned.key == desired.key
        and owned.protect == desired.lifecycle.protect
        and owned.on_remove is desired.lifecycle.on_remove
        and owned.depends_on == desired.references
        and owned.manifest == desired.manifest
        and owned.labels == desired.labels
        and not (desired.resets or live.conflicts or owned.deposed or owned.needs_delivery)
        and not {LEFT, LEAVING, UNLISTED} & owned.extra.keys()
    )
