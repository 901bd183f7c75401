"""Plans for what state owns and no manifest has any more."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from reconciler.engine.blocked import Blocked, Undecided, not_read, refuse_unknown
from reconciler.engine.diff.identity import refuse_swapped
from reconciler.engine.diff.members import members_to_leave
from reconciler.engine.diff.shown import main_fields
from reconciler.engine.live.absence import Absence
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.planning.result import Planned
from reconciler.engine.tasks import task_of
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import Delete, Forget
from reconciler.model.journal import ANONYMOUS, Verb
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.resource import OnRemove


class Removal:
    """Decides between delete, forget, leave and refuse."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        options: PlanOptions,
        index: LiveIndex,
        absence: Absence,
        out: Planned,
        names: Mapping[tuple[str, str, str], str],
    ) -> None:
        """Remove what is gone from the manifests."""
        self.workspace = workspace
        self.options = options
        self.index = index
        self.absence = absence
        self.out = out
        self.names = names
        """`(provider, kind, remote id)` to the name of what is owned."""

    def plan(self, rows: Mapping[Address, OwnedObject]) -> None:
        """Plan every row that no manifest has."""
        if not (self.options.prune or self.options.destroy):
            return
        for address, row in rows.items():
            try:
                self._plan(address, row)
            except Blocked as reason:
                self.out.block(address, reason)

    def _plan(self, address: Address, row: OwnedObject) -> None:
        if address in self.out.blocked:
            raise Blocked(self.out.blocked[address])
        if row.on_remove is OnRemove.FORGET and not self.options.destroy:
            self.out.add(Forget(address=address, reason="removed", owned=row))
            return
        if row.protect:
            there = address in self.workspace.configuration.resources
            undo = "set protect: false" if there else "put its manifest back with protect: false"
            reason = (
                f"it is protected (lifecycle.protect): {undo} and apply, or give it up: "
                f"reconciler state rm {address}"
            )
            raise Blocked(reason)
        live = self._live(address, row)
        if live is None and not row.deposed:
            self.out.gone.append(address)
            return
        self.out.add(self._deletion(address, row, live))

    def _live(self, address: Address, row: OwnedObject) -> LiveObject | None:
        if not self.workspace.knows(address):
            reason = (
                f"no manifest says how to reach provider {address.provider}: put its Provider "
                f"manifest back, or give the object up: reconciler state rm {address}"
            )
            raise Blocked(reason)
        collection = self.index.collection(address)
        if not collection.complete:
            raise not_read(address, collection.error)
        refuse_unknown(self.absence.doubt_empty(address))
        live = self.index.owned(address, row.remote_id)
        refuse_unknown(
            self.absence.doubt_incomplete(address, live)
            if live
            else self.absence.doubt_gone(address)
        )
        return live

    def _deletion(self, address: Address, row: OwnedObject, live: LiveObject | None) -> Delete:
        kind = self.workspace.kind(address)

        def name_of(kind_name: str, identifier: str) -> str | None:
            return self.names.get((address.provider, kind_name, identifier))

        if row.provenance is Provenance.INFERRED and kind.creation in ANONYMOUS:
            reason = (
                f"that object {row.remote_id} is ours is only inferred; confirm: "
                f"reconciler state resolve {address} --adopt {row.remote_id}"
            )
            raise Undecided(reason)
        refuse_swapped(self.workspace, row, live)
        fields = live.fields if live else row.applied
        change = Delete(
            address=address,
            reason="destroy" if self.options.destroy else "removed",
            members=members_to_leave(
                self.workspace, address, live, doubted=lambda: self.absence.doubts_members(address)
            ),
            fields=main_fields(kind, fields, name_of),
            live=live,
            owned=row,
        )
        notes = self.workspace.provider(address).notes(task_of(change), Verb.DELETE)
        return replace(change, notes=notes)
