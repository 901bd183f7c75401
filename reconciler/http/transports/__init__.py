"""One interface (`base.Transport`) and four transports, each of which maps its own errors.

| module | holds |
|---|---|
| `base` | the interface: request, answer, destination, transport |
| `body` | reads an answer's body within limits |
| `choose` | chooses the transport: all thresholds |
| `wire` | the connections to one account: opens the chosen transport, keeps the time limit |
| `stdlib` | for the first few reads of a run: `http.client`, one thread per request |
| `httpx` | for more, and for writes: httpx with its own pool |
| `aiohttp` | for many requests: httpx with a pool of aiohttp |
| `asgi` | for `--emulate`: an application in this process instead of a network |

Importing httpx takes longer than a small plan, and aiohttp twice that, so a transport's module is
loaded only when it is chosen. None of them follows redirects, keeps cookies, or reads passwords
from the environment.
"""
