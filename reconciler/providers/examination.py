"""Free checks whether an object works, for `reconciler verify`."""

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
    """Reads a delivered secret back from its sink, by `<sink field>.<part>`; `None` if it is gone
    or has changed."""


class Proof(Struct, frozen=True, kw_only=True):
    """The result of one check."""

    check: CheckKind
    status: CheckStatus
    reason: str = ""


def proof(check: CheckKind, reason: str) -> Proof:
    """Return a proof: failed for a reason, passed without one."""
    status = CheckStatus.FAILED if reason else CheckStatus.PASSED
    return Proof(check=check, status=status, reason=reason)


def at_first_sight(check: CheckKind, live: LiveObject) -> Proof:
    """Return what the last reading shows about an object: its review, and whether it works."""
    review = live.review
    if check is CheckKind.DOMAIN and not live.degraded:
        return _dns_published(live)
    if review is None or review.status is ReviewStatus.APPROVED:
        return proof(check, live.degraded)
    if review.status is ReviewStatus.REJECTED:
        return proof(check, str(review))
    reason = "its review is pending"
    return Proof(check=check, status=CheckStatus.UNDECIDED, reason=reason)


def _dns_published(live: LiveObject) -> Proof:
    """Return whether a sender domain's DNS is published, by the last reading."""
    records = dns.remembered(live.extra)
    if not records:
        reason = "the provider does not tell its DNS records"
        return Proof(check=CheckKind.DOMAIN, status=CheckStatus.UNDECIDED, reason=reason)
    waiting = dns.unpublished(records)
    reason = f"not verified; publish in its DNS: {dns.listing(waiting)}" if waiting else ""
    return proof(CheckKind.DOMAIN, reason)
