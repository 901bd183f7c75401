"""One request in, one classified outcome out. The only code that opens connections.

| module | holds |
|---|---|
| `client` | the one client that every provider speaks through: retries, outcomes |
| `request`, `verdict` | a request before any secret is in it; what a provider's answer means |
| `answers` | reads answers: JSON within limits, its meaning, how long a 429 asks to wait |
| `outcomes` | the errors that say what became of a request |
| `sender` | single attempts: at the account's pace, counted |
| `retry`, `breaker`, `pace` | when to ask again, when to stop asking, how fast to ask |
| `aside` | optional reads, whose failure does not count against the provider |
| `permit` | checks, just before a write is sent, that it still may be |
| `transports/` | moves bytes: the transports, and the choice between them |
| `failures` | failures below HTTP, by whether the request may have arrived |
| `endpoint`, `tls`, `proxy` | the base URLs allowed, the certificates trusted, the proxy used |
| `clock` | the clock, which tests can replace |
"""
