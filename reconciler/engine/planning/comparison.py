"""Compares one desired resource with what is live and what state remembers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from reconciler.engine.blocked import Blocked, NotRead, Unreadable
from reconciler.engine.diff.members import member_change, replacing_members
from reconciler.engine.diff.rows import row_after
from reconciler.engine.live.absence import Absence
from reconciler.engine.live.index import LiveIndex, Match
from reconciler.engine.planning.adoption import Adoption
from reconciler.engine.planning.deliveries import Deliveries, look, refuse_taken
from reconciler.engine.planning.desired import Desired, Identities, desired_of
from reconciler.engine.planning.differing import Differ
from reconciler.engine.planning.match import Matcher
from reconciler.engine.planning.notes import notes_of
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.planning.renewal import Renewal
from reconciler.engine.planning.result import Planned
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import Action, Change
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Resource
from reconciler.providers.kind import Kind
from reconciler.providers.left import LEAVING, LEFT, UNLISTED


class Comparison(Struct, frozen=True, kw_only=True):
    """Compares resources in dependency order, so that parents are known before children."""

    workspace: Workspace
    index: LiveIndex
    rows: Mapping[Address, OwnedObject]
    known: Identities
    absence: Absence
    out: Planned
    sealed: frozenset[Address]
    """Whose secrets wait in the journal: their sinks are served before this plan is carried out."""
    differ: Differ
    matcher: Matcher
    adoption: Adoption
    renewal: Renewal

    @classmethod
    def of(
        cls,
        workspace: Workspace,
        options: PlanOptions,
        *,
        index: LiveIndex,
        rows: Mapping[Address, OwnedObject],
        known: Identities,
        absence: Absence,
        out: Planned,
        sealed: frozenset[Address] = frozenset(),
    ) -> Comparison:
        """Index what every comparison needs."""
        ids = {address: row.remote_id for address, row in rows.items()}
        differ = Differ(workspace=workspace, known=known, ids=ids)
        owners = {
            (address.provider, address.kind, row.remote_id): address
            for some in (workspace.store.objects(), rows)
            for address, row in some.items()
        }
        return cls(
            workspace=workspace,
            index=index,
            rows=rows,
            known=known,
            absence=absence,
            out=out,
            sealed=sealed,
            differ=differ,
            matcher=Matcher(
                workspace=workspace, index=index, absence=absence, differ=differ, owners=owners
            ),
            adoption=Adoption(
                workspace=workspace,
                options=options,
                index=index,
                differ=differ,
                watches={watch.address: watch for watch in workspace.store.watches()},
                owned_ids=_by_place(rows),
            ),
            renewal=Renewal(workspace=workspace, options=options, actions=out.actions),
        )

    def compare(self, resource: Resource) -> None:
        """Plan one resource; whatever stops it is remembered as blocked."""
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
        kind = self.workspace.kind(resource.address)
        match = self.matcher.match(resource, desired, owned)
        ours = owned if match.ours else None
        sinks = self._deliveries(resource, desired, ours, match.live)
        if (
            ours
            and match.live
            and not sinks.again
            and _in_step(resource, desired, ours, match.live)
        ):
            self.known.bind(resource.address, ours.remote_id)
            self.out.unchanged += 1
            self.out.findings += sinks.findings
            return
        if owned is not None and not match.ours:
            self.absence.gone(resource.address)
        change = sinks.upon(self._change(resource, desired, ours, match))
        if owned is not None and not match.ours and match.live is None:
            change = replace(change, owned=owned, reason="missing")
        if owned is not None and match.ours:
            change = self.renewal.decide(kind, change, owned)
            if change.live is not None:
                self.absence.whole(change.address, change.live)
        if kind.sinks:
            refuse_taken(self.workspace, change)
        if change.action is not Action.REPLACE:
            self.out.findings += sinks.findings
        self._collect(kind, change)

    def _deliveries(
        self,
        resource: Resource,
        desired: Desired,
        ours: OwnedObject | None,
        live: LiveObject | None,
    ) -> Deliveries:
        if ours is None or live is None or not ours.applied or ours.address in self.sealed:
            return Deliveries()
        return look(self.workspace, resource, desired.fields, ours, live)

    def _change(
        self, resource: Resource, desired: Desired, owned: OwnedObject | None, match: Match
    ) -> Change:
        kind = self.workspace.kind(resource.address)
        fields = self.differ.differences(resource.address, desired, owned, match)
        doubted = partial(self.absence.doubts_members, resource.address)
        members = member_change(self.workspace, resource, owned, match.live, doubted=doubted)
        if owned is not None and members is not None and any(f.replaces for f in fields):
            successor = self.index.find(resource.address, None, desired.key).live
            members = replacing_members(
                self.workspace, resource, match.live, successor, doubted=doubted
            )
        change = Change(
            address=resource.address,
            action=Action.CREATE,
            reason="manifest",
            references=_targets(resource),
            origin=resource.origin,
            fields=tuple(fields),
            members=members,
            desired=desired.fields,
            managed=desired.managed,
            resets=desired.resets,
            key=desired.key,
            live=match.live,
            owned=owned,
            lifecycle=resource.lifecycle,
            labels=resource.labels,
            manifest=resource.manifest,
        )
        return change if owned is not None else self.adoption.decide(kind, change)

    def _collect(self, kind: Kind, change: Change) -> None:
        address = change.address
        if change.action in {Action.NONE, Action.UPDATE, Action.ADOPT} and change.live is not None:
            identifier = change.owned.remote_id if change.owned else change.live.id
            self.known.bind(address, identifier)
        if change.action is Action.NONE:
            self.out.unchanged += 1
            self._refresh(kind, change)
            return
        notes = notes_of(self.workspace.provider(address), kind, change)
        self.out.add(replace(change, notes=notes))

    def _refresh(self, kind: Kind, change: Change) -> None:
        owned = change.owned
        if owned is None:
            return
        extra = {**owned.extra, **(change.live.extra if change.live else {})}
        fresh = row_after(
            change,
            kind=kind,
            remote_id=owned.remote_id,
            extra=extra,
            desired=change.desired,
            digest=self.workspace.store.digest,
        )
        if fresh != owned:
            self.out.refresh.append(fresh)
            told = replace(
                fresh,
                extra=owned.extra,
                key=owned.key,
                labels=owned.labels,
                manifest=owned.manifest,
            )
            self.out.restated += told != owned


def _by_place(rows: Mapping[Address, OwnedObject]) -> dict[tuple[str, str], frozenset[str]]:
    ids: dict[tuple[str, str], set[str]] = {}
    for address, row in rows.items():
        ids.setdefault((address.provider, address.kind), set()).add(row.remote_id)
    return {place: frozenset(each) for place, each in ids.items()}


def _in_step(resource: Resource, desired: Desired, owned: OwnedObject, live: LiveObject) -> bool:
    """Tell quickly, as of nearly all, that manifest, live object and state row are the same.

    What is false here may still turn out to be no difference: write-only fields, line endings.
    """
    fields = {name: desired.fields[name] for name in desired.managed}
    return (
        owned.applied == fields
        and fields.items() <= live.fields.items()
        and live.extra.items() <= owned.extra.items()
        and owned.key == desired.key
        and owned.protect == resource.lifecycle.protect
        and owned.on_remove is resource.lifecycle.on_remove
        and owned.depends_on == _targets(resource)
        and owned.manifest == resource.manifest
        and owned.labels == resource.labels
        and not (desired.resets or live.conflicts or owned.deposed or owned.needs_delivery)
        and not {LEFT, LEAVING, UNLISTED} & owned.extra.keys()
    )


def _targets(resource: Resource) -> tuple[Address, ...]:
    return tuple(dict.fromkeys(r.target for r in resource.references))
