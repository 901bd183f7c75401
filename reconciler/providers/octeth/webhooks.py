"""Webhooks: several events of a sender domain sent to one URL; each event is a separate part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from reconciler.errors import ProviderError, Rejected
from reconciler.http.request import Request
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.providers.examination import Proof, Subject
from reconciler.providers.hook_changes import HookApi, HookChange
from reconciler.providers.hook_handler import HooksHandler
from reconciler.providers.hooks import HookList, Hooks
from reconciler.providers.inside import Parents
from reconciler.providers.lenient import first_text, object_of
from reconciler.providers.octeth import proofs
from reconciler.providers.octeth.client import OctethClient
from reconciler.providers.octeth.kinds import HOOKS, PAST_FORMS
from reconciler.providers.octeth.rows import DomainRow

SIGNING_KEY = "signingKeyTo.signingKey"
_UNKNOWN_EVENT = "3"


class Webhooks(HooksHandler[OctethClient]):
    """Webhooks of the account's domains."""

    hooks: ClassVar[Hooks] = HOOKS

    @property
    def parents(self) -> Parents[DomainRow]:
        """Return the account's domains."""
        return self.client.known

    def api(self, parent: str) -> HookApi:
        """Return the commands for a domain's webhooks."""
        return _Commands(self.client, parent, str(self.account.options.get("eventNames")))

    def secrets_in(self, listing: HookList) -> Mapping[str, Secret]:
        """Return the key that signs a domain's calls."""
        return {} if listing.signing_key is None else {SIGNING_KEY: listing.signing_key}

    async def secrets_after(self, change: HookChange) -> Mapping[str, Secret]:
        """Return the domain's signing key if the manifest has it delivered."""
        if not change.task.desired.get("signingKeyTo"):
            return {}
        if change.listing.signing_key is None:
            await change.look_again()
        if change.listing.signing_key is None:
            raise ProviderError(
                f"the server shows no signing key for the webhooks of domain {change.parent}",
                hint="Remove `signingKeyTo`, or create the key on the server's own pages.",
            )
        return self.secrets_in(change.listing)

    async def examine(self, subject: Subject) -> tuple[Proof, ...]:
        """Check that the signing key is where it was delivered."""
        return proofs.signing_key(subject, "signingKeyTo", SIGNING_KEY)


class _Commands(HookApi):
    """The commands for one domain's webhooks.

    The option `eventNames` says how events are spelled: as `delivery`, as `delivered`, or as
    `either`, which tries the second if the server refuses the first.
    """

    def __init__(self, client: OctethClient, domain: str, event_names: str) -> None:
        self._client = client
        self._domain = domain
        self._event_names = event_names

    async def listing(self) -> HookList:
        return await self._client.webhooks(self._domain)

    def adding(self, event: str, url: str) -> Sequence[Request]:
        past = PAST_FORMS[event]
        spellings = {"delivered": [past], "either": [event, past]}.get(self._event_names, [event])
        parameters = {"DomainID": self._domain, "WebhookURL": url}
        return [
            self._client.request("AddWebhook", {**parameters, "Event": spelling})
            for spelling in spellings
        ]

    def removing(self, row: str) -> Request:
        return self._client.request("DeleteWebhook", {"WebhookID": row, "DomainID": self._domain})

    def created(self, answer: JsonValue) -> str | None:
        return first_text(object_of(answer), "NewWebhookID", "WebhookID")

    def misspelled(self, refusal: Rejected) -> bool:
        return refusal.provider_code == _UNKNOWN_EVENT
