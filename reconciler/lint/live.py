"""What only a plan or drift can find of any provider, out of the account or the state."""

from __future__ import annotations

from reconciler.model.finding import POSSIBLE_DUPLICATE, UNDELIVERED, Severity
from reconciler.providers.rule import LiveRule

_DELIVERY = "README.md, Secrets"

LIVE: tuple[LiveRule, ...] = (
    LiveRule(
        POSSIBLE_DUPLICATE,
        Severity.WARNING,
        "A live object that nobody owns could be one that an earlier run made after all.",
        "README.md, What it promises",
    ),
    LiveRule(
        UNDELIVERED,
        Severity.WARNING,
        "A delivered secret is not where it was put, or is another one there.",
        _DELIVERY,
    ),
    LiveRule(
        "secret-not-delivered",
        Severity.WARNING,
        "A secret was made and could not be delivered to its sink.",
        _DELIVERY,
    ),
)
