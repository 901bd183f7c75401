"""What becomes of an object that state owns: nothing, an update in place, or a replacement."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from reconciler.engine.blocked import Blocked, Undecided
from reconciler.engine.diff.identity import refuse_swapped
from reconciler.engine.planning.adoption import may_adopt
from reconciler.engine.planning.difference import Difference, Unchanged
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import Cause, Change, Replace, Update
from reconciler.model.journal import ANONYMOUS
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.untold import Untold
from reconciler.providers.kind import Kind


class Renewal(Struct, frozen=True, kw_only=True):
    """Decides by what differs; refuses what a person must agree to."""

    workspace: Workspace
    options: PlanOptions
    actions: Mapping[Address, Change]
    """What is planned so far, parents before children."""

    def decide(
        self, kind: Kind, found: Difference, live: LiveObject, owned: OwnedObject
    ) -> Update | Replace | Unchanged:
        """Return what is to be done; raises `Blocked` where a person must agree."""
        refuse_swapped(self.workspace, owned, live)
        self._refuse_conflicts(found, live)
        replaces = [f.path for f in found.fields if f.replaces]
        if replaces or owned.needs_delivery:
            if not replaces:
                self._refuse_untold(found, owned)
            _refuse_replacing(kind, found, owned)
            return self._replacement(kind, found, live, owned)
        if found.fields or found.moves_members or owned.deposed:
            return Update(
                address=found.address,
                reason=_why(found),
                notes=found.notes,
                desired=found.desired,
                fields=found.fields,
                members=found.members,
                live=live,
                owned=owned,
            )
        return Unchanged(desired=found.desired, live=live, owned=owned)

    def _replacement(
        self, kind: Kind, found: Difference, live: LiveObject, owned: OwnedObject
    ) -> Replace:
        parents = [self.actions.get(target) for target in found.desired.references]
        gap = any(isinstance(each, Replace) and not each.create_first for each in parents)
        provider = self.workspace.provider(found.address)
        return Replace(
            address=found.address,
            reason=_why_anew(kind, found, owned),
            notes=found.notes,
            desired=found.desired,
            fields=found.fields,
            members=found.members,
            live=live,
            owned=owned,
            create_first=provider.create_first(kind, live) and not gap,
        )

    def _refuse_conflicts(self, found: Difference, live: LiveObject) -> None:
        if live.conflicts and not may_adopt(self.options, found.desired):
            reason = (
                f"{'; '.join(live.conflicts)}; to take over use --adopt, or lifecycle: "
                "{adopt: true} in its manifest"
            )
            raise Blocked(reason, fields=found.fields)

    def _refuse_untold(self, found: Difference, owned: OwnedObject) -> None:
        untold = Untold.of(owned)
        if untold is None:
            return
        if untold.options == self.workspace.provider(found.address).account.options:
            reason = (
                f"the server told nobody the secret of what was made (id {owned.remote_id}), so no "
                f"other is made in its place. {untold.way_out}"
            )
            raise Undecided(reason, fields=found.fields)


def _refuse_replacing(kind: Kind, found: Difference, owned: OwnedObject) -> None:
    if found.desired.lifecycle.protect or owned.protect:
        reason = (
            "it is protected (lifecycle.protect) and this change would replace it; to go on, "
            "undo the change, or set protect: false and apply that first"
        )
        raise Blocked(reason, fields=found.fields)
    if owned.provenance is Provenance.INFERRED and kind.creation in ANONYMOUS:
        reason = (
            f"it would be replaced, but that object {owned.remote_id} is ours is only inferred;"
            f" confirm: reconciler state resolve {found.address} --adopt {owned.remote_id}"
        )
        raise Undecided(reason, fields=found.fields)


def _why(found: Difference) -> str:
    causes = {f.cause for f in found.fields}
    if Cause.BOTH in causes or causes == {Cause.MANIFEST, Cause.DRIFT}:
        return "manifest and drift"
    if causes == {Cause.DRIFT}:
        return "drift"
    return "manifest"


def _why_anew(kind: Kind, found: Difference, owned: OwnedObject) -> str:
    if owned.needs_delivery:
        return "its secret was never delivered"
    paths = [f.path for f in found.fields if f.replaces]
    ours = all(kind.field(path.split(".", 1)[0]).local for path in paths)
    said = "changed, which makes a new one" if ours else "cannot be changed in place"
    return f"{', '.join(paths)} {said}"
