"""A transport over aiohttp's connection pool, which httpx-aiohttp connects to httpx."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import httpx_aiohttp

from reconciler.http.failures import LinkError
from reconciler.http.transports.base import KEEP_ALIVE_SECONDS, Destination
from reconciler.http.transports.httpx import Pooled, failure, limits, tunnel

if TYPE_CHECKING:
    import httpx

_NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)
_WORDS = {
    "ConnectionTimeoutError": "connecting took too long",
    "SocketTimeoutError": "no answer came in time",
}


class Crowd(Pooled):
    """Transport for many connections at once."""

    def pool(self, to: Destination) -> httpx.AsyncBaseTransport:
        """Return the pool."""
        return httpx_aiohttp.AiohttpTransport(
            verify=to.tls,
            trust_env=False,
            limits=limits(to),
            proxy=tunnel(to),
            client=lambda: _session(to),
        )

    def meaning(self, error: Exception) -> LinkError:
        """Tell from an exception whether the request may have arrived.

        httpx-aiohttp calls every broken connection a ConnectTimeout, also one that broke after the
        request was sent (`ClientConnectionError`): its cause decides.
        """
        cause = error.__cause__
        if cause is None or not type(cause).__module__.startswith("aiohttp"):
            return super().meaning(error)
        return failure(cause, _WORDS, not_sent=isinstance(cause, _NOT_SENT), detail=_detail(cause))


def _session(to: Destination) -> aiohttp.ClientSession:
    made = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=to.concurrency, keepalive_timeout=KEEP_ALIVE_SECONDS, ssl=to.tls
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )
    # When a kept connection breaks, aiohttp resends a PUT or DELETE by itself, though it may
    # have been carried out. It has no public switch for that. A test checks that this works.
    made._retry_connection = False  # noqa: SLF001
    return made


def _detail(cause: BaseException) -> str:
    if isinstance(cause, aiohttp.ClientHttpProxyError):
        return f"{cause.status} {cause.message}"
    inner = getattr(cause, "certificate_error", None) or getattr(cause, "os_error", None)
    return str(inner or "")


OPEN = Crowd
