"""Tells whether what a plan is about to change is still as the plan saw it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from reconciler.engine.diff.fields import same
from reconciler.engine.diff.members import is_exclusive
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.live.observer import Selection, collections_of, observe
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import Change, Delete, Forget, Write, live_of
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject, owned_ids
from reconciler.model.plan import Plan
from reconciler.providers.task import Progress, no_progress

YOUNG_SECONDS = 60.0
"""How long a reading may be relied on."""


class Seen(Struct, frozen=True, kw_only=True):
    """When live state was read for a plan, and what happened since."""

    at: float
    """Monotonic seconds: before the first list was asked for."""
    approved: bool = False
    """A person has looked at the plan meanwhile, however short that took."""
    destroy: bool = False
    """Manifests did not count: everything that state owns was to go."""


class Freshness:
    """Looks again, in bulk, at what is still to be changed: at most once in `YOUNG_SECONDS`."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        plan: Plan,
        clock: Callable[[], float],
        seen: Seen,
        progress: Progress = no_progress,
    ) -> None:
        """Count from when the plan's lists were read."""
        self.workspace = workspace
        self.plan = plan
        self.clock = clock
        self.seen = seen
        self.progress = progress
        self._read_at = seen.at
        self._begun: set[Address] = set()
        self._stale: dict[Address, str] = {}
        self._reading = asyncio.Lock()

    async def after_approval(self) -> None:
        """Look again where a person was asked."""
        if self.seen.approved:
            await self._look_again()

    async def why_stale(self, change: Change) -> str:
        """Return why a change must not be begun any more; nothing when it may be."""
        if change.address not in self._begun and self._is_old():
            async with self._reading:
                if self._is_old():
                    await self._look_again()
        if change.address in self._begun:
            return ""
        self._begun.add(change.address)
        return self._stale.get(change.address, "")

    def _is_old(self) -> bool:
        return self.clock() - self._read_at > YOUNG_SECONDS

    async def _look_again(self) -> None:
        left = [
            change
            for change in self.plan.changes
            if change.address not in self._begun
            and not isinstance(change, Forget)
            and self.workspace.knows(change.address)
        ]
        begun = self.clock()
        rows = self.workspace.store.objects()
        resources = self.workspace.configuration.resources
        selection = Selection(
            desired={} if self.seen.destroy else resources,
            owned=rows,
            collections=collections_of(change.address for change in left),
            progress=self.progress,
        )
        index = LiveIndex(await observe(self.workspace, selection))
        self._read_at = begun
        look = _Look(
            workspace=self.workspace,
            index=index,
            rows=rows,
            begun=frozenset(self._begun),
            ours={(*c.address[:2], live.id) for c in self.plan.changes if (live := live_of(c))},
            behind=_dependents(self.plan),
        )
        for change in left:
            why = look.why_stale(change)
            if why:
                self._stale[change.address] = why


def _dependents(plan: Plan) -> Mapping[Address, set[Address]]:
    found: dict[Address, set[Address]] = {}
    for change in plan.changes:
        for before in change.depends_on:
            found.setdefault(before, set()).add(change.address)
    return found


class _Look:
    """One reading, and what this run itself had begun to change before."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        index: LiveIndex,
        rows: Mapping[Address, OwnedObject],
        begun: frozenset[Address],
        ours: set[tuple[str, str, str]],
        behind: Mapping[Address, set[Address]],
    ) -> None:
        """Compare with what was read just now."""
        self.workspace = workspace
        self.index = index
        self.rows = rows
        self.begun = begun
        self.ours = ours
        """`(provider, kind, id)` of what the plan knew."""
        self.behind = behind

    def why_stale(self, change: Write) -> str:
        collection = self.index.collection(change.address)
        if not collection.complete:
            return f"whether it still is as planned is not known: {collection.error}"
        if collection.parts is not None and self._touched(change.address):
            return ""  # one list for many; what is written there looks for itself
        return self._changed(change) or self._name_taken(change, collection)

    def _touched(self, address: Address) -> bool:
        """Tell whether this run has begun to change anything of this kind."""
        return any(other[:2] == address[:2] for other in self.begun)

    def _changed(self, change: Write) -> str:
        before = change.live
        if before is None:
            return ""
        now = self._now(change.address, before)
        related = {*change.depends_on, *self.behind.get(change.address, ())} & self.begun
        if now is None:
            if related or isinstance(change, Delete):
                return ""
            return "it is gone since the plan was made"
        names = sorted(self._differing(change, before, now, references=not related))
        return f"it changed since the plan was made ({', '.join(names)})" if names else ""

    def _now(self, address: Address, before: LiveObject) -> LiveObject | None:
        return self.index.owned(address, before.id)

    def _differing(
        self, change: Write, before: LiveObject, now: LiveObject, *, references: bool
    ) -> Iterator[str]:
        for declared in self.workspace.kind(change.address).fields:
            name = declared.name
            if declared.reference and not references:
                continue
            one, other = before.fields.get(name), now.fields.get(name)
            if not same(declared, one, other):
                yield name
        if change.members is not None and self._members_clash(change, before, now):
            yield "its members"

    def _members_clash(self, change: Write, before: LiveObject, now: LiveObject) -> bool:
        """Tell whether others changed a set so that the plan's changes of it are wrong.

        What others add to an additive set is theirs, unless it is what the plan would add.
        """
        if change.members is None or now.members is None:
            return False
        if is_exclusive(self.workspace, change):
            return now.members != before.members
        return bool(change.members.add & now.members)

    def _name_taken(self, change: Write, collection: Collection) -> str:
        """Say when what the object will be called belongs to another one by now."""
        before = change.live
        if isinstance(change, Delete) or (before and before.key == change.desired.key):
            return ""
        kind = self.workspace.kind(change.address)
        found = [*self.index.named(change.address, change.desired.key)]
        if kind.twin_check and before is None and not self._touched(change.address):
            ids = frozenset(i for row in self._rows_of(change.address) for i in owned_ids(row))
            provider = self.workspace.provider(change.address)
            found += provider.twins(change.desired.fields, collection, ids)
        unmanaged = [live for live in found if self._is_new(change.address, live)]
        if not unmanaged:
            return ""
        return f"since the plan was made somebody else made one (id {unmanaged[0].id})"

    def _rows_of(self, address: Address) -> Iterator[OwnedObject]:
        return (row for other, row in self.rows.items() if other[:2] == address[:2])

    def _is_new(self, address: Address, live: LiveObject) -> bool:
        if live.members is not None or (*address[:2], live.id) in self.ours:
            return False
        return not any(live.id in owned_ids(row) for row in self._rows_of(address))
