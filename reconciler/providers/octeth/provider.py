"""The Octeth Email Gateway as the engine sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from msgspec.structs import replace

from reconciler.http.client import HttpClient
from reconciler.http.verdict import Dialect, Verdict
from reconciler.model.journal import CreationClass, Intent, Verb
from reconciler.model.live import Collection, LiveObject, Observation
from reconciler.model.resource import Account
from reconciler.model.secret import Secret
from reconciler.model.values import Fields, JsonValue, id_of
from reconciler.providers.interim import Interim
from reconciler.providers.kind import Kind
from reconciler.providers.octeth import (
    client,
    credentials,
    domains,
    errors,
    hand_overs,
    tasks,
    webhooks,
)
from reconciler.providers.octeth.grouping import domain_of, from_json, to_json
from reconciler.providers.octeth.kinds import (
    API_KEY,
    KINDS,
    OPTIONS,
    SENDER_DOMAIN,
    SMTP_CONFIG,
    WEBHOOK,
    events_of,
)
from reconciler.providers.octeth.observe import Observer
from reconciler.providers.provider import Provider, ProviderDefaults
from reconciler.providers.task import Applied, HandOvers, Scope, Task, Writer

WITH_ALL = (
    "keys, SMTP configurations and webhooks that others made on this domain may go along with it"
)
ONE_KEY = "the server allows one key per domain: the old key is revoked before the new one exists"
NEW_SUBDOMAIN = (
    "changing the subdomain puts {} back to approval pending "
    "until its new DNS records are published"
)
SHARED = (
    "the server keeps several events in one webhook: removing one removes it whole for a moment, "
    "then the others are added again"
)


class OctethProvider(Provider):
    """One account at one Octeth server.

    Options: `encoding` (`json` or `form`) of requests; `eventNames` (`delivery`, `delivered`, or
    `either` to try the second where the server refuses the first) of webhook events;
    `oneKeyPerDomain` (a boolean), where the server is not what its generation suggests;
    `smtpPasswordFromList` (a boolean), where the list of SMTP configurations shows passwords as
    they are and not encrypted, as the documentation says.
    """

    type = "octeth"
    title = "Octeth Email Gateway"
    defaults = ProviderDefaults(base_url=None, concurrency=8, requests_per_second=20.0)
    required_credentials = ("apiKey",)
    kinds = KINDS

    def __init__(
        self, account: Account, credentials: Mapping[str, Secret], http: HttpClient
    ) -> None:
        """Keep the account, its credentials and the client to reach it with."""
        super().__init__(account, credentials, http)
        self._client = client.OctethClient(
            http, credentials["apiKey"], form=account.options.get("encoding") == "form"
        )
        self._event_names = str(account.options.get("eventNames", "delivery"))
        one_key = account.options.get("oneKeyPerDomain")
        self._one_key = one_key if isinstance(one_key, bool) else None
        self._smtp_from_list = account.options.get("smtpPasswordFromList") is True
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}

    def handler(self, kind: str) -> Interim:
        """Return what stands in until each kind has a handler."""
        return Interim(self.kinds[kind], self.account, None)

    @staticmethod
    def classify(status: int, body: JsonValue) -> Verdict:
        """Say what the answer to the command under way in this task means."""
        return client.classify(status, body)

    @classmethod
    def dialect(cls) -> Dialect:
        """Return how answers are read: a rate limit says in words how long to wait."""
        return Dialect(classify=cls.classify, pause=errors.pause)

    def account_identity(self) -> str:
        """Return server and API key: nothing that can be read names the account."""
        server = (self.account.base_url or "").rstrip("/").lower()
        return f"{server} {self.credentials['apiKey'].reveal()}"

    async def observe(self, scope: Scope) -> Observation:
        """Read the domains, and what those that matter have."""
        before = self.http.requests
        seen = await Observer(self._client, scope, self._one_key).run()
        return Observation(
            provider=self.account.name,
            collections=seen.collections,
            findings=seen.findings,
            requests=self.http.requests - before,
            latency=self.http.latency,
        )

    def hand_over(self, scope: Scope) -> HandOvers:
        """Find the events that one webhook manifest gives up and another takes."""
        return hand_overs.find(scope)

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Create what the task says."""
        kind = task.address.kind
        if kind == SENDER_DOMAIN:
            return await domains.create(self._client, task, writer)
        async with self._lock(task):
            if kind == API_KEY:
                return await credentials.create_api_key(
                    self._client, task, writer, settle_seconds=self.settle_seconds
                )
            if kind == SMTP_CONFIG:
                return await credentials.create_smtp(
                    self._client, task, writer, trust_list=self._smtp_from_list
                )
            return await webhooks.apply(self._client, task, writer, self._event_names)

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Bring what changed in line."""
        kind = task.address.kind
        if kind == SENDER_DOMAIN:
            return await domains.update(self._client, task, writer)
        if kind == WEBHOOK:
            async with self._lock(task):
                return await webhooks.apply(self._client, task, writer, self._event_names)
        # Keys and SMTP configurations have nothing that can be changed.
        extra = task.owned.extra if task.owned else task.live.extra if task.live else {}
        return Applied(id=tasks.remote_id(task), extra=extra)

    async def delete(self, task: Task, writer: Writer) -> None:
        """Delete what state owns; what is gone already is fine."""
        kind = task.address.kind
        if kind == SENDER_DOMAIN:
            await domains.delete(self._client, task, writer)
        elif kind == API_KEY:
            await credentials.delete_api_key(self._client, task, writer)
        elif kind == SMTP_CONFIG:
            await credentials.delete_smtp(self._client, task, writer)
        else:
            async with self._lock(task):
                await webhooks.delete(self._client, task, writer, self._event_names)

    def cost(self, task: Task, verb: Verb) -> int:
        """Count the requests of a task, reads included."""
        kind = task.address.kind
        if kind == SENDER_DOMAIN:
            options = bool(OPTIONS.intersection(task.desired))
            return {Verb.CREATE: 2 + options, Verb.UPDATE: 2, Verb.DELETE: 1}[verb]
        if kind == WEBHOOK:
            before = set(events_of(task.owned.applied)) if task.owned else set()
            if task.owned and task.desired.get("url") == task.owned.applied.get("url"):
                return 1 + len(before.symmetric_difference(events_of(task.desired)))
            return 1 + len(before) + len(events_of(task.desired))
        return 1 if verb is Verb.DELETE else 2

    def create_first(self, kind: Kind, live: LiveObject | None) -> bool:
        """Tell whether the old object may stay until its replacement exists."""
        if live and live.extra.get("oneKeyPerDomain"):
            return False
        return super().create_first(kind, live)

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:
        """Say what is not obvious about a change."""
        kind = task.address.kind
        live = task.live.extra if task.live else {}
        if kind == SENDER_DOMAIN and verb is Verb.UPDATE and "subdomain" in task.changed:
            return (NEW_SUBDOMAIN.format(task.desired.get("domain")),)
        if kind == SENDER_DOMAIN and verb is Verb.DELETE:
            return (WITH_ALL,)
        if kind == API_KEY and verb is Verb.CREATE and live.get("oneKeyPerDomain"):
            return (ONE_KEY,)
        removes = verb is Verb.DELETE or bool(task.changed.intersection({"events", "url"}))
        if kind == WEBHOOK and removes and live.get("shared"):
            return (SHARED,)
        return ()

    async def recover_secrets(self, live: LiveObject, fields: Fields) -> Mapping[str, Secret]:
        """Return an API key that the list shows whole, or the webhooks' signing key.

        An SMTP password is not asked for: the one way to get it is to set another.
        """
        domain = domain_of(live.extra, live.fields)
        if domain is None:
            return {}
        if live.kind == API_KEY and fields.get(credentials.SINK):
            return await credentials.shown_api_key(self._client, domain, live.id)
        if live.kind == WEBHOOK and fields.get("signingKeyTo"):
            key = (await self._client.webhooks(domain)).signing_key
            return {webhooks.SIGNING_KEY: key} if key else {}
        return {}

    def candidates(self, intent: Intent, collection: Collection) -> list[LiveObject]:
        """Return what an unknown create may have made, within its domain."""
        if collection.kind == WEBHOOK:
            return _webhook_candidates(intent, collection)
        if intent.creation is CreationClass.NATURAL_KEY:
            return super().candidates(intent, collection)
        domain = id_of(intent.applied.get("domain"))
        rows = [row for row in collection.objects if domain in {None, id_of(row.fields["domain"])}]
        if intent.marker:
            marked = [row for row in rows if row.marker == intent.marker]
            if marked:
                return marked
            # A description that shows and lacks the marker is unmanaged.
            rows = [row for row in rows if "description" not in row.fields]
        known = set(intent.pre_ids or ())
        return [row for row in rows if row.id not in known]

    def _lock(self, task: Task) -> asyncio.Lock:
        """Serialise what lists a domain's objects and then relies on that list."""
        return self._locks.setdefault((task.address.kind, tasks.domain_id(task)), asyncio.Lock())


def _webhook_candidates(intent: Intent, collection: Collection) -> list[LiveObject]:
    """Return the parts with the key: it was not there before, so no id needs to be compared.

    What was put back for others must not become ours.
    """
    found = [part for part in collection.parts or () if part.key == intent.key]
    if not intent.step.startswith(webhooks.RESTORE):
        return found
    return [
        replace(
            part,
            extra={"restore": to_json(dict.fromkeys(from_json(part.extra.get("parts"))))},
        )
        for part in found
    ]
