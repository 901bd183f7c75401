"""NHN Cloud SMS (formerly Toast), API v2.2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from reconciler.http.verdict import Verdict
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.providers.callbacks import Callbacks
from reconciler.providers.kind import Kind
from reconciler.providers.nhncloud_sms.callbacks import NhnCallbacks
from reconciler.providers.nhncloud_sms.client import Api, classify
from reconciler.providers.nhncloud_sms.kinds import KINDS
from reconciler.providers.provider import Provider, ProviderDefaults, Rehearsal

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
    handlers: ClassVar[Mapping[str, str]] = {
        "Category": "categories:Categories",
        "Template": "templates:Templates",
        "Tag": "tags:Tags",
        "Contact": "contacts:Contacts",
        "BlockList": "blocklist:BlockLists",
    }
    messages: ClassVar[str] = "messages:Messages"
    # Rehearsals do not wait for a sender number to be registered.
    rehearsal: ClassVar[Rehearsal] = Rehearsal(
        readings={"senders": "any"}, options={"checkSenders": False}
    )
    callbacks: ClassVar[Callbacks | None] = NhnCallbacks()

    def connect(self) -> Api:
        """Return the client of this account's API."""
        update_user = str(self.account.options.get("updateUser") or DEFAULT_USER)
        create_user = str(self.account.options.get("createUser") or update_user)
        return Api(
            self.http,
            self.credentials["appKey"],
            create_user=create_user,
            update_user=update_user,
        )

    @classmethod
    def headers(cls, credentials: Mapping[str, Secret]) -> Mapping[str, Secret | str]:
        """Return the content type, and the secret key where the account has one."""
        made: dict[str, Secret | str] = {"Content-Type": "application/json;charset=UTF-8"}
        if credentials.get("secretKey"):
            made["X-Secret-Key"] = credentials["secretKey"]
        return made

    @staticmethod
    def classify(status: int, body: JsonValue) -> Verdict:
        """Judge by the envelope; the HTTP status only tells failures apart."""
        return classify(status, body)

    def account_identity(self) -> str:
        """Return the base URL and the app key; only a keyed digest of this text is kept."""
        base_url = self.account.base_url or self.defaults.base_url or ""
        return f"{self.type} {base_url.rstrip('/')} {self.credentials['appKey'].reveal()}"
