"""Remembers since when objects drift, so that a nightly job can tell new drift from old."""

from __future__ import annotations

import logging

from msgspec.structs import replace

from reconciler.engine.drift.report import DriftReport
from reconciler.engine.workspace import Workspace
from reconciler.errors import StateError
from reconciler.model.address import Address
from reconciler.model.result import DriftStatus

_log = logging.getLogger("reconciler")
_NO_DRIFT = frozenset({DriftStatus.UNVERIFIABLE, DriftStatus.UNMANAGED})


def with_first_seen(workspace: Workspace, report: DriftReport, *, now: float) -> DriftReport:
    """Return the report with the time at which each object was first seen to drift.

    Stores these times if they have changed. If that fails, because another run holds the lock or
    state cannot be written, the next run does it; `now` is the wall clock, in seconds.
    """
    known = workspace.store.drifted()
    seen = {
        each.address: known.get(each.address, now)
        for each in report.drift
        if each.status not in _NO_DRIFT
    }
    owned = workspace.store.objects()
    left = {a: at for a, at in known.items() if a in owned and a not in report.compared}
    _remember(workspace, {**left, **seen}, known)
    drift = tuple(replace(each, since=seen.get(each.address)) for each in report.drift)
    return replace(report, drift=drift)


def _remember(
    workspace: Workspace, since: dict[Address, float], known: dict[Address, float]
) -> None:
    if since == known:
        return
    try:
        with workspace.store.begin("drift") as run:
            run.record_drift(since)
            run.finish("done", {})
    except StateError as error:
        _log.info("when drift was first seen is not remembered: %s", error.message)
