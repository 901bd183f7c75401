"""Compares live state with what was last applied: what somebody changed by hand.

| module | does |
|---|---|
| `report` | `find_drift`: reads, compares and reports |
| `comparing` | compares one owned object, its members and the places of its secrets |
| `unverified` | findings about sender domains that wait for their DNS |
| `first_seen` | adds to a report since when each object drifts, which state remembers |
| `accepting` | lets manifests and state take over live values |
| `unmanaged` | lists live objects that state does not own |
"""

from reconciler.engine.drift.report import DriftReport, find_drift

__all__ = ["DriftReport", "find_drift"]
