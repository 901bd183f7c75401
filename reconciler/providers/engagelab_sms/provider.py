"""EngageLab SMS, management API."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from reconciler.errors import ProviderError
from reconciler.http.verdict import Verdict
from reconciler.model.journal import Verb
from reconciler.model.live import Collection, Observation
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Account
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.providers.engagelab_sms.client import classify
from reconciler.providers.engagelab_sms.handler import Handler
from reconciler.providers.engagelab_sms.kinds import KINDS
from reconciler.providers.engagelab_sms.signatures import Signatures
from reconciler.providers.engagelab_sms.templates import Templates
from reconciler.providers.interim import Interim
from reconciler.providers.kind import Kind
from reconciler.providers.provider import Provider, ProviderDefaults
from reconciler.providers.task import Applied, Scope, Task, Writer

if TYPE_CHECKING:
    from reconciler.http.client import HttpClient


class EngageLabSms(Provider):
    """One business account at EngageLab SMS."""

    type: ClassVar[str] = "engagelab-sms"
    title: ClassVar[str] = "EngageLab SMS"
    defaults: ClassVar[ProviderDefaults] = ProviderDefaults(base_url="https://smsapi.engagelab.com")
    required_credentials: ClassVar[tuple[str, ...]] = ("devKey", "devSecret")
    optional_credentials: ClassVar[tuple[str, ...]] = ("smsUser", "smsKey")
    kinds: ClassVar[Mapping[str, Kind]] = KINDS

    def __init__(
        self, account: Account, credentials: Mapping[str, Secret], http: HttpClient
    ) -> None:
        """Prepare the code of every kind."""
        super().__init__(account, credentials, http)
        self._by_kind: Mapping[str, Handler] = {
            each.kind: each for each in (Signatures(http), Templates(http))
        }

    def handler(self, kind: str) -> Interim:
        """Return what stands in until each kind has a handler."""
        return Interim(self.kinds[kind], self.account, None)

    @classmethod
    def headers(cls, credentials: Mapping[str, Secret]) -> Mapping[str, Secret | str]:
        """Return the credentials of the management API."""
        pair = f"{credentials['devKey'].reveal()}:{credentials['devSecret'].reveal()}"
        return {"Authorization": Secret(f"Basic {base64.b64encode(pair.encode()).decode()}")}

    @staticmethod
    def classify(status: int, body: JsonValue) -> Verdict:
        """Go by the message."""
        return classify(status, body)

    def account_identity(self) -> str:
        """Return where the account is and its developer key."""
        base_url = self.account.base_url or self.defaults.base_url or ""
        return f"{self.type} {base_url.rstrip('/')} {self.credentials['devKey'].reveal()}"

    async def observe(self, scope: Scope) -> Observation:
        """Read the lists of the scope's kinds."""
        before = self.http.requests
        found = await asyncio.gather(
            *(self._collection(name) for name in self._by_kind if name in scope.kinds)
        )
        return Observation(
            provider=self.account.name,
            collections={collection.kind: collection for collection in found},
            requests=self.http.requests - before,
            latency=self.http.latency,
        )

    async def _collection(self, kind: str) -> Collection:
        try:
            return Collection(kind=kind, objects=await self._by_kind[kind].objects())
        except ProviderError as error:
            return Collection(kind=kind, complete=False, error=error.message)

    async def exists(self, row: OwnedObject) -> bool:
        """Read one object alone."""
        return await self._by_kind[row.address.kind].exists(row.remote_id)

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Create an object."""
        return await self._by_kind[task.address.kind].create(task, writer)

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Change an object."""
        return await self._by_kind[task.address.kind].update(task, writer)

    async def delete(self, task: Task, writer: Writer) -> None:
        """Delete an object."""
        await self._by_kind[task.address.kind].delete(task, writer)

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:
        """Tell what a change does to what is in service."""
        return self._by_kind[task.address.kind].notes(task, verb)
