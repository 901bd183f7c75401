"""Compares one desired resource with what is live and what state remembers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.engine.blocked import Blocked, NotRead, Undecided, Unreadable, not_read
from reconciler.engine.diff.fields import Display, Sides, differences
from reconciler.engine.diff.identity import refuse_swapped
from reconciler.engine.diff.members import member_change, replacing_members
from reconciler.engine.diff.rows import row_after
from reconciler.engine.diff.shown import shown
from reconciler.engine.live.absence import Absence
from reconciler.engine.live.index import LiveIndex, Match
from reconciler.engine.planning.deliveries import Deliveries, look, refuse_taken
from reconciler.engine.planning.desired import Desired, Identities, desired_of, settled
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.planning.result import Planned
from reconciler.engine.tasks import task_of
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import Action, Cause, Change, FieldChange
from reconciler.model.journal import ANONYMOUS, ANY_ID, Verb, Watch
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.plan import Candidate
from reconciler.model.resource import Resource
from reconciler.model.untold import Untold
from reconciler.model.values import Fields, is_pending
from reconciler.providers.kind import Kind
from reconciler.providers.left import LEAVING, LEFT, UNLISTED, Left

GAP = "the old object is deleted first, so for a moment there is none"


class Comparison(Struct, kw_only=True):
    """Compares resources in dependency order, so that parents are known before children."""

    workspace: Workspace
    options: PlanOptions
    index: LiveIndex
    rows: Mapping[Address, OwnedObject]
    known: Identities
    absence: Absence
    out: Planned
    sealed: frozenset[Address] = frozenset()
    """Whose secrets wait in the journal: their sinks are served before this plan is carried out."""
    watches: dict[Address, Watch] = field(default_factory=dict)
    owned_ids: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    owners: dict[tuple[str, str, str], Address] = field(default_factory=dict)
    """`(provider, kind, id)` to the address that owns it, also outside what is planned."""
    ids: dict[Address, str] = field(default_factory=dict)
    """The remote ids that state remembers, of what is there and what is not."""

    def __post_init__(self) -> None:
        """Index what every comparison needs."""
        self.watches = {watch.address: watch for watch in self.workspace.store.watches()}
        self.owners = {
            (address.provider, address.kind, row.remote_id): address
            for rows in (self.workspace.store.objects(), self.rows)
            for address, row in rows.items()
        }
        self.ids = {address: row.remote_id for address, row in self.rows.items()}
        ids: dict[tuple[str, str], set[str]] = {}
        for address, row in self.rows.items():
            ids.setdefault((address.provider, address.kind), set()).add(row.remote_id)
        self.owned_ids = {place: frozenset(each) for place, each in ids.items()}

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
        match = self._match(resource, desired, owned)
        if match.rivals:
            ids = ", ".join(live.id for live in match.rivals)
            reason = (
                f"several live objects are {match.rivals[0].name or desired.key} (ids {ids}); "
                "delete or rename all but one, or choose: "
                f"reconciler state resolve {resource.address} --adopt {match.rivals[0].id}"
            )
            raise Blocked(
                reason,
                candidates=self._candidates(
                    resource.address, desired.fields, desired.managed, match.rivals
                ),
            )
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
            change = self._against_state(kind, change, owned)
            if change.live is not None:
                self.absence.whole(change.address, change.live)
        if kind.sinks:
            refuse_taken(self.workspace, resource, change)
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

    def _match(self, resource: Resource, desired: Desired, owned: OwnedObject | None) -> Match:
        address = resource.address
        collection = self.index.collection(address)
        if collection is None or not collection.complete:
            raise not_read(address, collection)
        self.absence.no_outage(address)
        match = self.index.find(address, owned, desired.key)
        return match if match.ours else self._without_owned(address, match)

    def _without_owned(self, address: Address, match: Match) -> Match:
        """Leave out what other addresses own: it has this identity only until it is renamed."""
        found = (*match.rivals, *([match.live] if match.live else []))
        free = []
        for live in found:
            owner = self.owners.get((address.provider, address.kind, live.id), address)
            if owner == address or live.address is not None:
                free.append(live)
            elif owner not in self.workspace.configuration.resources:
                reason = (
                    f"the live object with this identity is {owner} in state (id {live.id}); if "
                    f"that was renamed: lifecycle: {{movedFrom: {owner.name}}} in this manifest"
                )
                raise Blocked(reason)
        if len(free) > 1:
            return Match(rivals=tuple(free))
        return Match(live=free[0]) if free else Match()

    def _change(
        self, resource: Resource, desired: Desired, owned: OwnedObject | None, match: Match
    ) -> Change:
        kind = self.workspace.kind(resource.address)
        fields = self._differences(resource.address, desired, owned, match)
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
        if owned is None and match.live is not None and match.live.members is None:
            return self._adoption(kind, change)
        if owned is None:
            return self._creation(kind, change)
        return change

    def _differences(
        self, address: Address, desired: Desired, owned: OwnedObject | None, match: Match
    ) -> list[FieldChange]:
        sides = Sides(
            desired=desired.fields,
            before={
                name: settled(value, address.provider, self.ids)
                for name, value in desired.fields.items()
                if is_pending(value)
            },
            managed=desired.managed | desired.resets,
            live=match.live.fields if match.live else None,
            applied=owned.applied if owned else None,
        )
        digest, show = self.workspace.store.digest, self._show(address.provider)
        return differences(self.workspace.kind(address), sides, digest=digest, show=show)

    def _show(self, provider: str) -> Display:
        """Return what shows the values of an account's resources: owned ones by name."""

        def name_of(kind: str, identifier: str) -> str | None:
            name = self.known.names.get((provider, kind, identifier))
            return name or self.known.live_key(provider, kind, identifier)

        return lambda declared, value: shown(declared, value, name_of)

    def _candidates(
        self,
        address: Address,
        desired: Fields,
        managed: frozenset[str],
        found: Sequence[LiveObject],
    ) -> tuple[Candidate, ...]:
        """Return how each of several live objects differs from the manifest."""
        kind, digest = self.workspace.kind(address), self.workspace.store.digest
        show = self._show(address.provider)
        sides = (
            Sides(desired=desired, managed=managed, live=live.fields, applied=None)
            for live in found
        )
        return tuple(
            Candidate(id=live.id, fields=tuple(differences(kind, side, digest=digest, show=show)))
            for live, side in zip(found, sides, strict=True)
        )

    def _adoption(self, kind: Kind, change: Change) -> Change:
        live = change.live
        allowed = self.options.adopt or change.lifecycle.adopt
        ours = {f.name for f in kind.fields if f.local}
        differing = [f for f in change.fields if f.path.split(".", 1)[0] not in ours]
        fixed = [f.path for f in differing if f.replaces]
        if fixed:
            reason = (
                f"a live object with this identity exists (id {live.id if live else ''}) and its "
                f"{', '.join(fixed)} cannot be changed; delete it by hand or choose another name"
            )
            raise Blocked(reason, fields=differing)
        conflicts = live.conflicts if live else ()
        if (differing or conflicts) and not allowed:
            what = "; ".join((*conflicts, *(f"{f.path} differs" for f in differing)))
            reason = (
                f"a live object with this identity exists that this state does not own ({what}); "
                "to take it over use --adopt, or lifecycle: {adopt: true} in its manifest"
            )
            raise Blocked(reason, fields=differing)
        return replace(change, action=Action.ADOPT, reason="exists already")

    def _creation(self, kind: Kind, change: Change) -> Change:
        if change.live is not None and change.members is not None and change.members.is_empty:
            reason = "exists already" if change.live.members else "nothing to add yet"
            return replace(change, action=Action.ADOPT, reason=reason)
        if change.live is None:
            self._no_twin(kind, change)
        return change

    def _no_twin(self, kind: Kind, change: Change) -> None:
        watch = self.watches.get(change.address)
        if watch is not None and not watch.op_id:
            watch = None  # over what was gone, not over a create
        anonymous = kind.creation in ANONYMOUS
        if not (kind.twin_check or (watch is not None and anonymous)):
            return
        innocent = frozenset(watch.pre_ids) if watch else frozenset()
        collection = self.index.collection(change.address)
        if ANY_ID in innocent or collection is None:
            return
        owned = self.owned_ids.get((change.address.provider, change.address.kind), frozenset())
        twins = self.workspace.provider(change.address).twins(
            change.desired, collection, owned | innocent
        )
        if twins:
            ids = ", ".join(live.id for live in twins)
            reason = (
                f"a live object that nobody owns could already be this one (ids {ids}); take it "
                f"over: reconciler state resolve {change.address} --adopt {twins[0].id}, or say "
                f"that it is another: reconciler state resolve {change.address} --forget"
            )
            found = self._candidates(change.address, change.desired, change.managed, twins)
            raise Undecided(reason, candidates=found)

    def _against_state(self, kind: Kind, change: Change, owned: OwnedObject) -> Change:
        refuse_swapped(self.workspace, owned, change.live)
        provider = self.workspace.provider(change.address)
        replaces = [f.path for f in change.fields if f.replaces]
        if change.live is not None and change.live.conflicts and not self._may_adopt(change):
            reason = (
                f"{'; '.join(change.live.conflicts)}; to take over use --adopt, or lifecycle: "
                "{adopt: true} in its manifest"
            )
            raise Blocked(reason, fields=change.fields)
        if not replaces and not owned.needs_delivery:
            return replace(change, action=self._update_or_none(change, owned), reason=_why(change))
        if not replaces:
            self._may_be_told(change, owned)
        ours = all(kind.field(path.split(".", 1)[0]).local for path in replaces)
        said = "changed, which makes a new one" if ours else "cannot be changed in place"
        reason = f"{', '.join(replaces)} {said}"
        if owned.needs_delivery:
            reason = "its secret was never delivered"
        self._may_replace(kind, change, owned)
        parents = [self.out.actions.get(target) for target in change.references]
        gap = any(p and p.action is Action.REPLACE and not p.create_first for p in parents)
        first = provider.create_first(kind, change.live) and not gap
        return replace(change, action=Action.REPLACE, reason=reason, create_first=first)

    def _may_adopt(self, change: Change) -> bool:
        return self.options.adopt or change.lifecycle.adopt

    def _may_be_told(self, change: Change, owned: OwnedObject) -> None:
        untold = Untold.of(owned)
        if untold is None:
            return
        if untold.options == self.workspace.provider(change.address).account.options:
            reason = (
                f"the server told nobody the secret of what was made (id {owned.remote_id}), so no "
                f"other is made in its place. {untold.way_out}"
            )
            raise Undecided(reason, fields=change.fields)

    def _may_replace(self, kind: Kind, change: Change, owned: OwnedObject) -> None:
        if change.lifecycle.protect or owned.protect:
            reason = (
                "it is protected (lifecycle.protect) and this change would replace it; to go on, "
                "undo the change, or set protect: false and apply that first"
            )
            raise Blocked(reason, fields=change.fields)
        if owned.provenance is Provenance.INFERRED and kind.creation in ANONYMOUS:
            reason = (
                f"it would be replaced, but that object {owned.remote_id} is ours is only inferred;"
                f" confirm: reconciler state resolve {change.address} --adopt {owned.remote_id}"
            )
            raise Undecided(reason, fields=change.fields)

    @staticmethod
    def _update_or_none(change: Change, owned: OwnedObject) -> Action:
        moved = change.members is not None and not change.members.is_empty
        return Action.UPDATE if change.fields or moved or owned.deposed else Action.NONE

    def _collect(self, kind: Kind, change: Change) -> None:
        address = change.address
        if change.action in {Action.NONE, Action.UPDATE, Action.ADOPT} and change.live is not None:
            identifier = change.owned.remote_id if change.owned else change.live.id
            self.known.bind(address, identifier)
        if change.action is Action.NONE:
            self.out.unchanged += 1
            self._refresh(kind, change)
            return
        provider = self.workspace.provider(address)
        verb = Verb.UPDATE if change.action in {Action.UPDATE, Action.ADOPT} else Verb.CREATE
        notes = provider.notes(task_of(change), verb)
        if change.action is Action.REPLACE and not change.create_first:
            notes = (*notes, GAP)
        if change.action is Action.REPLACE:
            notes = (*notes, *_ways_to_keep(kind, change))
        if change.action is Action.CREATE:
            notes = (*notes, *_given_back(change))
        if change.owned is not None and change.owned.deposed:
            notes = (*notes, f"deletes the replaced object {', '.join(change.owned.deposed)}")
        self.out.add(replace(change, notes=(*change.notes, *notes)))

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


def _given_back(change: Change) -> tuple[str, ...]:
    """Say which fields get what they had, though the manifest does not mention them."""
    left = Left.remembered(change.owned.extra) if change.owned is not None else Left()
    names = sorted(left.fields.keys() - change.desired.keys())
    if not names:
        return ()
    return (f"an interrupted run removed it to make it again: as it was then, {', '.join(names)}",)


def _ways_to_keep(kind: Kind, change: Change) -> tuple[str, ...]:
    """Say how an object keeps its key where only its manifest has got another name."""
    return tuple(
        f"to keep the live object, set {each.path}: {each.before} in the manifest"
        for each in change.fields
        if each.replaces
        and each.path in kind.identities
        and change.desired.get(each.path) == change.address.name
    )


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


def _why(change: Change) -> str:
    causes = {f.cause for f in change.fields}
    if Cause.BOTH in causes or causes == {Cause.MANIFEST, Cause.DRIFT}:
        return "manifest and drift"
    if causes == {Cause.DRIFT}:
        return "drift"
    return "manifest"
