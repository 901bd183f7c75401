"""What only a plan or drift can find of any provider, out of the account or the state."""

from __future__ import annotations

from reconciler.model.finding import (
    POSSIBLE_DUPLICATE,
    REVIEW_PENDING,
    REVIEW_REJECTED,
    UNDELIVERED,
    Severity,
)
from reconciler.providers.rule import Floor, LiveRule

_DNS = "docs/dns.md"
_SPF = "RFC 7208"
_DELIVERY = "README.md, Secrets"
_REVIEWS = "docs/reviews.md"

LIVE: tuple[LiveRule, ...] = (
    LiveRule(
        REVIEW_PENDING,
        Severity.INFO,
        "The provider's reviewers have not looked at something yet.",
        _REVIEWS,
    ),
    LiveRule(
        REVIEW_REJECTED,
        Severity.WARNING,
        "The provider's reviewers have rejected something: it is out of service.",
        _REVIEWS,
    ),
    LiveRule(
        POSSIBLE_DUPLICATE,
        Severity.WARNING,
        "A live object that nobody owns could be one that an earlier run made after all.",
        "README.md, What it promises",
        floor=Floor.SAFETY,
    ),
    LiveRule(
        UNDELIVERED,
        Severity.WARNING,
        "A delivered secret is not where it was put, or is another one there.",
        _DELIVERY,
        floor=Floor.SAFETY,
    ),
    LiveRule(
        "secret-not-delivered",
        Severity.WARNING,
        "A secret was made and could not be delivered to its sink.",
        _DELIVERY,
        floor=Floor.SAFETY,
    ),
    LiveRule(
        "dns-missing",
        Severity.WARNING,
        "Nobody has told yet which DNS records a sender domain needs: `reconciler apply` makes the "
        "domain, `reconciler dns --refresh` asks about one that is made.",
        _DNS,
    ),
    LiveRule(
        "dns-conflict",
        Severity.ERROR,
        "A DNS record cannot stand where it is wanted: beside a CNAME, as a second one of its "
        "kind, or as a wildcard. It is left out until somebody chooses.",
        "RFC 1034, section 3.6.2",
    ),
    LiveRule(
        "dns-invalid",
        Severity.ERROR,
        "What a provider calls a DNS record can be none: its name or its target is no host name, "
        "its type is unknown, or its text holds what no zone can.",
        "RFC 1035, section 2.3",
    ),
)
