"""Webhooks of all providers. A URL may hold a secret, so no finding shows more than its host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, parse_qsl, urlsplit

from reconciler.lint.hosts import inner
from reconciler.lint.rule import Found, Scope, Spot, account_rule, resource_rule, text, texts
from reconciler.model.finding import Severity
from reconciler.model.resource import Resource

_URL = ("spec", "url")
_SECRET_WORDS = frozenset(
    {
        "apikey",
        "auth",
        "authorization",
        "bearer",
        "credential",
        "credentials",
        "jwt",
        "key",
        "passphrase",
        "passwd",
        "password",
        "pwd",
        "secret",
        "sig",
        "signature",
        "token",
    }
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

_VERIFY = {
    "surenotify": "check the header x-surenotify-signature instead",
    "octeth": "check the signature with the key that signingKeyTo delivers instead",
}
_ENGAGEMENT = frozenset({"open", "click"})
_TROUBLE = frozenset({"bounce", "complaint"})


def _parts(webhook: Resource) -> SplitResult | None:
    try:
        return urlsplit(text(webhook, "url"))
    except ValueError:
        return None


@resource_rule(
    "webhook-url-insecure",
    Severity.WARNING,
    kind="Webhook",
    source="RFC 9110 4.2.2 (https); events hold recipients' addresses",
)
def insecure(webhook: Resource) -> Iterator[Spot]:
    """A webhook over http: recipients' addresses would pass the network in clear."""
    if not text(webhook, "url").startswith("http:"):
        return
    parts = _parts(webhook)
    if parts is not None and not inner(parts.hostname or ""):
        yield _URL, "events would pass the network in clear, recipients' addresses too; use https"


@account_rule(
    "webhook-url-private",
    Severity.WARNING,
    source="Octeth API docs 5.7, EmailGateway.AddWebhook error 7; RFC 6761, 6762, 6890",
)
def private(scope: Scope) -> Iterator[Found]:
    """A webhook whose host the provider cannot reach: localhost, private, link-local, .local."""
    for webhook in scope.of("Webhook"):
        parts = _parts(webhook)
        host = (parts.hostname or "") if parts else ""
        if reason := inner(host):
            message = f"host {host} {reason}, so the provider cannot reach it; name a public host"
            if scope.account.type == "octeth":
                message += " (newer Octeth servers refuse localhost and *.local)"
            yield Found(webhook, _URL, message)


@account_rule(
    "webhook-url-secret",
    Severity.WARNING,
    source="RFC 9110 17.9: sensitive information in URIs",
)
def secret(scope: Scope) -> Iterator[Found]:
    """A webhook URL with a query parameter that looks like a secret, in Git and in logs."""
    for webhook in scope.of("Webhook"):
        parts = _parts(webhook) if "?" in text(webhook, "url") else None
        names = [name for name, _ in parse_qsl(parts.query) if _secret(name)] if parts else []
        if names:
            fix = _VERIFY.get(scope.account.type, "verify the provider's signature instead")
            told = ", ".join(dict.fromkeys(names))
            message = f"the query has {told}, which looks like a secret in the manifest; {fix}"
            yield Found(webhook, _URL, message)


def _secret(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    return not _SECRET_WORDS.isdisjoint(words) or name.lower() in _SECRET_WORDS


@account_rule(
    "webhook-no-bounce",
    Severity.INFO,
    whole=True,
    source="RFC 5321 4.2.1 (permanent failures); M3AAWG sender best practices",
)
def no_bounce(scope: Scope) -> Iterator[Found]:
    """Opens and clicks of e-mail are reported, but neither bounces nor complaints."""
    groups: dict[str, list[Resource]] = {}
    for webhook in scope.of("Webhook"):
        if webhook.spec.get("channel") != "sms":
            groups.setdefault(str(webhook.spec.get("domain", "")), []).append(webhook)
    for webhooks in groups.values():
        events = {event for webhook in webhooks for event in texts(webhook, "events")}
        if events & _ENGAGEMENT and not events & _TROUBLE:
            message = (
                "opens and clicks are reported, bounces and complaints are not; mailing on to "
                "addresses that bounce or complain costs reputation: add the events bounce and "
                "complaint"
            )
            yield Found(webhooks[0], ("spec", "events"), message)
