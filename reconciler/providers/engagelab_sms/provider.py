"""EngageLab SMS, management API."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import ClassVar

from reconciler.http.verdict import Verdict
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.providers.callbacks import Callbacks
from reconciler.providers.engagelab_sms.callbacks import EngageLabCallbacks
from reconciler.providers.engagelab_sms.client import classify
from reconciler.providers.engagelab_sms.kinds import KINDS
from reconciler.providers.kind import Kind
from reconciler.providers.provider import Provider, ProviderDefaults, Rehearsal
from reconciler.providers.rest import RestClient


class EngageLabSms(Provider):
    """One business account at EngageLab SMS."""

    type: ClassVar[str] = "engagelab-sms"
    title: ClassVar[str] = "EngageLab SMS"
    defaults: ClassVar[ProviderDefaults] = ProviderDefaults(base_url="https://smsapi.engagelab.com")
    required_credentials: ClassVar[tuple[str, ...]] = ("devKey", "devSecret")
    optional_credentials: ClassVar[tuple[str, ...]] = ("smsUser", "smsKey")
    kinds: ClassVar[Mapping[str, Kind]] = KINDS
    messages: ClassVar[str] = "messages:Messages"
    callbacks: ClassVar[Callbacks | None] = EngageLabCallbacks()

    handlers: ClassVar[Mapping[str, str]] = {
        "Signature": "signatures:Signatures",
        "Template": "templates:Templates",
    }
    rehearsal: ClassVar[Rehearsal] = Rehearsal(url_options=("sendBaseUrl",))

    def messages_of_account(self) -> str:
        """Return the class for the sending API that `options.sendApi` chooses."""
        older = self.account.options.get("sendApi") == "v1-send"
        return "older_messages:OlderMessages" if older else self.messages

    def connect(self) -> RestClient:
        """Return a plain client: answers have objects and lists without an envelope."""
        return RestClient(self.http)

    @classmethod
    def headers(cls, credentials: Mapping[str, Secret]) -> Mapping[str, Secret | str]:
        """Return the credentials of the management API."""
        pair = f"{credentials['devKey'].reveal()}:{credentials['devSecret'].reveal()}"
        return {"Authorization": Secret(f"Basic {base64.b64encode(pair.encode()).decode()}")}

    @staticmethod
    def classify(status: int, body: JsonValue) -> Verdict:
        """Judge by the envelope, and its message: see `client`."""
        return classify(status, body)

    def account_identity(self) -> str:
        """Return the base URL and the developer key."""
        base_url = self.account.base_url or self.defaults.base_url or ""
        return f"{self.type} {base_url.rstrip('/')} {self.credentials['devKey'].reveal()}"
