"""Rules about webhooks. A URL may hold a secret, so no finding shows more than its host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlsplit

from reconciler.lint.hosts import inner
from reconciler.model.finding import Severity
from reconciler.model.resource import Resource
from reconciler.providers.rule import Found, Scope, Where, account_rule, text, texts

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

_ENGAGEMENT = frozenset({"open", "click"})
_TROUBLE = frozenset({"bounce", "complaint"})


class _Hook(NamedTuple):
    resource: Resource
    where: Where
    url: str

    @property
    def parts(self) -> SplitResult | None:
        try:
            return urlsplit(self.url)
        except ValueError:
            return None

    def found(self, message: str) -> Found:
        return Found(self.resource, self.where, message)


def _hooks(scope: Scope) -> Iterator[_Hook]:
    """Yield the webhooks: every field with a URL that the provider calls."""
    for kind in scope.provider.kinds.values():
        for field in kind.fields:
            for resource in scope.of(kind.name) if field.called else ():
                yield _Hook(resource, ("spec", field.name), text(resource, field.name))


@account_rule(
    "webhook-url-insecure",
    Severity.WARNING,
    source="RFC 9110 4.2.2 (https); events hold recipients' addresses",
)
def insecure(scope: Scope) -> Iterator[Found]:
    """A webhook over http: recipients' addresses would pass the network in clear."""
    for hook in _hooks(scope):
        parts = hook.parts if hook.url.startswith("http:") else None
        if parts is not None and not inner(parts.hostname or ""):
            message = "events would pass the network in clear, recipients' addresses too; use https"
            yield hook.found(message)


@account_rule(
    "webhook-url-private",
    Severity.WARNING,
    source="Octeth API docs 5.7, EmailGateway.AddWebhook error 7; RFC 6761, 6762, 6890",
)
def private(scope: Scope) -> Iterator[Found]:
    """A webhook whose host the provider cannot reach: localhost, private, link-local, .local."""
    for hook in _hooks(scope):
        host = (hook.parts.hostname or "") if hook.parts else ""
        if reason := inner(host):
            known = scope.provider.refused_hosts
            message = f"host {host} {reason}, so the provider cannot reach it; name a public host"
            yield hook.found(f"{message} ({known})" if known else message)


@account_rule(
    "webhook-url-secret",
    Severity.WARNING,
    source="RFC 9110 17.9: sensitive information in URIs",
)
def secret(scope: Scope) -> Iterator[Found]:
    """A webhook URL with a query parameter that looks like a secret, in Git and in logs."""
    for hook in _hooks(scope):
        parts = hook.parts if "?" in hook.url else None
        names = [name for name, _ in parse_qsl(parts.query) if _looks_secret(name)] if parts else []
        if names:
            parameters = ", ".join(dict.fromkeys(names))
            yield hook.found(
                f"the query has {parameters}, which looks like a secret in the manifest; "
                f"{scope.provider.call_check}"
            )


def _looks_secret(name: str) -> bool:
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
    for webhook, *_ in _hooks(scope):
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
