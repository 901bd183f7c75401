"""Moves bytes: one seam (`base.Transport`) and four ways over it, each mapping its own errors.

| module | holds |
|---|---|
| `base` | what goes out, what comes back, where to, and what a transport must be |
| `body` | a body within limits |
| `choose` | which way is worth its import: all thresholds |
| `wire` | the connections to one account: opens the chosen way, holds the time limit |
| `stdlib` | the first few reads of a run: `http.client`, a thread a request |
| `httpx` | httpx's own pool |
| `aiohttp` | much work: a pool of aiohttp under httpx |
| `asgi` | what `--emulate` has in place of a network: an application in this process |

Importing httpx takes longer than a small plan, aiohttp twice that, so a way's module is loaded only
when it is chosen. None of them follows redirects, keeps cookies, or reads passwords from the
environment.
"""
