"""A transport over httpx's own transports, without `httpx.AsyncClient`.

The client would follow redirects, keep cookies, read passwords from the environment, and log every
URL, in which some providers want a key.
"""

from __future__ import annotations

import httpx

from reconciler.http.failures import LinkError, Lost, NotDelivered, Unsendable, no_connection
from reconciler.http.transports.base import (
    KEEP_ALIVE_SECONDS,
    Answer,
    Destination,
    Opener,
    Outgoing,
)
from reconciler.http.transports.body import Body

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,  # to CONNECT; nothing went further
    httpx.UnsupportedProtocol,
)
_DETAILED = (httpx.ConnectError, httpx.ProxyError)
_WORDS = {
    "ConnectTimeout": "connecting took too long",
    "PoolTimeout": "no connection became free in time",
    "ReadTimeout": "no answer came in time",
    "UnsupportedProtocol": "the URL is not valid",
}


class HandedIn:
    """Sends over an httpx transport that the caller owns and closes."""

    def __init__(self, to: Destination, transport: httpx.AsyncBaseTransport) -> None:
        """Send what is for `to` over `transport`."""
        self._to = to
        self._transport = transport
        self._timeout = {
            "connect": to.connect_seconds,
            "read": to.timeout_seconds,
            "write": to.timeout_seconds,
            "pool": to.timeout_seconds,
        }

    async def send(self, outgoing: Outgoing) -> Answer:
        """Send a request; see `Transport.send`."""
        request = self._request(outgoing)
        try:
            return await self._exchanged(request)
        except LinkError:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it is: it may have arrived
            raise self.meaning(error) from None

    async def close(self) -> None:
        """Leave it open."""

    def meaning(self, error: Exception) -> LinkError:
        """Tell whether the request may have arrived: only `_NOT_SENT` proves that it did not."""
        if isinstance(error, TimeoutError):
            return Lost("the whole answer took too long")
        detail = str(error) if isinstance(error, _DETAILED) else ""
        return failure(error, _WORDS, not_sent=isinstance(error, _NOT_SENT), detail=detail)

    def _request(self, outgoing: Outgoing) -> httpx.Request:
        try:
            return httpx.Request(
                outgoing.method,
                self._to.base_url + outgoing.target,
                headers=dict(outgoing.headers),
                content=outgoing.content,
                extensions={"timeout": self._timeout},
            )
        except (httpx.InvalidURL, ValueError):
            raise Unsendable("the URL or a header is not valid") from None

    async def _exchanged(self, request: httpx.Request) -> Answer:
        response = await self._transport.handle_async_request(request)
        try:
            headers = {name.lower(): value for name, value in response.headers.items()}
            body = Body(response.status_code, headers, self._to.max_body)
            async for piece in response.stream:  # type: ignore[union-attr]
                body.add(piece)
            return body.answer()
        finally:
            await response.stream.aclose()  # type: ignore[union-attr]


class Pooled(HandedIn):
    """Sends over httpx's own connection pool."""

    def __init__(self, to: Destination) -> None:
        """Open it; nothing is connected yet."""
        super().__init__(to, self.pool(to))

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    def pool(self, to: Destination) -> httpx.AsyncBaseTransport:
        """Return the pool."""
        return httpx.AsyncHTTPTransport(
            verify=to.tls, trust_env=False, limits=limits(to), proxy=tunnel(to), retries=0
        )


def handed_in(transport: httpx.AsyncBaseTransport) -> Opener:
    """Return an opener that sends everything over a transport that the caller owns and closes."""
    return lambda to: HandedIn(to, transport)


def limits(to: Destination) -> httpx.Limits:
    """Return how many connections a pool may have, and how long it keeps idle ones."""
    return httpx.Limits(
        max_connections=to.concurrency,
        max_keepalive_connections=to.concurrency,
        keepalive_expiry=KEEP_ALIVE_SECONDS,
    )


def tunnel(to: Destination) -> httpx.Proxy | None:
    """Return the proxy in httpx's terms."""
    proxy = to.proxy
    return None if proxy is None else httpx.Proxy(proxy.url, headers=proxy.headers)


def failure(
    error: BaseException, words: dict[str, str], *, not_sent: bool, detail: str
) -> LinkError:
    """Return what an exception means, in `words` where they have any for its class."""
    name = type(error).__name__
    if not not_sent:
        return Lost(words.get(name, f"the connection broke ({name})"))
    if name not in words:
        return NotDelivered(no_connection(detail))
    return NotDelivered(f"{words[name]}: {detail}" if detail else words[name])


OPEN = Pooled
