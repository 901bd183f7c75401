"""Whether secrets that were delivered still work, each tried as programs use it."""

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
    """Log in, and out again."""
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
    """Look whether the key that signs calls is where the manifest wants it."""
    if not subject.owned.applied.get(sink):
        return ()
    return (proof(CheckKind.KEY, "" if subject.delivered(secret) is not None else _GONE),)
