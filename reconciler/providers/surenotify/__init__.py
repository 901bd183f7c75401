"""Newsleopard Surenotify: sender domains and webhooks.

| module | holds |
|---|---|
| `kinds` | the kinds as data |
| `client` | requests, and what answers mean |
| `convert` | JSON to fields |
| `domains`, `webhooks` | what observing and changing each kind takes |
| `slots` | which webhook slots belong to which manifest |
| `hand_overs` | slots that one manifest hands over to another |

Written from "Surenotify API Documentation", sections Authentication, Sender Authentication, Webhook
and SMS Webhook.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import ClassVar

from reconciler.http.client import HttpClient
from reconciler.http.verdict import Dialect, Verdict
from reconciler.model.finding import Finding
from reconciler.model.journal import Intent, Verb
from reconciler.model.live import Collection, LiveObject, Observation
from reconciler.model.resource import Account
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.providers.callbacks import Callbacks
from reconciler.providers.interim import Interim
from reconciler.providers.kind import Kind
from reconciler.providers.provider import Provider, ProviderDefaults
from reconciler.providers.surenotify import hand_overs
from reconciler.providers.surenotify.callbacks import SurenotifyCallbacks
from reconciler.providers.surenotify.client import classify, without_spare_commas
from reconciler.providers.surenotify.domains import KIND as SENDER_DOMAIN
from reconciler.providers.surenotify.domains import SenderDomains
from reconciler.providers.surenotify.kinds import KINDS
from reconciler.providers.surenotify.slots import KIND as WEBHOOK
from reconciler.providers.surenotify.webhooks import Webhooks
from reconciler.providers.task import Applied, HandOvers, Scope, Task, Writer


class Surenotify(Provider):
    """One API key of Surenotify."""

    type = "surenotify"
    title = "Surenotify"
    defaults = ProviderDefaults(base_url="https://mail.surenotifyapi.com")
    required_credentials = ("apiKey",)
    kinds: ClassVar[Mapping[str, Kind]] = KINDS
    callbacks: ClassVar[Callbacks | None] = SurenotifyCallbacks()

    def __init__(
        self, account: Account, credentials: Mapping[str, Secret], http: HttpClient
    ) -> None:
        """Keep the account and make what handles each kind."""
        super().__init__(account, credentials, http)
        probing = account.options.get("probeDomains") is not False
        self._domains = SenderDomains(http, probing=probing)
        self._webhooks = Webhooks(http)

    def handler(self, kind: str) -> Interim:
        """Return what stands in until each kind has a handler."""
        return Interim(self.kinds[kind], self.account, None)

    @staticmethod
    def classify(status: int, body: JsonValue) -> Verdict:
        """Say what an answer means."""
        return classify(status, body)

    @classmethod
    def dialect(cls) -> Dialect:
        """Return how answers are read: the page shows some with a comma before the last brace."""
        return Dialect(classify=cls.classify, mend=without_spare_commas)

    @classmethod
    def headers(cls, credentials: Mapping[str, Secret]) -> Mapping[str, Secret | str]:
        """Return the header that authenticates."""
        return {"x-api-key": credentials["apiKey"]}

    def account_identity(self) -> str:
        """Return the key: nothing else tells one account from another."""
        return f"{self.account.base_url} {self.credentials['apiKey'].reveal()}"

    async def observe(self, scope: Scope) -> Observation:
        """Read webhooks, and ask about the sender domains that state knows."""
        before = self.http.requests
        handlers = {SENDER_DOMAIN: self._domains.observe, WEBHOOK: self._webhooks.observe}
        asked = [handlers[kind](scope) for kind in handlers if kind in scope.kinds]
        collections: dict[str, Collection] = {}
        findings: list[Finding] = []
        for collection, found in await asyncio.gather(*asked):
            collections[collection.kind] = collection
            findings += found
        return Observation(
            provider=self.account.name,
            collections=collections,
            findings=tuple(findings),
            requests=self.http.requests - before,
            latency=self.http.latency,
        )

    def hand_over(self, scope: Scope) -> HandOvers:
        """Find the webhook slots that one manifest gives up and another takes."""
        return hand_overs.find(scope)

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Create a sender domain, or put the slots of a webhook."""
        if task.address.kind == SENDER_DOMAIN:
            return await self._domains.create(task, writer)
        return await self._webhooks.create(task, writer)

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Update a webhook; a sender domain has nothing that could be updated.

        Raises:
            NotImplementedError: It is a sender domain.
        """
        if task.address.kind == SENDER_DOMAIN:
            raise NotImplementedError
        return await self._webhooks.update(task, writer)

    async def delete(self, task: Task, writer: Writer) -> None:
        """Delete a sender domain, or clear the slots of a webhook."""
        if task.address.kind == SENDER_DOMAIN:
            await self._domains.delete(task, writer)
        else:
            await self._webhooks.delete(task, writer)

    def cost(self, task: Task, verb: Verb) -> int:
        """Count a request for each slot that changes, and two reads around them."""
        if task.address.kind == SENDER_DOMAIN:
            return 1
        return self._webhooks.cost(task, verb)

    def candidates(self, intent: Intent, collection: Collection) -> list[LiveObject]:
        """Return the live objects that an unknown create may have made."""
        if intent.address.kind == WEBHOOK:
            return self._webhooks.candidates(intent, collection)
        return super().candidates(intent, collection)


PROVIDER = Surenotify
