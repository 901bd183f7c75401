"""What becomes of a resource that state does not own: created, or taken over from what is live."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from reconciler.engine.blocked import Blocked, Undecided
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.planning.differing import Differ
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import Action, Change
from reconciler.model.journal import ANONYMOUS, ANY_ID, Watch
from reconciler.providers.kind import Kind


class Adoption(Struct, frozen=True, kw_only=True):
    """Decides between creating and adopting; refuses to double or change what is unmanaged."""

    workspace: Workspace
    options: PlanOptions
    index: LiveIndex
    differ: Differ
    watches: Mapping[Address, Watch]
    owned_ids: Mapping[tuple[str, str], frozenset[str]]

    def decide(self, kind: Kind, change: Change) -> Change:
        """Return the change with its action; raises `Blocked` where a person must agree."""
        if change.live is not None and change.live.members is None:
            return self._adoption(kind, change)
        return self._creation(kind, change)

    def _adoption(self, kind: Kind, change: Change) -> Change:
        live = change.live
        allowed = may_adopt(self.options, change)
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
            found = self.differ.candidates(change.address, change.desired, change.managed, twins)
            raise Undecided(reason, candidates=found)


def may_adopt(options: PlanOptions, change: Change) -> bool:
    """Tell whether somebody said that what is live may be taken over although it differs."""
    return options.adopt or change.lifecycle.adopt
