"""The Octeth Email Gateway: which module handles which kind, and how answers are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from reconciler.http.request import Request
from reconciler.http.verdict import Verdict
from reconciler.model.values import JsonValue
from reconciler.providers.kind import Kind
from reconciler.providers.octeth.client import OctethClient, answering, classify, command_of
from reconciler.providers.octeth.kinds import KINDS
from reconciler.providers.provider import Provider, ProviderDefaults
from reconciler.providers.task import Scope


class OctethProvider(Provider):
    """One account at one Octeth server.

    Its option `encoding` (`json` or `form`) affects all requests; for the other options, see the
    handlers that use them.
    """

    type: ClassVar[str] = "octeth"
    title: ClassVar[str] = "Octeth Email Gateway"
    defaults: ClassVar[ProviderDefaults] = ProviderDefaults(
        base_url=None, concurrency=8, requests_per_second=20.0
    )
    required_credentials: ClassVar[tuple[str, ...]] = ("apiKey",)
    kinds: ClassVar[Mapping[str, Kind]] = KINDS
    messages: ClassVar[str] = "messages:Messages"
    handlers: ClassVar[Mapping[str, str]] = {
        "SenderDomain": "domains:SenderDomains",
        "ApiKey": "api_keys:ApiKeys",
        "SmtpConfig": "smtp_configs:SmtpConfigs",
        "Webhook": "webhooks:Webhooks",
    }

    call_check: ClassVar[str] = (
        "check the signature with the key that signingKeyTo delivers instead"
    )
    refused_hosts: ClassVar[str] = "newer Octeth servers refuse localhost and *.local"

    def connect(self) -> OctethClient:
        """Return the client that sends commands and reads their answers."""
        form = self.account.options.get("encoding") == "form"
        return OctethClient(self.http, self.credentials["apiKey"], form=form)

    async def write(self, request: Request) -> JsonValue:
        """Send a request, and judge its answer as one to the command in it."""
        with answering(command_of(request)):
            return await super().write(request)

    @staticmethod
    def classify(status: int, body: JsonValue) -> Verdict:
        """Return what the answer to the command that this task sent means."""
        return classify(status, body)

    def account_identity(self) -> str:
        """Return server and API key, since no answer names the account."""
        server = (self.account.base_url or "").rstrip("/").lower()
        return f"{server} {self.credentials['apiKey'].reveal()}"

    async def prepare(self, scope: Scope) -> None:
        """Read the account's domains, to which all other objects belong."""
        await self._client.look(scope)
