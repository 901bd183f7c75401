"""Everything that speaks to a provider. A provider type is a folder, found by scanning.

| module | holds |
|---|---|
| `base` | the interface: `Provider`, `Kind`, `Field`, `Task`, `Step`, `Writer` |
| `http` | the one HTTP client: retries, pace, redaction, classification of outcomes |
| `registry` | finds provider folders and builds a `Provider` for an `Account` |
| `<type>/` | `client.py` (requests and envelopes), `kinds.py` (declarations), `convert.py` (JSON to fields) |
"""
