"""Compares live state with what was last applied: what somebody changed by hand.

| module | does |
|---|---|
| `report` | the one way in: reads, compares and reports |
| `comparing` | compares one owned object, its members and where its secrets went |
| `unverified` | says which sender domains wait for their DNS |
| `first_seen` | says since when, which state remembers |
| `accepting` | lets manifests and state take over what is live |
| `unmanaged` | lists what state does not own |
"""

from reconciler.engine.drift.report import DriftReport, find_drift

__all__ = ["DriftReport", "find_drift"]
