"""The order of work: which changes of a plan wait for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from textwrap import wrap

from reconciler.model.address import Address
from reconciler.model.change import Replace
from reconciler.model.plan import Phase, Plan
from reconciler.render.layout.style import Style, cells

_HALVES = {Phase.MAKE: "make the new ", Phase.REMOVE: "delete the old "}
_INDENT = 5
_FEW = 4
"""Addresses named in one round; more are counted by kind."""


def order_lines(plan: Plan, style: Style) -> Iterator[str]:
    """Show the rounds of work, if several changes take more than one round."""
    if len(plan.order) < 2 or len(plan.changes) < 2:
        return
    replaced = {c.address for c in plan.changes if isinstance(c, Replace)}
    yield style.bold("Order of work")
    for number, works in enumerate(plan.order, start=1):
        parts: dict[str, list[Address]] = {}
        for work in works:
            what = _HALVES[work.phase] if work.address in replaced else ""
            parts.setdefault(what, []).append(work.address)
        shown = "; ".join(what + _round(each, style) for what, each in parts.items())
        lines = wrap(shown, max(style.width - _INDENT, _INDENT), break_on_hyphens=False)
        yield f"  {style.dim(f'{number}.')} {lines[0]}"
        yield from (" " * _INDENT + line for line in lines[1:])


def _round(addresses: list[Address], style: Style) -> str:
    if len(addresses) <= _FEW:
        named = ", ".join(style.clean(address) for address in addresses)
        if cells(named) + 5 <= style.width or len(addresses) == 1:
            return named
    kinds = Counter((address.provider, address.kind) for address in addresses)
    return ", ".join(
        style.clean(f"{provider}/{kind}") + (f" ×{number:,}" if number > 1 else "")
        for (provider, kind), number in kinds.items()
    )
