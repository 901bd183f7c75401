"""What applying a plan costs at the store of the state.

A write takes three commits: its intent, its answer, its settlement. Writes that wait at the same
moment share a commit, so with many in parallel there are fewer. Commits follow one another: on
average a write waits for half of the commit under way, then for its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil, log

from reconciler.engine import graph
from reconciler.engine.planning.accounts import unbound
from reconciler.engine.planning.estimate import requests_of
from reconciler.engine.workspace import Workspace
from reconciler.model.change import Change
from reconciler.model.plan import RequestEstimate
from reconciler.model.store_cost import StoreCost

_A_RUN = 3
"""Commits to begin, to remember what is seen at the end, and to end."""
_AN_ACCOUNT = 1
"""Commits for each account that state does not know yet."""
_CATCHING_UP = 1
"""Commits to bring state up to date before anything is changed, where it is not."""
_A_WRITE = 3
_WAITING = 1.5 * _A_WRITE
"""Commits that a write waits for, in all."""
_STEPS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
"""Milliseconds are told in these, so that a plan reads the same when made again."""


def store_cost(
    workspace: Workspace,
    changes: Iterable[Change],
    requests: Mapping[str, RequestEstimate],
    *,
    outdated: bool,
) -> StoreCost | None:
    """Return what applying would cost; `None` for a state on this machine, or nothing to do.

    `outdated` tells that a run has to bring state up to date first.
    """
    changes = tuple(changes)
    toll = workspace.store.toll
    if toll is None or not changes:
        return None
    writes = sum(each.writes for each in requests.values())
    silent = sum(requests_of(workspace, change) == 0 for change in changes)
    most = _A_WRITE * writes + silent
    milliseconds = _nearest_step(toll.seconds * 1000)
    at_once = {name: toll.in_flight * workspace.providers[name].concurrency for name in requests}
    each_takes = [
        _while_writing(each, at_once[name], milliseconds) for name, each in requests.items()
    ]
    least = _A_WRITE * len(graph.rounds(changes)) if writes else 1
    around = toll.around + _A_RUN + _AN_ACCOUNT * len(unbound(workspace, requests))
    around += _CATCHING_UP if outdated else 0
    return StoreCost(
        unit=toll.unit,
        number=around + min(most, max(least, *each_takes)),
        milliseconds=milliseconds,
    )


def _while_writing(estimate: RequestEstimate, slots: int, milliseconds: float) -> int:
    """Return how many commits follow each other while the writes of one account are made."""
    waited = _WAITING * estimate.writes / slots
    return ceil(max(waited, estimate.seconds * 1000 / milliseconds))


def _nearest_step(milliseconds: float) -> float:
    """Return the step that is nearest, by proportion."""
    return min(_STEPS, key=lambda step: abs(log(step / max(milliseconds, _STEPS[0]))))
