"""Turns canaries and their outcomes into the checks of a report."""

from __future__ import annotations

from msgspec.structs import replace

from reconciler.model.canary import Canary, Channel
from reconciler.model.personal import mask_mail, mask_number
from reconciler.model.secret import Secret
from reconciler.model.verification import CanarySend, Check, CheckKind, CheckStatus
from reconciler.providers.messenger import Message


def check_of(
    canary: Canary, status: CheckStatus, reason: str, recipient: Secret | None = None
) -> Check:
    """Return the check of a canary, with its recipient masked."""
    mask = mask_mail if canary.channel is Channel.MAIL else mask_number
    return Check(
        address=canary.proves,
        check=CheckKind.SEND,
        status=status,
        reason=reason,
        canary=canary.address.name,
        recipient="" if recipient is None else mask(recipient.reveal()),
    )


def outcome_of(sending: CanarySend, message: Message) -> Check:
    """Return the check of a sending; one that never left is undecided, as it proves nothing."""
    never = sending.status is CheckStatus.SKIPPED
    status = CheckStatus.UNDECIDED if never else sending.status
    found = check_of(message.canary, status, sending.reason, message.to)
    return replace(found, receipt=sending.receipt)
