"""Plans an object that state owns: nothing, an update in place, or a replacement."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from reconciler.engine.blocked import Blocked, Undecided
from reconciler.engine.diff.identity import refuse_swapped
from reconciler.engine.live.reviews import alters
from reconciler.engine.planning.adoption import may_adopt
from reconciler.engine.planning.difference import Difference, Unchanged
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import Cause, Change, Replace, Update
from reconciler.model.journal import ANONYMOUS
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.resource import Replacing
from reconciler.model.review import ReviewStatus
from reconciler.model.untold import Untold
from reconciler.providers.kind import Kind

BESIDE = "made beside the old one"
SUCCESSION = "the new one takes the place of the old one"


class Renewal:
    """Decides by what differs; refuses changes that the user must agree to first."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        options: PlanOptions,
        actions: Mapping[Address, Change],
    ) -> None:
        """Keep what is planned for other resources, to decide by."""
        self.workspace = workspace
        self.options = options
        self.actions = actions
        """What is planned so far, parents before children."""

    def decide(
        self, kind: Kind, found: Difference, live: LiveObject, owned: OwnedObject
    ) -> Update | Replace | Unchanged:
        """Return what is to be done; raises `Blocked` where the user must agree first."""
        refuse_swapped(self.workspace, owned, live)
        self._refuse_conflicts(found, live)
        replaces = [f.path for f in found.fields if f.replaces]
        beside = _stands_beside(kind, found, live)
        if replaces or owned.needs_delivery or beside:
            if owned.needs_delivery and not replaces:
                self._refuse_untold(found, owned)
            _refuse_replacing(kind, found, owned)
            return self._replacement(kind, found, live, owned)
        if found.fields or found.moves_members or owned.deposed:
            return _in_place(kind, found, live, owned)
        return Unchanged(desired=found.desired, live=live, owned=owned)

    def _replacement(
        self, kind: Kind, found: Difference, live: LiveObject, owned: OwnedObject
    ) -> Replace:
        parents = [self.actions.get(target) for target in found.desired.references]
        gap = any(isinstance(each, Replace) and not each.create_first for each in parents)
        provider = self.workspace.provider(found.address)
        beside = _stands_beside(kind, found, live)
        return Replace(
            address=found.address,
            reason=_why_anew(kind, found, owned),
            notes=found.notes,
            desired=found.desired,
            fields=found.fields,
            members=found.members,
            live=live,
            owned=owned,
            create_first=beside or (provider.create_first(kind, live) and not gap),
            beside=beside,
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


def _stands_beside(kind: Kind, found: Difference, live: LiveObject) -> bool:
    """Tell whether a change of what is, or will be, in service makes a new object beside it.

    What was rejected is not in service, so it is changed in place.
    """
    rejected = live.review is not None and live.review.status is ReviewStatus.REJECTED
    asked = found.desired.lifecycle.replace is Replacing.BESIDE
    return kind.beside and asked and not rejected and alters(kind, found)


def _in_place(kind: Kind, found: Difference, live: LiveObject, owned: OwnedObject) -> Update:
    beside = bool(owned.deposed) and kind.beside
    fields, reason = found.fields, _why(found)
    if beside:  # that the provider has another id by now is our doing
        fields = tuple(
            replace(each, cause=Cause.MANIFEST) if each.path in kind.sinks else each
            for each in found.fields
        )
        reason = reason if alters(kind, found) else SUCCESSION
    return Update(
        address=found.address,
        reason=reason,
        notes=found.notes,
        desired=found.desired,
        fields=fields,
        members=found.members,
        live=live,
        owned=owned,
        beside=beside,
    )


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
    if not paths:
        return BESIDE
    ours = all(kind.field(path.split(".", 1)[0]).local for path in paths)
    said = "changed, which makes a new one" if ours else "cannot be changed in place"
    return f"{', '.join(paths)} {said}"
