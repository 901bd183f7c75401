"""Brings state up to date with a plan, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.engine.planning.accounts import unbound
from reconciler.engine.settling.watches import watch_of_gone
from reconciler.engine.workspace import Workspace
from reconciler.model.change import Adopt, Create, live_of
from reconciler.model.journal import Watch
from reconciler.model.plan import Plan
from reconciler.providers.carried_over import LEFT
from reconciler.state.base import Drop, Move, Put, Run, StartWatch


async def catch_up(workspace: Workspace, plan: Plan, run: Run) -> None:
    """Write accounts, new names and owners, what live shows of rows, and what is gone."""
    for provider, fingerprint in unbound(workspace, plan.accounts).items():
        run.set_account(provider, fingerprint)
    await run.settle_all(
        [
            *(Move(source=move.source, target=move.target) for move in plan.moves),
            *(Put(row=row) for row in plan.refresh),
            *(StartWatch(watch=watch) for watch in _watches_of_gone(workspace, plan)),
            *(Drop(address=address) for address in (*plan.gone, *plan.emptied)),
        ]
    )


def _watches_of_gone(workspace: Workspace, plan: Plan) -> Iterator[Watch]:
    """Yield watches over what lists lack and what is therefore forgotten, or made again."""
    rows = workspace.store.objects()
    before = {watch.address: watch for watch in workspace.store.watches()}
    live = {change.address: found.id for change in plan.changes if (found := live_of(change))}
    missing = [
        change.address
        for change in plan.changes
        if isinstance(change, Adopt) or (isinstance(change, Create) and change.owned)
    ]
    for address in (*plan.gone, *missing):
        row = rows.get(address)
        if row is None or LEFT in row.extra or not workspace.kind(address).doubles:
            continue
        if row.remote_id != live.get(address):
            yield watch_of_gone(row, before.get(address))
