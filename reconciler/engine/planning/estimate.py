"""Estimates how many requests applying takes at each account, and how long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from reconciler.engine import graph
from reconciler.engine.tasks import created_together, is_local, task_of
from reconciler.engine.workspace import Workspace
from reconciler.model.change import Action, Adopt, Change, Forget, Update
from reconciler.model.journal import Verb
from reconciler.model.live import Observation
from reconciler.model.plan import RequestEstimate

_OWN_SECONDS = 0.0018
"""What one request that changes something costs here: HTTP and the journal's three writes."""

_GRID = 0.05
"""Latency counts in steps of so many seconds, so that a plan reads the same when made again."""

_VERBS: Mapping[Action, tuple[Verb, ...]] = {
    Action.CREATE: (Verb.CREATE,),
    Action.UPDATE: (Verb.UPDATE,),
    Action.ADOPT: (Verb.UPDATE,),
    Action.REPLACE: (Verb.CREATE, Verb.DELETE),
    Action.DELETE: (Verb.DELETE,),
}


def requests_of(workspace: Workspace, change: Change) -> int:
    """Return how many requests one change takes."""
    if isinstance(change, Forget) or (isinstance(change, Adopt) and not change.fields):
        return 0
    provider = workspace.provider(change.address)
    task = task_of(change)
    updates = isinstance(change, Update | Adopt)
    if updates and is_local(workspace.kind(change.address), task):
        return 0
    return sum(provider.cost(task, verb) for verb in _VERBS[change.action])


def estimate(
    workspace: Workspace, changes: Sequence[Change], observations: Mapping[str, Observation]
) -> dict[str, RequestEstimate]:
    """Return the estimate for every account that was read."""
    writes = _writes(workspace, changes)
    longest: dict[str, int] = {}
    for name in observations:
        of_provider = [change for change in changes if change.address.provider == name]
        longest[name] = len(graph.rounds(of_provider))
    return {
        name: RequestEstimate(
            reads=observation.requests,
            writes=writes[name],
            seconds=_seconds(workspace, name, writes[name], longest[name], observation.latency),
        )
        for name, observation in observations.items()
    }


def _writes(workspace: Workspace, changes: Sequence[Change]) -> Counter[str]:
    writes: Counter[str] = Counter()
    together: Counter[tuple[str, str, int]] = Counter()
    for change in changes:
        most = created_together(workspace, change)
        if most > 1:
            together[change.address.provider, change.address.kind, most] += 1
        else:
            writes[change.address.provider] += requests_of(workspace, change)
    for (provider, _kind, most), count in together.items():
        writes[provider] += -(-count // most)
    return writes


def _seconds(workspace: Workspace, name: str, writes: int, levels: int, latency: float) -> float:
    """Return the slowest of four bounds: rate, parallel slots, chain of dependencies, own work."""
    provider = workspace.providers[name]
    latency = _GRID * round(latency / _GRID)
    by_rate = max(0, writes - provider.concurrency) / provider.requests_per_second
    by_slots = writes * latency / provider.concurrency
    by_chain = levels * latency
    by_work = writes * _OWN_SECONDS
    return round(max(by_rate, by_slots, by_chain, by_work), 2)
