"""Whether an object works, as far as that costs nothing: for `reconciler verify`."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from reconciler.model import dns
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.review import ReviewStatus
from reconciler.model.secret import Secret
from reconciler.model.verification import CheckKind, CheckStatus


class Subject(Struct, frozen=True, kw_only=True):
    """One owned object, just read."""

    owned: OwnedObject
    live: LiveObject
    delivered: Callable[[str], Secret | None]
    """Reads a delivered secret back out of its sink, by `<sink field>.<part>`; `None` where it is
    not there any more, or is another."""


class Proof(Struct, frozen=True, kw_only=True):
    """What one look at it proved."""

    check: CheckKind
    status: CheckStatus
    reason: str = ""


def proof(check: CheckKind, reason: str) -> Proof:
    """Return a proof: failed for a reason, passed without one."""
    status = CheckStatus.FAILED if reason else CheckStatus.PASSED
    return Proof(check=check, status=status, reason=reason)


def at_first_sight(check: CheckKind, live: LiveObject) -> Proof:
    """Return what the last reading tells of an object: its review, and whether it still works."""
    review = live.review
    if check is CheckKind.DOMAIN and not live.degraded:
        return _published(live)
    if review is None or review.status is ReviewStatus.APPROVED:
        return proof(check, live.degraded)
    if review.status is ReviewStatus.REJECTED:
        return proof(check, str(review))
    reason = "its review is pending"
    return Proof(check=check, status=CheckStatus.UNDECIDED, reason=reason)


def _published(live: LiveObject) -> Proof:
    """Return whether the DNS of a sender domain is published, as far as the last reading tells."""
    records = dns.remembered(live.extra)
    if not records:
        reason = "the provider does not tell its DNS records"
        return Proof(check=CheckKind.DOMAIN, status=CheckStatus.UNDECIDED, reason=reason)
    waiting = dns.unpublished(records)
    reason = f"not verified; publish in its DNS: {dns.listing(waiting)}" if waiting else ""
    return proof(CheckKind.DOMAIN, reason)
