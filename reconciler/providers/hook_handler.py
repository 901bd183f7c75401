"""Webhooks of several events, of which a server has a row for each event or one for several."""

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
    """Observes and changes such webhooks, each event a part of its own."""

    hooks: ClassVar[Hooks]

    @property
    @abstractmethod
    def parents(self) -> Parents[Any]:
        """Return the places where webhooks are."""

    @abstractmethod
    def api(self, place: str) -> HookApi:
        """Return the requests of one place's webhooks."""

    def secrets_in(self, listing: HookList) -> Mapping[str, Secret]:  # noqa: ARG002
        """Return the secrets of every webhook of a place, named `<sink field>.<part>`."""
        return {}

    async def secrets_after(self, change: HookChange) -> Mapping[str, Secret]:
        """Return the secrets to deliver after a change; raises `ProviderError` where one lacks."""
        return self.secrets_in(change.listing)

    async def observe(self, scope: Scope) -> Seen:
        """List the webhooks of the places that matter, grouped as manifests and state do."""
        found = await self.parents.listed(self.kind.name, lambda place: self.api(place).listing())
        index = Index(
            [part for place, listing in found for part in parts_of(place.id, listing)],
            {row.id: row.key for row in self.parents.rows.values()},
        )
        desired = [
            (place, resource)
            for resource in self.parents.desired(self.kind.name)
            if (place := self.parents.of(resource)) is not None
        ]
        groups = Groups(self.hooks, self.kind.name, index)
        grouped = groups.collection(desired, scope.owned.get(self.kind.name, ()))
        secrets = {place.id: self.secrets_in(listing) for place, listing in found}
        objects = tuple(
            replace(live, secrets=secrets.get(self._place(live) or "", {}))
            for live in grouped.objects
        )
        return Seen(
            collection=replace(grouped, objects=objects),
            findings=self.parents.findings(self.kind.name),
        )

    def _place(self, live: LiveObject) -> str | None:
        return self.hooks.inside.remembered(live.extra, live.fields)

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Add the events."""
        return await self.update(task, writer)

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Add the parts that are missing, then remove those not desired any more."""
        change = self._change(task, writer)
        async with self.parents.lock(self.kind.name, change.place):
            await change.begin()
            await change.bring_in_line(names_of(task.desired))
            return Applied(
                id=change.id,
                extra=self.hooks.remember(change.place, change.parts),
                secrets=await self.secrets_after(change),
            )

    async def delete(self, task: Task, writer: Writer) -> None:
        """Remove our parts and nothing else."""
        change = self._change(task, writer)
        async with self.parents.lock(self.kind.name, change.place):
            try:
                await change.begin()
            except Absent:
                return
            change.refuse_losses(change.parts)
            await change.put_back()
            await change.remove([*change.parts], Verb.DELETE)

    def _change(self, task: Task, writer: Writer) -> HookChange:
        place = self.hooks.inside.of(task)
        api = self.api(place)
        return HookChange(api=api, hooks=self.hooks, task=task, writer=writer, place=place)

    def cost(self, task: Task, verb: Verb) -> int:  # noqa: ARG002 -- events tell
        """Count the events that come and go, and the list before."""
        before = set(names_of(task.owned.applied)) if task.owned else set()
        return 1 + len(before.symmetric_difference(names_of(task.desired)))

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:
        """Say what happens to events that share a row with one that is removed."""
        removes = verb is Verb.DELETE or bool(task.changed.intersection({"events", "url"}))
        return (SHARED,) if removes and task.live and is_shared(task.live.extra) else ()

    async def recover_secrets(self, live: LiveObject, fields: Fields) -> Mapping[str, Secret]:
        """Return what the place's list tells."""
        place = self._place(live)
        if place is None or not any(fields.get(sink) for sink in self.kind.sinks):
            return {}
        return self.secrets_in(await self.api(place).listing())

    def candidates(self, intent: CreateIntent, collection: Collection) -> list[LiveObject]:
        """Return the parts with the key: it was not there before, so no id needs to be compared.

        Nor do the fields: those of the intent are of the whole webhook, with events that stay, and
        while its URL changes with the old one. What was put back for others must not become ours.
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
        """Return the events that a manifest names, at a place that state knows."""
        inside = self.hooks.inside
        places = {row.address: row.remote_id for row in scope.owned.get(inside.kind, ())}
        known = id_of(resource.spec.get(inside.field)) or places.get(inside.address(resource))
        return None if known is None else Claim(place=known, parts=names_of(resource.spec))

    def holding(self, row: OwnedObject) -> Holding | None:
        """Return the events that a row has."""
        place = self.hooks.inside.remembered(row.extra, row.applied)
        if place is None:
            return None
        return Holding(place=place, parts=owned_parts(row), inferred=is_inferred(row))

    def holder(
        self, held: Holding, before: OwnedObject, desired: Resource | None
    ) -> OwnedObject | None:
        """Return the row that has these events; one that owes others something outlives its last.

        Its first event may belong to another by now, and with it the id.
        """
        if not held.parts and not owed(before.extra):
            return None
        url = str((desired.spec if desired else before.applied).get("url"))
        known = self.hooks.group_id(held.place, held.parts) if held.parts else before.remote_id
        return replace(
            before,
            remote_id=known,
            applied={**before.applied, **self.hooks.fields(held.place, held.parts, url)},
            extra={**before.extra, **self.hooks.remember(held.place, held.parts)},
        )

    def said(self, part: str) -> str:
        """Return an event and where it goes."""
        return part.replace("|", " to ", 1)
