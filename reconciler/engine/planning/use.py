"""Asks providers how the objects that a plan deletes are used, so that people can decide."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from itertools import islice
from typing import TypeGuard

from msgspec.structs import replace

from reconciler.engine.workspace import Workspace
from reconciler.errors import ProviderError
from reconciler.model.address import Address
from reconciler.model.change import Change, Delete, Replace
from reconciler.model.plan import Plan
from reconciler.model.usage import Usage

MOST_ASKED = 50
"""How many objects are asked about; for further deletions a plan shows no use."""


async def with_usage(
    workspace: Workspace, plan: Plan, *, now: Callable[[], float] = time.time
) -> Plan:
    """Return the plan with the use of what it deletes or replaces; the reads count as the plan's.

    A use that cannot be read is left out; planning goes on.
    """
    asked = [*islice(filter(_goes, plan.changes), MOST_ASKED)]
    if not asked:
        return plan
    before = {name: workspace.providers[name].requests for name in plan.requests}
    answers = await asyncio.gather(*(_usage(workspace, each) for each in asked))
    found = {
        change.address: replace(usage, asked_at=now())
        for change, usage in zip(asked, answers, strict=True)
        if usage is not None
    }
    spent = {name: workspace.providers[name].requests - count for name, count in before.items()}
    return replace(
        plan,
        changes=tuple(_with_usage(change, found) for change in plan.changes),
        requests={
            name: replace(each, reads=each.reads + spent[name])
            for name, each in plan.requests.items()
        },
    )


def _goes(change: Change) -> TypeGuard[Delete | Replace]:
    """Tell whether a live object is deleted by a change."""
    return isinstance(change, Delete | Replace) and change.live is not None


async def _usage(workspace: Workspace, change: Delete | Replace) -> Usage | None:
    if change.live is None:
        return None
    try:
        return await workspace.provider(change.address).usage(change.live)
    except ProviderError:
        return None


def _with_usage(change: Change, found: Mapping[Address, Usage]) -> Change:
    if isinstance(change, Delete | Replace) and change.address in found:
        return replace(change, usage=found[change.address])
    return change
