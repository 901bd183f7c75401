"""Descriptions of the rules that plan and drift apply to live objects and to state."""

from __future__ import annotations

from reconciler.lint.live_dns import DNS
from reconciler.model.finding import (
    IMPORTED_PEOPLE,
    NOTHING_OWNED,
    POSSIBLE_DUPLICATE,
    REVIEW_PENDING,
    REVIEW_REJECTED,
    STATE_KEY_IN_STORE,
    STATE_REKEY_DUE,
    UNDELIVERED,
    Severity,
)
from reconciler.providers.rule import Floor, LiveRule

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
        STATE_KEY_IN_STORE,
        Severity.WARNING,
        "The key of a shared state lies in the store itself, beside what it seals.",
        "docs/state.md",
    ),
    LiveRule(
        STATE_REKEY_DUE,
        Severity.WARNING,
        "A shared state is encrypted to others than the project names, or not all of it.",
        "docs/state.md",
    ),
    LiveRule(
        IMPORTED_PEOPLE,
        Severity.WARNING,
        "An import wrote phone numbers of people, into a manifest or a list beside it.",
        "docs/import.md",
    ),
    LiveRule(
        NOTHING_OWNED,
        Severity.WARNING,
        "Drift was looked for in a state that owns nothing, though manifests have resources.",
        "docs/drift.md",
    ),
    *DNS,
)
