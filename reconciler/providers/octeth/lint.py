"""What plan and drift report about domains and keys of Octeth accounts."""

from __future__ import annotations

from reconciler.model.finding import Severity
from reconciler.providers.rule import LiveRule

LIVE: tuple[LiveRule, ...] = (
    LiveRule(
        "octeth-dns-pending",
        Severity.INFO,
        "A sender domain is not verified yet: its DNS records must be published.",
        "API, Sender Domain Management",
    ),
    LiveRule(
        "octeth-domain-missing",
        Severity.WARNING,
        "What a manifest puts at a sender domain cannot be: the server has no such domain.",
        "API, Sender Domain Management",
    ),
    LiveRule(
        "octeth-domain-inactive",
        Severity.WARNING,
        "The server has suspended, blocked or switched off a sender domain: nothing is sent from "
        "it, whatever its DNS records are.",
        "API, error 32 of sending",
    ),
    LiveRule(
        "octeth-verification-lost",
        Severity.WARNING,
        "A sender domain was verified and is not any more: nothing is sent from it.",
        "API, Sender Domain Management",
    ),
    LiveRule(
        "octeth-one-key-per-domain",
        Severity.WARNING,
        "Two manifests want an API key of one domain, where the server allows one.",
        "API, AddAPI; seen as “Duplicate entry” at newer servers",
    ),
)
