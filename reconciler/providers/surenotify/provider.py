"""Surenotify: which module handles which kind, and how answers are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from reconciler.http.verdict import Dialect, Verdict
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.providers.callbacks import Callbacks
from reconciler.providers.kind import Kind
from reconciler.providers.provider import Provider, ProviderDefaults
from reconciler.providers.surenotify.callbacks import SurenotifyCallbacks
from reconciler.providers.surenotify.client import classify, without_spare_commas
from reconciler.providers.surenotify.kinds import KINDS
from reconciler.providers.wire import pause


class Surenotify(Provider):
    """One API key of Surenotify."""

    type: ClassVar[str] = "surenotify"
    title: ClassVar[str] = "Surenotify"
    defaults: ClassVar[ProviderDefaults] = ProviderDefaults(
        base_url="https://mail.surenotifyapi.com"
    )
    required_credentials: ClassVar[tuple[str, ...]] = ("apiKey",)
    kinds: ClassVar[Mapping[str, Kind]] = KINDS
    handlers: ClassVar[Mapping[str, str]] = {
        "SenderDomain": "domains:SenderDomains",
        "Webhook": "webhooks:Webhooks",
    }
    call_check: ClassVar[str] = "check the header x-surenotify-signature instead"
    callbacks: ClassVar[Callbacks | None] = SurenotifyCallbacks()
    messages: ClassVar[str] = "messages:Messages"

    @staticmethod
    def classify(status: int, body: JsonValue) -> Verdict:
        """Return what an answer means: see `client`."""
        return classify(status, body)

    @classmethod
    def dialect(cls) -> Dialect:
        """Return how answers are read: some on the page have a comma before the last brace."""
        return Dialect(classify=cls.classify, pause=pause, mend=without_spare_commas)

    @classmethod
    def headers(cls, credentials: Mapping[str, Secret]) -> Mapping[str, Secret | str]:
        """Return the header that authenticates."""
        return {"x-api-key": credentials["apiKey"]}

    def account_identity(self) -> str:
        """Return the key: nothing else tells one account from another."""
        return f"{self.account.base_url} {self.credentials['apiKey'].reveal()}"
