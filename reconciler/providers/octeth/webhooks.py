"""Webhooks: several events of a sender domain to one URL, each event a part of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from msgspec.structs import replace

from reconciler.errors import ProviderError
from reconciler.http.outcomes import Absent
from reconciler.model.journal import CreateIntent, Verb
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.parts import owed, owing, remember, remembered
from reconciler.model.resource import Resource
from reconciler.model.secret import Secret
from reconciler.model.values import Fields, id_of
from reconciler.providers.examination import Proof, Subject
from reconciler.providers.handler import Seen
from reconciler.providers.octeth import proofs
from reconciler.providers.octeth.changing import RESTORE, SPELLINGS, Change
from reconciler.providers.octeth.client import OctethClient
from reconciler.providers.octeth.grouping import (
    Index,
    fields_of,
    group,
    group_id,
    names_of,
    owned_parts,
    parts_of,
)
from reconciler.providers.octeth.known import domain_address, domain_id, domain_of
from reconciler.providers.parts import Claim, Holding, PartsHandler, is_inferred
from reconciler.providers.task import Applied, Scope, Task, Writer

SIGNING_KEY = "signingKeyTo.signingKey"
SHARED = (
    "the server keeps several events in one webhook: removing one removes it whole for a moment, "
    "then the others are added again"
)


class Webhooks(PartsHandler[OctethClient]):
    """Webhooks of the account's domains.

    The option `eventNames` says how events are sent: as `delivery`, as `delivered`, or as `either`,
    to try the second where the server refuses the first.
    """

    async def observe(self, scope: Scope) -> Seen:
        """List the webhooks of the domains that matter, grouped as manifests and state do."""
        known = self.client.known
        domains = known.asked(self.kind.name)
        lists = await asyncio.gather(*(self.client.webhooks(each.id) for each in domains))
        known.tell(self.kind.name)
        listings = {each.id: listing for each, listing in zip(domains, lists, strict=True)}
        index = Index(
            [part for domain, listing in listings.items() for part in parts_of(domain, listing)],
            {row.id: row.key for row in known.rows.values()},
        )
        desired = [
            (domain, resource)
            for resource in known.desired(self.kind.name)
            if (domain := known.domain_id(resource)) is not None
        ]
        grouped = group(index, desired, scope.owned.get(self.kind.name, ()))
        keys = {
            domain: {SIGNING_KEY: listing.signing_key}
            for domain, listing in listings.items()
            if listing.signing_key is not None
        }
        objects = tuple(
            replace(live, secrets=keys.get(str(live.extra.get("domainId")), {}))
            for live in grouped.objects
        )
        return Seen(
            collection=replace(grouped, objects=objects),
            findings=tuple(known.missing(self.kind.name)),
        )

    async def examine(self, subject: Subject) -> tuple[Proof, ...]:
        """Look for the signing key, where it is delivered."""
        return proofs.signing_key(subject, "signingKeyTo", SIGNING_KEY)

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Add the events."""
        return await self.update(task, writer)

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Add the parts that are missing, then remove those not desired any more."""
        domain = domain_id(task)
        async with self.client.lock(self.kind.name, domain):
            change = self._change(task, writer, domain)
            await change.begin()
            await self._bring_in_line(change, names_of(task.desired))
            return Applied(
                id=change.id_of(change.parts),
                extra={"domainId": domain, **remember(change.parts)},
                secrets=await _signing_key(change),
            )

    async def delete(self, task: Task, writer: Writer) -> None:
        """Remove our parts and nothing else."""
        domain = domain_id(task)
        async with self.client.lock(self.kind.name, domain):
            change = self._change(task, writer, domain)
            try:
                await change.begin()
            except Absent:
                return
            change.refuse_losses(change.parts)
            await change.put_back()
            await change.remove([*change.parts], Verb.DELETE)

    def _change(self, task: Task, writer: Writer, domain: str) -> Change:
        chosen = str(self.account.options.get("eventNames", "delivery"))
        spellings = SPELLINGS.get(chosen, SPELLINGS["delivery"])
        return Change(
            client=self.client, task=task, writer=writer, spellings=spellings, domain=domain
        )

    async def _bring_in_line(self, change: Change, desired: list[str]) -> None:
        surplus = [name for name in change.parts if name not in desired]
        change.refuse_losses(surplus)
        await change.put_back()
        missing = [name for name in desired if name not in change.parts]
        for name in missing:
            await change.add(name)
        if missing and surplus:
            await change.look_again()
        await change.remove(surplus, Verb.UPDATE)

    def cost(self, task: Task, verb: Verb) -> int:  # noqa: ARG002 -- events tell
        """Count the events that come and go, and the list before."""
        before = set(names_of(task.owned.applied)) if task.owned else set()
        return 1 + len(before.symmetric_difference(names_of(task.desired)))

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:
        """Say what happens to events that share a row with one that is removed."""
        removes = verb is Verb.DELETE or bool(task.changed.intersection({"events", "url"}))
        return (SHARED,) if removes and task.live and task.live.extra.get("shared") else ()

    async def recover_secrets(self, live: LiveObject, fields: Fields) -> Mapping[str, Secret]:
        """Return the signing key of the domain's webhooks."""
        domain = domain_of(live.extra, live.fields)
        if domain is None or not fields.get("signingKeyTo"):
            return {}
        key = (await self.client.webhooks(domain)).signing_key
        return {SIGNING_KEY: key} if key else {}

    def candidates(self, intent: CreateIntent, collection: Collection) -> list[LiveObject]:
        """Return the parts with the key: it was not there before, so no id needs to be compared.

        What was put back for others must not become ours.
        """
        found = [part for part in collection.parts or () if part.key == intent.key]
        if not intent.step.startswith(RESTORE):
            return found
        return [
            replace(part, extra=owing(dict.fromkeys(remembered(part.extra) or {})))
            for part in found
        ]

    def claim(self, resource: Resource, scope: Scope) -> Claim | None:
        """Return the events that a manifest names, at a domain that state knows."""
        domains = {row.address: row.remote_id for row in scope.owned.get("SenderDomain", ())}
        domain = id_of(resource.spec.get("domain")) or domains.get(domain_address(resource))
        return None if domain is None else Claim(place=domain, parts=names_of(resource.spec))

    def holding(self, row: OwnedObject) -> Holding | None:
        """Return the events that a row has."""
        domain = domain_of(row.extra, row.applied)
        if domain is None:
            return None
        return Holding(place=domain, parts=owned_parts(row), inferred=is_inferred(row))

    def holder(
        self, held: Holding, before: OwnedObject, desired: Resource | None
    ) -> OwnedObject | None:
        """Return the row that has these events; one that owes others something outlives its last.

        Its first event may belong to another by now, and with it the id.
        """
        if not held.parts and not owed(before.extra):
            return None
        url = str((desired.spec if desired else before.applied).get("url"))
        return replace(
            before,
            remote_id=group_id(held.place, held.parts) if held.parts else before.remote_id,
            applied={**before.applied, **fields_of(held.place, held.parts, url)},
            extra={**before.extra, "domainId": held.place, **remember(held.parts)},
        )

    def said(self, part: str) -> str:
        """Return an event and where it goes."""
        return part.replace("|", " to ", 1)


async def _signing_key(change: Change) -> dict[str, Secret]:
    """Return the domain's signing key where the manifest wants it delivered."""
    if not change.task.desired.get("signingKeyTo"):
        return {}
    if change.listing.signing_key is None:
        await change.look_again()
    if change.listing.signing_key is None:
        raise ProviderError(
            f"the server shows no signing key for the webhooks of domain {change.domain}",
            hint="Remove `signingKeyTo`, or create the key on the server's own pages.",
        )
    return {SIGNING_KEY: change.listing.signing_key}
