"""The order of work: which changes of a plan wait for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reconciler.model.address import Address
from reconciler.model.plan import Plan
from reconciler.render.style import Style, cells

_FEW = 4
"""So many addresses of a level are named; more are counted by kind."""


def levels(plan: Plan) -> list[list[Address]]:
    """Return the addresses of each round of work; those of one round run in parallel."""
    depth: dict[Address, int] = {}
    present = {change.address for change in plan.changes}
    for change in plan.changes:
        waits = [depth.get(other, 0) for other in change.depends_on if other in present]
        depth[change.address] = 1 + max(waits, default=0)
    rounds: list[list[Address]] = [[] for _ in range(max(depth.values(), default=0))]
    for address, level in depth.items():
        rounds[level - 1].append(address)
    return rounds


def order_lines(plan: Plan, style: Style) -> Iterator[str]:
    """Show the rounds of work, where there is more than one."""
    rounds = levels(plan)
    if len(rounds) < 2:
        return
    yield style.bold("Order of work")
    for number, addresses in enumerate(rounds, start=1):
        yield f"  {style.dim(f'{number}.')} {_round(addresses, style)}"


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
