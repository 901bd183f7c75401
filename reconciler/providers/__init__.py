"""Everything that speaks to a provider. A provider type is a folder, found by scanning.

| module | holds |
|---|---|
| `base` | the interface: `Provider`, `Kind`, `Field`, `Task`, `Step`, `Writer` |
| `registry` | finds provider folders and builds a `Provider` for an `Account` |
| `credentials`, `endpoint` | where credentials come from; what a `baseUrl` may be |
| `request`, `http` | one request; the one client that sends it and says what came of it |
| `answers` | reads bodies: JSON within limits, and how long a 429 asks to wait |
| `retry`, `breaker`, `pace` | when to ask again, when to stop asking, how fast to ask |
| `transport`, `tls` | the one module that knows httpx and aiohttp; whom to trust |
| `link` | the first few reads of a run, without httpx |
| `left` | what nobody manages of an object that is made anew |
| `redact`, `clock` | keeps secrets out of texts; time, injected |
| `<type>/` | one provider: `client` (requests, envelopes), `kinds` (declarations), `convert` |
"""
