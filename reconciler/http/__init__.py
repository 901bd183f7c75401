"""One request in, one classified outcome out. The only code that opens connections.

| module | holds |
|---|---|
| `client` | the one client that every provider speaks through: retries, outcomes |
| `request`, `verdict` | a request before any secret is in it; what a provider's answer means |
| `answers` | reads answers: JSON within limits, its meaning, how long a 429 asks to wait |
| `outcomes` | what became of a request, as errors |
| `sender` | single attempts: at the account's pace, counted |
| `retry`, `breaker`, `pace` | when to ask again, when to stop asking, how fast to ask |
| `aside` | reads that are only nice to know |
| `permit` | whether a write may still leave when it is its turn |
| `transports/` | moves bytes: several ways, and which one is worth its import |
| `failures` | what can happen below HTTP, and what it says of a request |
| `endpoint`, `tls`, `proxy` | where a provider may be reached, whom to trust, and the way there |
| `clock` | time, as something that tests can replace |
"""
