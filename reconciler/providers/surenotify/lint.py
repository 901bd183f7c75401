"""What plan and drift report about domains and webhooks of Surenotify."""

from __future__ import annotations

from reconciler.model.finding import Severity
from reconciler.providers.rule import LiveRule

LIVE: tuple[LiveRule, ...] = (
    LiveRule(
        "surenotify-dns-pending",
        Severity.INFO,
        "A sender domain sends only once its records are published in DNS.",
        "API, Domain",
    ),
    LiveRule(
        "surenotify-verification-lost",
        Severity.WARNING,
        "A sender domain's records were published and are not any more.",
        "API, Domain",
    ),
    LiveRule(
        "surenotify-domain-unreadable",
        Severity.WARNING,
        "The one request that reads a domain tells nothing of one that was made.",
        "API, Domain",
    ),
    LiveRule(
        "surenotify-shared-event",
        Severity.WARNING,
        "Another domain has a webhook of the same event: deleting ours would delete both.",
        "API, Webhook",
    ),
    LiveRule(
        "surenotify-unknown-event",
        Severity.INFO,
        "A live webhook is of a type that is not documented; it is left alone.",
        "API, Webhook",
    ),
)
