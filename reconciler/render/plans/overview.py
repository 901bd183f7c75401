"""The overview of a plan with many changes: counts by action and kind, deletions first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from reconciler.model.change import Action, Change
from reconciler.model.plan import Plan
from reconciler.render.layout.style import Style, cells, pad
from reconciler.render.plans.changes import SYMBOLS

MANY = 30
"""With more changes than this, an overview comes first, and creations have a line each."""

_BY_HARM = (
    Action.DELETE,
    Action.REPLACE,
    Action.FORGET,
    Action.UPDATE,
    Action.ADOPT,
    Action.CREATE,
)


def is_large(plan: Plan) -> bool:
    """Tell whether a plan has too many changes to be read from top to bottom."""
    return len(plan.changes) > MANY


def by_harm(changes: Sequence[Change]) -> list[Change]:
    """Return changes with deletions first and creations last, otherwise in the order of work."""
    return sorted(changes, key=lambda change: _BY_HARM.index(change.action))


def overview_lines(changes: Sequence[Change], style: Style) -> Iterator[str]:
    """Show how many objects of each kind are created, updated, …; deletions first."""
    if not changes:
        return
    counts = Counter((c.action, c.address.provider, c.address.kind) for c in changes)
    ordered = sorted(counts, key=lambda key: (_BY_HARM.index(key[0]), key[1:]))
    numbers = max(len(f"{counts[key]:,}") for key in ordered)
    width = max(cells(style.clean(f"{key[1]}/{key[2]}")) for key in ordered)
    yield style.bold("Overview")
    for action, provider, kind in ordered:
        sign, colour = SYMBOLS[action]
        number = f"{counts[action, provider, kind]:,}"
        place = pad(style.clean(f"{provider}/{kind}"), width)
        yield f"{style.paint(f'{sign:>3}', colour)} {place}  {number:>{numbers}} to {action.value}"
