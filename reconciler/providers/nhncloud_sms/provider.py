"""NHN Cloud SMS (formerly Toast), API v2.2."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar, cast

from reconciler.errors import ProviderError
from reconciler.http.verdict import Verdict
from reconciler.model.finding import Finding
from reconciler.model.journal import Intent, Verb
from reconciler.model.live import Collection, LiveObject, Observation
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Account
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.providers.callbacks import Callbacks
from reconciler.providers.kind import Kind
from reconciler.providers.nhncloud_sms.callbacks import NhnCallbacks
from reconciler.providers.nhncloud_sms.client import Api, classify
from reconciler.providers.nhncloud_sms.handler import Handler, Seen, Tools
from reconciler.providers.nhncloud_sms.kinds import KINDS
from reconciler.providers.provider import Provider, ProviderDefaults
from reconciler.providers.task import Applied, Scope, Task, Writer

if TYPE_CHECKING:
    from reconciler.http.client import HttpClient
    from reconciler.providers.nhncloud_sms.templates import Templates

_HANDLERS = {
    "Category": "categories.Categories",
    "Template": "templates.Templates",
    "Tag": "tags.Tags",
    "Contact": "contacts.Contacts",
    "BlockList": "blocklist.BlockLists",
}
"""The code of each kind, below this package."""

DEFAULT_USER = "reconciler"
"""`createUser` and `updateUser` where `options` name none."""


class NhnCloudSms(Provider):
    """One app key at NHN Cloud SMS."""

    type: ClassVar[str] = "nhncloud-sms"
    title: ClassVar[str] = "NHN Cloud SMS"
    defaults: ClassVar[ProviderDefaults] = ProviderDefaults(
        base_url="https://api-sms.cloud.toast.com",
        # A thousand templates of 4,000 Korean characters each are more than 10 MiB.
        max_body=64 * 1024 * 1024,
    )
    required_credentials: ClassVar[tuple[str, ...]] = ("appKey",)
    optional_credentials: ClassVar[tuple[str, ...]] = ("secretKey",)
    kinds: ClassVar[Mapping[str, Kind]] = KINDS
    callbacks: ClassVar[Callbacks | None] = NhnCallbacks()

    def __init__(
        self, account: Account, credentials: Mapping[str, Secret], http: HttpClient
    ) -> None:
        """Prepare what the code of every kind works with."""
        super().__init__(account, credentials, http)
        update_user = str(account.options.get("updateUser") or DEFAULT_USER)
        self._tools = Tools(
            api=Api(http, credentials["appKey"]),
            account=account.name,
            create_user=str(account.options.get("createUser") or update_user),
            update_user=update_user,
            concurrency=account.limits.concurrency or self.defaults.concurrency,
        )
        self._handlers: dict[str, Handler] = {}

    def _handler(self, kind: str) -> Handler:
        """Return the code of a kind, imported when its first object turns up."""
        if kind not in self._handlers:
            module, _, name = _HANDLERS[kind].partition(".")
            found = import_module(f"reconciler.providers.nhncloud_sms.{module}")
            self._handlers[kind] = getattr(found, name)(self._tools)
        return self._handlers[kind]

    @classmethod
    def headers(cls, credentials: Mapping[str, Secret]) -> Mapping[str, Secret | str]:
        """Return the content type, and the secret key where the account has one."""
        made: dict[str, Secret | str] = {"Content-Type": "application/json;charset=UTF-8"}
        if credentials.get("secretKey"):
            made["X-Secret-Key"] = credentials["secretKey"]
        return made

    @staticmethod
    def classify(status: int, body: JsonValue) -> Verdict:
        """Go by the envelope, whatever the HTTP status."""
        return classify(status, body)

    def account_identity(self) -> str:
        """Return where the account is and its app key, of which only a keyed digest is kept."""
        base_url = self.account.base_url or self.defaults.base_url or ""
        return f"{self.type} {base_url.rstrip('/')} {self.credentials['appKey'].reveal()}"

    async def observe(self, scope: Scope) -> Observation:
        """Read the collections of the scope's kinds in parallel."""
        before = self.http.requests
        kinds = [kind for kind in _HANDLERS if kind in scope.kinds]
        seen, findings = await asyncio.gather(
            asyncio.gather(*(self._observe_kind(kind, scope) for kind in kinds)),
            self._sender_findings(scope),
        )
        return Observation(
            provider=self.account.name,
            collections={one.collection.kind: one.collection for one in seen},
            findings=(*(finding for one in seen for finding in one.findings), *findings),
            requests=self.http.requests - before,
            latency=self.http.latency,
        )

    async def _observe_kind(self, kind: str, scope: Scope) -> Seen:
        try:
            return await self._handler(kind).observe(scope)
        except ProviderError as error:
            return Seen(collection=Collection(kind=kind, complete=False, error=error.message))

    async def _sender_findings(self, scope: Scope) -> tuple[Finding, ...]:
        if "Template" not in scope.kinds or self.account.options.get("checkSenders") is False:
            return ()
        return await cast("Templates", self._handler("Template")).sender_findings(scope)

    async def exists(self, row: OwnedObject) -> bool:
        """Read one category alone."""
        return await self._handler(row.address.kind).exists(row.remote_id)

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Create an object of any kind."""
        return await self._handler(task.address.kind).create(task, writer)

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Change an object of any kind."""
        return await self._handler(task.address.kind).update(task, writer)

    async def delete(self, task: Task, writer: Writer) -> None:
        """Delete an object of any kind."""
        await self._handler(task.address.kind).delete(task, writer)

    def cost(self, task: Task, verb: Verb) -> int:
        """Count the requests."""
        return self._handler(task.address.kind).cost(task, verb)

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:
        """Tell what a person should know."""
        return self._handler(task.address.kind).notes(task, verb)

    def candidates(self, intent: Intent, collection: Collection) -> list[LiveObject]:
        """Find categories by name and parent, everything else by its key."""
        if collection.kind == "Category":
            from reconciler.providers.nhncloud_sms import categories

            return categories.candidates(intent, collection)
        return super().candidates(intent, collection)
