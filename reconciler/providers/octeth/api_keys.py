"""API keys: never changed once made; the key is shown when it is made, perhaps in lists, too."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from msgspec.structs import replace

from reconciler.errors import Rejected
from reconciler.http.outcomes import UnclearAnswer
from reconciler.http.request import Request
from reconciler.model.finding import Finding, Severity
from reconciler.model.journal import Verb
from reconciler.model.live import LiveObject
from reconciler.model.secret import Secret
from reconciler.model.usage import Usage
from reconciler.model.values import Fields, JsonValue, remote_id
from reconciler.providers.examination import Proof, Subject
from reconciler.providers.handler import Seen, about
from reconciler.providers.inside import Parents
from reconciler.providers.octeth import proofs
from reconciler.providers.octeth.client import OctethClient
from reconciler.providers.octeth.convert import created_api_key
from reconciler.providers.octeth.kinds import AT_DOMAIN, SINK
from reconciler.providers.octeth.rows import DomainRow, KeyRow
from reconciler.providers.shown_once import ShownOnceHandler, untold
from reconciler.providers.task import CreateStep, Reply, Scope, Task, Writer

KEY = f"{SINK}.key"
CONFLICT = "409"
_DUPLICATE = "duplicate entry"
"""The database's error when a unique index refuses a row: nothing was made."""
NO_KEY = "Change its `rotation` to have another made, or remove the resource from the manifests."
ONE_KEY = "the server allows one key per domain: the old key is revoked before the new one exists"


class ApiKeys(ShownOnceHandler[OctethClient, DomainRow, KeyRow]):
    """API keys. Servers from 5.7.2 on have a unique index in their database: one key for a domain.

    The option `oneKeyPerDomain` overrides this for a server that differs from its generation.
    """

    carries_marker: ClassVar[str] = "description"

    @property
    def parents(self) -> Parents[DomainRow]:
        """Return the account's domains."""
        return self.client.known

    async def observe(self, scope: Scope) -> Seen:
        """List the keys; warn of manifests with two keys for a domain that can have one."""
        seen = await super().observe(scope)
        return replace(seen, findings=(*seen.findings, *self._doubled()))

    def _doubled(self) -> Iterable[Finding]:
        known = self.client.known
        seen: set[str] = set()
        for resource in known.desired(self.kind.name):
            row = known.rows.get(known.of(resource) or "")
            if row is None or not self._one_key(row):
                continue
            if row.id in seen:
                message = f"the server allows one API key for {row.key}"
                yield about(resource, Severity.WARNING, "octeth-one-key-per-domain", message)
            seen.add(row.id)

    def _one_key(self, domain: DomainRow) -> bool:
        chosen = self.account.options.get("oneKeyPerDomain")
        return chosen if isinstance(chosen, bool) else domain.newer

    async def listed(self, parent: str) -> Sequence[KeyRow]:
        """List a domain's keys."""
        return await self.client.api_keys(parent)

    def id_in(self, row: KeyRow) -> str:
        """Return a key's id."""
        return row.id

    def removal(self, known: str) -> Request:
        """Send the id under both its names: the page's and that of newer servers."""
        return self.client.request("DeleteAPI", {"ApiKeyId": known, "APIKeyID": known})

    def live(self, parent: DomainRow, row: KeyRow) -> LiveObject:
        """Return an API key, with its secret if the list shows that in full."""
        fields: dict[str, JsonValue] = {"domain": remote_id(parent.id)}
        if row.description is not None:
            fields["description"] = row.description
        extra = AT_DOMAIN.remember(parent.id)
        if self._one_key(parent):
            extra["oneKeyPerDomain"] = True
        return LiveObject(
            kind=self.kind.name,
            id=row.id,
            key=None,
            fields=fields,
            extra=extra,
            secrets={} if row.key is None else {KEY: row.key},
            marker=row.marker,
            usage=None if row.used_at is None else Usage(last_used_at=row.used_at),
            name=row.description or f"key {row.id} of {parent.key}",
        )

    def create_first(self, live: LiveObject | None) -> bool:
        """Tell whether the old key may stay until its replacement exists."""
        return not (live and live.extra.get("oneKeyPerDomain")) and super().create_first(live)

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:
        """Say that the domain has no key for a moment."""
        one = verb is Verb.CREATE and task.live and task.live.extra.get("oneKeyPerDomain")
        return (ONE_KEY,) if one else ()

    async def examine(self, subject: Subject) -> tuple[Proof, ...]:
        """Use the delivered key for a cheap read."""
        return await proofs.key(self.client, subject)

    async def recover_secrets(self, live: LiveObject, fields: Fields) -> Mapping[str, Secret]:
        """Return a key that the list still shows in full."""
        domain = AT_DOMAIN.remembered(live.extra, live.fields)
        if domain is None or not fields.get(SINK):
            return {}
        return _key_in(await self.client.api_keys(domain), live.id)

    async def send(self, task: Task, writer: Writer, parent: str, seen: tuple[str, ...]) -> Reply:
        """Add a key, with its marker after the description, which newer servers list."""
        description = str(task.desired.get("description", task.address.name))

        def read(body: JsonValue) -> Reply:
            created, key = created_api_key(body)
            return Reply(
                id=created, extra=AT_DOMAIN.remember(parent), secrets={KEY: key} if key else {}
            )

        step = CreateStep(
            name="create",
            request=lambda marker: self.client.request(
                "AddAPI",
                {"Description": f"{description} {marker}".strip(), "DomainID": parent},
            ),
            read=read,
            pre_ids=seen,
            applied=task.held(),
        )
        try:
            return await writer.write(step)
        except (Rejected, UnclearAnswer) as error:
            if seen and await self._refuses_another(error, parent, seen):
                raise _one_key(task, error) from error
            raise

    async def _refuses_another(
        self, error: Rejected | UnclearAnswer, domain: str, seen: tuple[str, ...]
    ) -> bool:
        """Tell whether an error means that the domain cannot have another key."""
        if isinstance(error, Rejected):
            return error.provider_code == CONFLICT
        if _DUPLICATE not in error.message.lower():
            return False
        await asyncio.sleep(self.account.limits.settle_seconds or 0)
        return set(await self.ids(domain)) == set(seen)

    async def find_out(
        self,
        task: Task,
        writer: Writer,  # noqa: ARG002 -- nothing is sent
        created: str,
        reply: Reply,  # noqa: ARG002 -- it told nothing
    ) -> Mapping[str, Secret]:
        """Return the key as the list shows it."""
        rows = await self.client.api_keys(AT_DOMAIN.of(task))
        if secrets := _key_in(rows, created):
            return secrets
        message = f"{task.address}: the server created API key {created} without telling the key"
        raise untold(message, NO_KEY, listed=any(row.id == created for row in rows))


def _key_in(rows: Iterable[KeyRow], key_id: str) -> Mapping[str, Secret]:
    key = next((row.key for row in rows if row.id == key_id), None)
    return {KEY: key} if key else {}


def _one_key(task: Task, refusal: Rejected | UnclearAnswer) -> Rejected:
    return Rejected(
        f"{task.address}: the domain has an API key, and the server refuses another",
        hint="If it allows one key per domain, say so in the Provider manifest: "
        "`options: {oneKeyPerDomain: true}`. A replaced key is then revoked first.",
        details=(refusal.message,),
        provider_code=refusal.provider_code if isinstance(refusal, Rejected) else "",
        status=refusal.status,
    )
