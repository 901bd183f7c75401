"""Reading an account: all domains at once, then in parallel what those that matter have."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from contextlib import suppress

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.errors import ProviderError
from reconciler.model import dns
from reconciler.model.finding import Finding, Severity
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Resource
from reconciler.model.values import JsonValue, id_of, remote_id
from reconciler.providers.octeth import credentials, grouping, health, webhooks
from reconciler.providers.octeth.client import OctethClient
from reconciler.providers.octeth.kinds import (
    API_KEY,
    CHILDREN,
    OPTIONS,
    SENDER_DOMAIN,
    SMTP_CONFIG,
    WEBHOOK,
)
from reconciler.providers.octeth.rows import DomainRow, KeyRow, SmtpAccess
from reconciler.providers.task import Scope

_WORTH_COUNTING = 4
"""With more lists than this to read, one more request may save most of them."""


class Seen(Struct, frozen=True, kw_only=True):
    """What was read."""

    collections: Mapping[str, Collection]
    findings: tuple[Finding, ...] = ()


class Observer(Struct):
    """Reads one scope."""

    client: OctethClient
    scope: Scope
    one_key: bool | None = None
    """Whether a domain can have one API key only; `None` where the server's generation decides."""
    rows: dict[str, DomainRow] = field(default_factory=dict)
    """The account's domains by id."""
    findings: list[Finding] = field(default_factory=list)
    _done: int = 0

    async def run(self) -> Seen:
        """Read everything; a collection that cannot be read whole says so."""
        try:
            self.rows = {row.id: row for row in await self.client.domains()}
        except ProviderError as error:
            return Seen(collections={kind: _failed(kind, error) for kind in self.scope.kinds})
        readers = {
            SENDER_DOMAIN: self._domains,
            API_KEY: self._api_keys,
            SMTP_CONFIG: self._smtps,
            WEBHOOK: self._webhooks,
        }
        asked = {kind: self._relevant(kind) for kind in CHILDREN if kind in self.scope.kinds}
        asked = await self._without_childless(asked)
        kinds = [kind for kind in readers if kind in self.scope.kinds]
        collections = await asyncio.gather(
            *(self._whole(kind, readers[kind](asked.get(kind, []))) for kind in kinds)
        )
        self._note_domains()
        if self.scope.probe and SENDER_DOMAIN in self.scope.kinds:
            await self._verify_again()
        return Seen(
            collections={collection.kind: collection for collection in collections},
            findings=tuple(self.findings),
        )

    def domain_id(self, resource: Resource) -> str | None:
        """Return the id of the live domain that a resource refers to, if there is one."""
        if (known := id_of(resource.spec.get("domain"))) is not None:
            return known
        address = grouping.domain_address(resource)
        for owned in self.scope.owned.get(SENDER_DOMAIN, ()):
            if owned.address == address and owned.remote_id in self.rows:
                return owned.remote_id
        for desired in self.scope.desired.get(SENDER_DOMAIN, ()):
            if desired.address == address:
                same = [row for row in self.rows.values() if row.key == desired.spec.get("domain")]
                return same[0].id if len(same) == 1 else None
        return None

    def _relevant(self, kind: str) -> list[str]:
        """Return the domains whose objects matter; all where nobody says, or all are asked for."""
        desired = self.scope.desired.get(kind, ())
        owned = self.scope.owned.get(kind, ())
        if self.scope.whole or (not desired and not owned):
            return list(self.rows)
        ids = [self.domain_id(resource) for resource in desired]
        ids += [grouping.domain_of(row.extra, row.applied) for row in owned]
        self._note_missing(resource for resource in desired if id_of(resource.spec.get("domain")))
        return [one for one in dict.fromkeys(ids) if one is not None and one in self.rows]

    async def _without_childless(self, asked: dict[str, list[str]]) -> dict[str, list[str]]:
        """Leave out the domains that newer servers, asked for counts, say have nothing."""
        rows = self.rows.values()
        if sum(map(len, asked.values())) <= _WORTH_COUNTING or not all(row.newer for row in rows):
            return asked
        try:
            counted = {row.id: row for row in await self.client.domains(with_counts=True)}
        except ProviderError:
            return asked
        return {
            kind: [one for one in ids if one not in counted or counted[one].counts.get(kind) != 0]
            for kind, ids in asked.items()
        }

    async def _whole(self, kind: str, reading: Awaitable[Collection]) -> Collection:
        try:
            collection = await reading
        except ProviderError as error:
            collection = _failed(kind, error)
        self._done += 1
        self.scope.progress("collections", self._done, len(self.scope.kinds))
        return collection

    async def _domains(self, _ids: list[str]) -> Collection:
        rows = await asyncio.gather(*(self._with_options(row) for row in self.rows.values()))
        owned = {row.remote_id: row for row in self.scope.owned.get(SENDER_DOMAIN, ())}
        return Collection(
            kind=SENDER_DOMAIN,
            objects=tuple(_domain_object(row, owned.get(row.id)) for row in rows),
        )

    async def _with_options(self, row: DomainRow) -> DomainRow:
        """Read the options of a domain that manages some, where the list does not show them."""
        if not row.newer or row.options_shown or row.id not in self._with_managed_options():
            return row
        single = await self.client.domain(row.id)
        return replace(row, options=single.options, options_shown=single.options_shown)

    def _with_managed_options(self) -> set[str]:
        ids = {
            owned.remote_id
            for owned in self.scope.owned.get(SENDER_DOMAIN, ())
            if OPTIONS.intersection(owned.applied)
        }
        keys = {
            resource.spec.get("domain")
            for resource in self.scope.desired.get(SENDER_DOMAIN, ())
            if OPTIONS.intersection(resource.spec)
        }
        return ids | {row.id for row in self.rows.values() if row.key in keys}

    async def _api_keys(self, ids: list[str]) -> Collection:
        lists = await asyncio.gather(*(self.client.api_keys(one) for one in ids))
        self._note_single_keys()
        return Collection(
            kind=API_KEY,
            objects=tuple(
                _key_object(self.rows[domain], row, one_key=self._one_key(domain))
                for domain, rows in zip(ids, lists, strict=True)
                for row in rows
            ),
        )

    async def _smtps(self, ids: list[str]) -> Collection:
        lists = await asyncio.gather(*(self.client.smtps(one) for one in ids))
        return Collection(
            kind=SMTP_CONFIG,
            objects=tuple(
                _smtp_object(self.rows[domain], row)
                for domain, rows in zip(ids, lists, strict=True)
                for row in rows
            ),
        )

    async def _webhooks(self, ids: list[str]) -> Collection:
        lists = await asyncio.gather(*(self.client.webhooks(one) for one in ids))
        parts = [
            part
            for domain, listing in zip(ids, lists, strict=True)
            for part in grouping.parts_of(domain, listing)
        ]
        index = grouping.Index(parts, {row.id: row.key for row in self.rows.values()})
        desired = [
            grouping.Desired(address=resource.address, domain=domain, fields=resource.spec)
            for resource in self.scope.desired.get(WEBHOOK, ())
            if (domain := self.domain_id(resource)) is not None
        ]
        grouped = grouping.group(index, desired, self.scope.owned.get(WEBHOOK, ()))
        keys = {
            domain: {webhooks.SIGNING_KEY: listing.signing_key}
            for domain, listing in zip(ids, lists, strict=True)
            if listing.signing_key is not None
        }
        objects = (
            replace(live, secrets=keys.get(str(live.extra.get("domainId")), {}))
            for live in grouped.objects
        )
        return replace(grouped, objects=tuple(objects))

    def _note_domains(self) -> None:
        if SENDER_DOMAIN in self.scope.kinds:
            desired = self.scope.desired.get(SENDER_DOMAIN, ())
            owned = self.scope.owned.get(SENDER_DOMAIN, ())
            self.findings += health.findings(self.rows.values(), desired, owned)

    async def _verify_again(self) -> None:
        """Have domains verified whose creation or change broke off, perhaps before that."""
        names = {one.spec.get("domain") for one in self.scope.desired.get(SENDER_DOMAIN, ())}
        for row in self.rows.values():
            if row.key in names and row.verified is False:
                with suppress(ProviderError):
                    await self.client.verify(row.id)

    def _note_missing(self, resources: Iterable[Resource]) -> None:
        for resource in resources:
            domain = id_of(resource.spec.get("domain"))
            if domain not in self.rows:
                message = f"the account has no sender domain with the id {domain}"
                self._note(resource, Severity.WARNING, "octeth-domain-missing", message)

    def _one_key(self, domain: str) -> bool:
        """Tell whether a domain can have one key only; newer servers' databases allow no more."""
        return self.rows[domain].newer if self.one_key is None else self.one_key

    def _note_single_keys(self) -> None:
        """Warn of two keys for a domain that can have one."""
        seen: set[str] = set()
        for resource in self.scope.desired.get(API_KEY, ()):
            domain = self.domain_id(resource)
            if domain is None or domain not in self.rows or not self._one_key(domain):
                continue
            if domain in seen:
                message = f"the server allows one API key for {self.rows[domain].key}"
                self._note(resource, Severity.WARNING, "octeth-one-key-per-domain", message)
            seen.add(domain)

    def _note(self, resource: Resource, severity: Severity, rule: str, message: str) -> None:
        finding = Finding(
            severity=severity,
            rule=rule,
            message=message,
            address=resource.address,
            origin=resource.origin,
        )
        self.findings.append(finding)


def _failed(kind: str, error: ProviderError) -> Collection:
    return Collection(kind=kind, complete=False, error=error.message)


def _domain_object(row: DomainRow, owned: OwnedObject | None) -> LiveObject:
    extra: dict[str, JsonValue] = {"status": row.status} if row.status else {}
    if row.verified:
        extra[dns.VERIFIED] = True
    return LiveObject(
        kind=SENDER_DOMAIN,
        id=row.id,
        key=row.key,
        fields={"domain": row.key, **row.options},
        extra=extra,
        name=row.key,
        degraded=health.degraded(row, owned),
    )


def _key_object(domain: DomainRow, row: KeyRow, *, one_key: bool) -> LiveObject:
    fields: dict[str, JsonValue] = {"domain": remote_id(domain.id)}
    extra: dict[str, JsonValue] = {"domainId": domain.id}
    if row.description is not None:
        fields["description"] = row.description
    if one_key:
        extra["oneKeyPerDomain"] = True
    return LiveObject(
        kind=API_KEY,
        id=row.id,
        key=None,
        fields=fields,
        extra=extra,
        secrets={} if row.key is None else {credentials.KEY: row.key},
        marker=row.marker,
        name=row.description or f"key {row.id} of {domain.key}",
    )


def _smtp_object(domain: DomainRow, row: SmtpAccess) -> LiveObject:
    return LiveObject(
        kind=SMTP_CONFIG,
        id=row.id or "",
        key=None,
        fields={"domain": remote_id(domain.id)},
        extra={"domainId": domain.id},
        name=f"SMTP {row.id} of {domain.key}",
    )
