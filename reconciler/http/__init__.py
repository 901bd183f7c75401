"""One request in, one classified outcome out. The only code that opens connections.

| module | holds |
|---|---|
| `client` | the one client that every provider speaks through: retries, outcomes |
| `outcomes` | what became of a request, where the provider's object or server tells more |
| `request`, `verdict` | a request before any secret is in it; what an answer means |
| `answers` | reads bodies: JSON within limits, and how long a 429 asks to wait |
| `retry`, `breaker`, `pace` | when to ask again, when to stop asking, how fast to ask |
| `transport` | moves bytes: the one module that knows httpx and aiohttp |
| `libraries` | imports httpx without its command line |
| `body`, `failures` | a body within limits; what a failure below HTTP says of a request |
| `proxy` | the CONNECT proxy of https, where the environment names one |
| `link` | the first few reads of a run, on the standard library |
| `endpoint`, `tls` | where a provider may be reached, and whom to trust |
| `clock` | time, as something that tests can replace |
"""
