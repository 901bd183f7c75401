"""Tests whether delivered secrets still work, by using each as programs do."""

from __future__ import annotations

from reconciler.errors import NotSent, Rejected
from reconciler.model.verification import CheckKind, CheckStatus
from reconciler.providers.examination import Proof, Subject, proof
from reconciler.providers.octeth import smtp
from reconciler.providers.octeth.client import OctethClient
from reconciler.providers.octeth.messages import KEY

_GONE = "it is not in its sink any more, or another is there"


async def key(client: OctethClient, subject: Subject) -> tuple[Proof, ...]:
    """List the domain's events with the key; raises `ProviderError` when that fails."""
    secret = subject.delivered(KEY)
    if secret is None:
        return (proof(CheckKind.KEY, _GONE),)
    try:
        await client.events_of(secret)
    except Rejected as refused:
        return (proof(CheckKind.KEY, f"the server refuses it: {refused.message}"),)
    return (proof(CheckKind.KEY, ""),)


async def smtp_login(subject: Subject) -> tuple[Proof, ...]:
    """Log in by SMTP, and out again."""
    access = smtp.access_of(subject.delivered)
    if access is None:
        return (proof(CheckKind.SMTP_LOGIN, _GONE),)
    try:
        await smtp.log_in(access)
    except Rejected as refused:
        return (proof(CheckKind.SMTP_LOGIN, refused.message),)
    except NotSent as error:
        undecided = CheckStatus.UNDECIDED
        return (Proof(check=CheckKind.SMTP_LOGIN, status=undecided, reason=error.message),)
    return (proof(CheckKind.SMTP_LOGIN, ""),)


def signing_key(subject: Subject, sink: str, secret: str) -> tuple[Proof, ...]:
    """Check that the key that signs calls is in the sink that the manifest names."""
    if not subject.owned.applied.get(sink):
        return ()
    return (proof(CheckKind.KEY, "" if subject.delivered(secret) is not None else _GONE),)
