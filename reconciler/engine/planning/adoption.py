"""Plans a resource that state does not own: create it, or adopt a live object."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.engine.blocked import Blocked, Undecided
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.planning.difference import Difference
from reconciler.engine.planning.differing import Differ
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address, CollectionKey
from reconciler.model.change import Adopt, Create, Desired
from reconciler.model.journal import ANONYMOUS, ANY_ID, Watch
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.providers.kind import Kind


class Adoption:
    """Decides between creating and adopting; refuses to duplicate or change unmanaged objects."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        options: PlanOptions,
        index: LiveIndex,
        differ: Differ,
        watches: Mapping[Address, Watch],
        owned_ids: Mapping[CollectionKey, frozenset[str]],
    ) -> None:
        """Look among what was read."""
        self.workspace = workspace
        self.options = options
        self.index = index
        self.differ = differ
        self.watches = watches
        self.owned_ids = owned_ids

    def create(self, kind: Kind, found: Difference, lost: OwnedObject | None) -> Create:
        """Return the creation of a missing object; raises `Undecided` if it may exist after all.

        `lost` is the row of an object that was there and is gone.
        """
        self._no_twin(kind, found)
        return Create(
            address=found.address,
            reason="manifest" if lost is None else "missing",
            notes=found.notes,
            desired=found.desired,
            fields=found.fields,
            members=found.members,
            owned=lost,
        )

    def take_over(self, kind: Kind, found: Difference, live: LiveObject) -> Adopt | Create:
        """Return the adoption of a live object; raises `Blocked` where the user must consent."""
        if live.members is None:
            self._refuse_taking(kind, found, live)
            return _adopt(found, live, "exists already")
        if not found.moves_members:
            return _adopt(found, live, "exists already" if live.members else "nothing to add yet")
        return Create(
            address=found.address,
            reason="manifest",
            notes=found.notes,
            desired=found.desired,
            fields=found.fields,
            members=found.members,
            live=live,
        )

    def _refuse_taking(self, kind: Kind, found: Difference, live: LiveObject) -> None:
        ours = {f.name for f in kind.fields if f.local}
        differing = [f for f in found.fields if f.path.split(".", 1)[0] not in ours]
        fixed = [f.path for f in differing if f.replaces]
        if fixed:
            reason = (
                f"a live object with this identity exists (id {live.id}) and its "
                f"{', '.join(fixed)} cannot be changed; delete it by hand or choose another name"
            )
            raise Blocked(reason, fields=differing)
        if (differing or live.conflicts) and not may_adopt(self.options, found.desired):
            what = "; ".join((*live.conflicts, *(f"{f.path} differs" for f in differing)))
            reason = (
                f"a live object with this identity exists that this state does not own ({what}); "
                "to take it over use --adopt, or lifecycle: {adopt: true} in its manifest"
            )
            raise Blocked(reason, fields=differing)

    def _no_twin(self, kind: Kind, found: Difference) -> None:
        address = found.address
        watch = self.watches.get(address)
        if watch is not None and not watch.op_id:
            watch = None  # over what was gone, not over a create
        anonymous = kind.creation in ANONYMOUS
        if not (kind.twin_check or (watch is not None and anonymous)):
            return
        innocent = frozenset(watch.pre_ids) if watch else frozenset()
        collection = self.index.collection(address)
        if ANY_ID in innocent:
            return
        owned = self.owned_ids.get((address.provider, address.kind), frozenset())
        twins = self.workspace.provider(address).twins(
            found.desired.fields, collection, owned | innocent
        )
        if twins:
            ids = ", ".join(live.id for live in twins)
            reason = (
                f"a live object that nobody owns could already be this one (ids {ids}); take it "
                f"over: reconciler state resolve {address} --adopt {twins[0].id}, or say "
                f"that it is another: reconciler state resolve {address} --forget"
            )
            candidates = self.differ.candidates(address, found.desired, twins)
            raise Undecided(reason, candidates=candidates)


def _adopt(found: Difference, live: LiveObject, reason: str) -> Adopt:
    return Adopt(
        address=found.address,
        reason=reason,
        notes=found.notes,
        desired=found.desired,
        fields=found.fields,
        members=found.members,
        live=live,
    )


def may_adopt(options: PlanOptions, desired: Desired) -> bool:
    """Tell whether the user agreed to adopt a live object that differs from its manifest."""
    return options.adopt or desired.lifecycle.adopt
