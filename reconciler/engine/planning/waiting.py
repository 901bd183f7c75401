"""Which changes of a plan wait for a review, and what waits because of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter

from msgspec.structs import replace

from reconciler.engine.graph import work_graph
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.live.reviews import Waits, after, is_reviewed, reviews_in, sends
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import Change, Making, is_beside
from reconciler.model.owned import OwnedObject
from reconciler.model.plan import Phase, Work


def with_waits(
    workspace: Workspace,
    changes: Sequence[Change],
    index: LiveIndex,
    rows: Mapping[Address, OwnedObject],
) -> Sequence[Change]:
    """Return the changes, those that cannot be sent yet with the reason why."""
    if not any(is_reviewed(workspace, change.address) for change in changes):
        return changes
    ids = {address: row.remote_id for address, row in rows.items()}
    made = {c.address for c in changes if _is_sent(workspace, c)}
    anew = frozenset((*address[:2], ids[address]) for address in made & ids.keys())
    waits = Waits(workspace=workspace, review_of=reviews_in(index), ids=ids, anew=anew)
    by_address = {change.address: change for change in changes}
    graph = work_graph(changes)
    waiting: dict[Work, str] = {}
    for work in TopologicalSorter(graph).static_order():
        change = by_address[work.address]
        wait = waits.wait(change, work.phase)
        if why := wait.why if wait else after(waiting, work, graph[work]):
            waiting[work] = why
    return [
        replace(
            change,
            waits=waiting.get(_main(workspace, change), ""),
            notes=(*change.notes, *_foreseen(workspace, change, made)),
        )
        for change in changes
    ]


def _foreseen(workspace: Workspace, change: Change, made: Collection[Address]) -> Iterator[str]:
    """Say which reviews of this plan's own changes must be passed first."""
    if isinstance(change, Making) and _is_sent(workspace, change):
        fields = workspace.kind(change.address).fields
        needed = {each.reference for each in fields if each.approved}
        for target in change.desired.references:
            if target.kind in needed and target in made:
                yield f"is sent once {target} is approved"


def _is_sent(workspace: Workspace, change: Change) -> bool:
    """Tell whether a change sends something to review."""
    if not isinstance(change, Making) or not is_reviewed(workspace, change.address):
        return False
    return sends(workspace.kind(change.address), change)


def _main(workspace: Workspace, change: Change) -> Work:
    """Return the work that a person sees as the change: where it makes nothing, what goes."""
    makes = isinstance(change, Making)
    if is_beside(change):
        makes = sends(workspace.kind(change.address), change)
    return Work(change.address, Phase.MAKE if makes else Phase.REMOVE)
