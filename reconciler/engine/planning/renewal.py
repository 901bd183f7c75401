"""What becomes of an object that state owns: nothing, an update in place, or a replacement."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from reconciler.engine.blocked import Blocked, Undecided
from reconciler.engine.diff.identity import refuse_swapped
from reconciler.engine.planning.adoption import may_adopt
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import Action, Cause, Change
from reconciler.model.journal import ANONYMOUS
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.untold import Untold
from reconciler.providers.kind import Kind


class Renewal(Struct, frozen=True, kw_only=True):
    """Decides by what differs; refuses what a person must agree to."""

    workspace: Workspace
    options: PlanOptions
    actions: Mapping[Address, Change]
    """What is planned so far, parents before children."""

    def decide(self, kind: Kind, change: Change, owned: OwnedObject) -> Change:
        """Return the change with its action; raises `Blocked` where a person must agree."""
        refuse_swapped(self.workspace, owned, change.live)
        self._refuse_conflicts(change)
        replaces = [f.path for f in change.fields if f.replaces]
        if not replaces and not owned.needs_delivery:
            return replace(change, action=_update_or_none(change, owned), reason=_why(change))
        if not replaces:
            self._refuse_untold(change, owned)
        ours = all(kind.field(path.split(".", 1)[0]).local for path in replaces)
        said = "changed, which makes a new one" if ours else "cannot be changed in place"
        reason = f"{', '.join(replaces)} {said}"
        if owned.needs_delivery:
            reason = "its secret was never delivered"
        _refuse_replacing(kind, change, owned)
        parents = [self.actions.get(target) for target in change.references]
        gap = any(p and p.action is Action.REPLACE and not p.create_first for p in parents)
        provider = self.workspace.provider(change.address)
        first = provider.create_first(kind, change.live) and not gap
        return replace(change, action=Action.REPLACE, reason=reason, create_first=first)

    def _refuse_conflicts(self, change: Change) -> None:
        conflicts = change.live.conflicts if change.live is not None else ()
        if conflicts and not may_adopt(self.options, change):
            reason = (
                f"{'; '.join(conflicts)}; to take over use --adopt, or lifecycle: "
                "{adopt: true} in its manifest"
            )
            raise Blocked(reason, fields=change.fields)

    def _refuse_untold(self, change: Change, owned: OwnedObject) -> None:
        untold = Untold.of(owned)
        if untold is None:
            return
        if untold.options == self.workspace.provider(change.address).account.options:
            reason = (
                f"the server told nobody the secret of what was made (id {owned.remote_id}), so no "
                f"other is made in its place. {untold.way_out}"
            )
            raise Undecided(reason, fields=change.fields)


def _refuse_replacing(kind: Kind, change: Change, owned: OwnedObject) -> None:
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


def _update_or_none(change: Change, owned: OwnedObject) -> Action:
    moved = change.members is not None and not change.members.is_empty
    return Action.UPDATE if change.fields or moved or owned.deposed else Action.NONE


def _why(change: Change) -> str:
    causes = {f.cause for f in change.fields}
    if Cause.BOTH in causes or causes == {Cause.MANIFEST, Cause.DRIFT}:
        return "manifest and drift"
    if causes == {Cause.DRIFT}:
        return "drift"
    return "manifest"
