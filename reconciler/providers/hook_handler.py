"""The handler of webhooks that a server keeps by event, in one row for one or several."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from msgspec.structs import replace

from reconciler.http.outcomes import Absent
from reconciler.model.journal import CreateIntent, Verb
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.parts import owed, owing, remembered
from reconciler.model.resource import Resource
from reconciler.model.secret import Secret
from reconciler.model.values import Fields, id_of
from reconciler.providers.handler import Seen
from reconciler.providers.hook_changes import RESTORE, HookApi, HookChange
from reconciler.providers.hook_groups import Groups, Index, is_shared, parts_of
from reconciler.providers.hooks import HookList, Hooks, names_of, owned_parts
from reconciler.providers.inside import Parents
from reconciler.providers.parts import Claim, Holding, PartsHandler, is_inferred
from reconciler.providers.task import Applied, Scope, Task, Writer

SHARED = (
    "the server keeps several events in one webhook: removing one removes it whole for a moment, "
    "then the others are added again"
)

Client = TypeVar("Client")


class HooksHandler(PartsHandler[Client]):
    """Observes and changes webhooks; each event is a separate part."""

    hooks: ClassVar[Hooks]

    @property
    @abstractmethod
    def parents(self) -> Parents[Any]:
        """Return the objects that have webhooks, such as sender domains."""

    @abstractmethod
    def api(self, parent: str) -> HookApi:
        """Return the requests of one parent's webhooks."""

    def secrets_in(self, listing: HookList) -> Mapping[str, Secret]:  # noqa: ARG002
        """Return the secrets of every webhook of a parent, named `<sink field>.<part>`."""
        return {}

    async def secrets_after(self, change: HookChange) -> Mapping[str, Secret]:
        """Return secrets to deliver after a change; raises `ProviderError` if one is missing."""
        return self.secrets_in(change.listing)

    async def observe(self, scope: Scope) -> Seen:
        """List the webhooks of the parents in scope, grouped as manifests and state claim them."""
        found = await self.parents.listed(self.kind.name, lambda parent: self.api(parent).listing())
        index = Index(
            [part for parent, listing in found for part in parts_of(parent.id, listing)],
            {row.id: row.key for row in self.parents.rows.values()},
        )
        desired = [
            (parent, resource)
            for resource in self.parents.desired(self.kind.name)
            if (parent := self.parents.of(resource)) is not None
        ]
        groups = Groups(self.hooks, self.kind.name, index)
        grouped = groups.collection(desired, scope.owned.get(self.kind.name, ()))
        secrets = {parent.id: self.secrets_in(listing) for parent, listing in found}
        objects = tuple(
            replace(live, secrets=secrets.get(self._parent(live) or "", {}))
            for live in grouped.objects
        )
        return Seen(
            collection=replace(grouped, objects=objects),
            findings=self.parents.findings(self.kind.name),
        )

    def _parent(self, live: LiveObject) -> str | None:
        return self.hooks.inside.remembered(live.extra, live.fields)

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Add the parts, as an update of a webhook without any."""
        return await self.update(task, writer)

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Add the parts that are missing, then remove those that are no longer desired."""
        change = self._change(task, writer)
        async with self.parents.lock(self.kind.name, change.parent):
            await change.begin()
            await change.bring_in_line(names_of(task.desired))
            return Applied(
                id=change.id,
                extra=self.hooks.remember(change.parent, change.parts),
                secrets=await self.secrets_after(change),
            )

    async def delete(self, task: Task, writer: Writer) -> None:
        """Remove our parts, and no others."""
        change = self._change(task, writer)
        async with self.parents.lock(self.kind.name, change.parent):
            try:
                await change.begin()
            except Absent:
                return
            change.refuse_losses(change.parts)
            await change.put_back()
            await change.remove([*change.parts], Verb.DELETE)

    def _change(self, task: Task, writer: Writer) -> HookChange:
        parent = self.hooks.inside.of(task)
        api = self.api(parent)
        return HookChange(api=api, hooks=self.hooks, task=task, writer=writer, parent=parent)

    def cost(self, task: Task, verb: Verb) -> int:  # noqa: ARG002 -- events tell
        """Count the events that are added and removed, and the list that is read before."""
        before = set(names_of(task.owned.applied)) if task.owned else set()
        return 1 + len(before.symmetric_difference(names_of(task.desired)))

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:
        """Say that events in the same row as a removed one are added again."""
        removes = verb is Verb.DELETE or bool(task.changed.intersection({"events", "url"}))
        return (SHARED,) if removes and task.live and is_shared(task.live.extra) else ()

    async def recover_secrets(self, live: LiveObject, fields: Fields) -> Mapping[str, Secret]:
        """Return the secrets that the parent's list shows."""
        parent = self._parent(live)
        if parent is None or not any(fields.get(sink) for sink in self.kind.sinks):
            return {}
        return self.secrets_in(await self.api(parent).listing())

    def candidates(self, intent: CreateIntent, collection: Collection) -> list[LiveObject]:
        """Return the parts with the intent's key. None had it before, so ids are not compared.

        Nor are fields: the intent has those of the whole webhook, with events that stay, and with
        the old URL while that changes. An unmanaged part that was put back must not become ours.
        """
        found = [
            replace(part, fields=intent.applied)
            for part in collection.parts or ()
            if part.key == intent.key
        ]
        if not intent.step.startswith(RESTORE):
            return found
        return [
            replace(part, extra=owing(dict.fromkeys(remembered(part.extra) or {})))
            for part in found
        ]

    def claim(self, resource: Resource, scope: Scope) -> Claim | None:
        """Return the parts that a manifest names; `None` while its parent's id is not known."""
        inside = self.hooks.inside
        parents = {row.address: row.remote_id for row in scope.owned.get(inside.kind, ())}
        known = id_of(resource.spec.get(inside.field)) or parents.get(inside.address(resource))
        return None if known is None else Claim(within=known, parts=names_of(resource.spec))

    def holding(self, row: OwnedObject) -> Holding | None:
        """Return the parts that a row owns; `None` if its parent is not known."""
        parent = self.hooks.inside.remembered(row.extra, row.applied)
        if parent is None:
            return None
        return Holding(within=parent, parts=owned_parts(row), inferred=is_inferred(row))

    def holder(
        self, held: Holding, before: OwnedObject, desired: Resource | None
    ) -> OwnedObject | None:
        """Return the row with these parts; `None` if it has none and nothing to put back.

        It gets a new id, as its first part may belong to another address by now.
        """
        if not held.parts and not owed(before.extra):
            return None
        url = str((desired.spec if desired else before.applied).get("url"))
        known = self.hooks.group_id(held.within, held.parts) if held.parts else before.remote_id
        return replace(
            before,
            remote_id=known,
            applied={**before.applied, **self.hooks.fields(held.within, held.parts, url)},
            extra={**before.extra, **self.hooks.remember(held.within, held.parts)},
        )

    def label(self, part: str) -> str:
        """Return how messages name a part: by event and URL."""
        return part.replace("|", " to ", 1)
